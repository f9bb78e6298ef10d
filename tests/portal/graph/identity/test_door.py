"""What MSAL takes for its HTTP client goes to one host (G17)."""

import pytest
from urllib3.exceptions import HTTPError

from portal.graph.clouds import LOGIN_IN_SANDBOX, CloudNotOffered
from portal.graph.errors import UnsafeLink
from portal.graph.identity.door import LARGEST, Busy, Door
from tests.portal.graph.scripted import Server, cut, reply


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
    canary.will(reply(200, raw=b'{"x": "' + b"x" * LARGEST + b'"}'))
    door = Door(LOGIN_IN_SANDBOX, sandbox_root=canary.root)

    with pytest.raises(Busy):
        door.get(f"{LOGIN_IN_SANDBOX}/")
    door.close()


@pytest.mark.parametrize(
    "answer",
    [
        cut(reply(200, {"access_token": "canary-access-token"}), missing=3),
        reply(200, raw=b'{"access_token": "canary-access-token"'),
        reply(200, raw=b"<html>canary-access-token</html>"),
        reply(200, ["canary-access-token"]),
        reply(302, Location="https://evil.test/"),
        reply(403, raw=b"<html>A proxy</html>"),
        reply(429, {"error": "too_many_requests"}, Retry_After="7"),
    ],
)
def test_what_is_no_answer_never_reaches_msal_and_its_log(canary, answer):
    canary.will(answer)
    door = Door(LOGIN_IN_SANDBOX, sandbox_root=canary.root)

    with pytest.raises((OSError, HTTPError)) as refused:
        door.post(f"{LOGIN_IN_SANDBOX}/token", data={"grant_type": "refresh_token"})

    assert "canary" not in str(refused.value)
    door.close()


def test_how_long_to_wait_is_told(canary):
    canary.will(reply(429, {"error": "too_many_requests"}, Retry_After="7"))
    door = Door(LOGIN_IN_SANDBOX, sandbox_root=canary.root)

    with pytest.raises(Busy) as refused:
        door.post(f"{LOGIN_IN_SANDBOX}/token")

    assert refused.value.retry_after == 7
    door.close()


def test_the_sandbox_is_on_this_machine():
    with pytest.raises(CloudNotOffered):
        Door(LOGIN_IN_SANDBOX, sandbox_root="http://10.0.0.9:80")
