from collections.abc import Iterator

import pytest

from portal.graph.client import Client
from portal.graph.wire import session
from tests.portal.graph.scripted import TOKEN, Server


@pytest.fixture
def server() -> Iterator[Server]:
    """Graph, as far as the client can tell."""
    one = Server()
    yield one
    one.close()


@pytest.fixture
def canary() -> Iterator[Server]:
    """Another host on another port, which must never hear from us (G17)."""
    one = Server()
    yield one
    one.close()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A client of the scripted server, impatient so that tests are quick."""
    with session() as http:
        yield Client(server.root, token=lambda: TOKEN, http=http, timeout=(0.5, 0.5))
