from collections.abc import Callable, Iterator

import pytest
from pytest_django.fixtures import Settings

from portal.graph.identity.flows import without_memory
from portal.sandbox.server import Sandbox
from tests.arriving import Visit

Visitor = Callable[[], Visit]


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Sandbox]:
    """The stand-in people sign in at."""
    without_memory()
    with Sandbox(seed_labels=1) as running:
        settings.SANDBOX_URL = running.root
        yield running
    without_memory()


@pytest.fixture
def visitor(db: None, sandbox: Sandbox) -> Iterator[Visitor]:
    """Sits somebody down at a browser of their own."""
    seated: list[Visit] = []

    def visitor() -> Visit:
        seated.append(Visit())
        return seated[-1]

    yield visitor
    for visit in seated:
        visit.leaves()


@pytest.fixture
def visit(visitor: Visitor) -> Visit:
    return visitor()
