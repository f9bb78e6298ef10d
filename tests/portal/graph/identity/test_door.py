"""What MSAL takes for its HTTP client goes to one host (G17)."""

import pytest

from portal.graph.clouds import LOGIN_IN_SANDBOX
from portal.graph.errors import UnsafeLink
from portal.graph.identity.door import LARGEST, Door
from tests.portal.graph.scripted import Server, reply


@pytest.fixture
def canary():
    one = Server()
    yield one
    one.close()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("end", ["/token", "@login.sandbox.invalid/", "\\@login.sandbox.invalid/"])
def test_another_host_is_never_asked(canary, method, end):
    door = Door(LOGIN_IN_SANDBOX, sandbox_root=canary.root)

    with pytest.raises(UnsafeLink):
        getattr(door, method)(canary.root + end)

    assert canary.seen == []
    door.close()


def test_the_sandbox_is_asked_on_this_machine(canary):
    canary.will(reply(200, {"issuer": "x"}))
    door = Door(LOGIN_IN_SANDBOX, sandbox_root=canary.root)

    assert door.get(f"{LOGIN_IN_SANDBOX}/common/v2.0/").json() == {"issuer": "x"}
    assert canary.seen[0].target == "/common/v2.0/"
    door.close()


def test_an_answer_without_end_is_not_read_to_its_end(canary):
    canary.will(reply(200, raw=b"x" * (LARGEST + 10)))
    door = Door(LOGIN_IN_SANDBOX, sandbox_root=canary.root)

    with pytest.raises(OSError, match="more than a megabyte"):
        door.get(f"{LOGIN_IN_SANDBOX}/")
    door.close()
