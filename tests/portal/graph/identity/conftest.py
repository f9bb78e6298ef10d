from collections.abc import Iterator

import pytest

from portal.graph.clouds import write_scope
from portal.graph.identity import Login, Registration
from portal.graph.identity.flows import without_memory
from portal.sandbox.identity.cast import CLIENT_IDS, HARROW_VALE, SECRET
from portal.sandbox.server import Sandbox
from tests.portal.sandbox.signing_in import Browser

BACK = "http://127.0.0.1:8000/connect/answer/"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    without_memory()
    with Sandbox(seed_labels=3) as running:
        yield running
    without_memory()


class Signing:
    """Somebody in a browser, and the portal's registration in their directory."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.browser = sandbox, Browser()
        self.scopes = [write_scope("sandbox", sandbox.root)]

    def login(self, directory: str = HARROW_VALE.id, credential=SECRET) -> Login:
        client_id = CLIENT_IDS[HARROW_VALE.id]
        return Login(Registration("sandbox", directory, client_id, credential, sandbox_root=self.sandbox.root))

    def answer(self, flow, who: str = "Fileplan worker") -> dict[str, str]:
        return self.browser.sign_in(self.browser.open(flow["auth_uri"]), who)

    def signed_in(self, who: str = "Fileplan worker", scopes: list[str] | None = None, **hints):
        login = self.login()
        flow = login.begin(self.scopes if scopes is None else scopes, BACK, **hints)
        return login.finish(flow, self.answer(flow, who))


@pytest.fixture
def signing(sandbox: Sandbox) -> Iterator[Signing]:
    one = Signing(sandbox)
    yield one
    one.browser.session.close()
