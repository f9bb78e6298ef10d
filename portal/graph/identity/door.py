"""The only way to a sign-in host: one try, no redirect, and never to another host (G17)."""

import json
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

from portal.graph.clouds import LOGIN_IN_SANDBOX, loopback
from portal.graph.guard import of_origin
from portal.graph.outcomes import wait_of
from portal.graph.wire import exchange, session

TIMEOUT: Final = (5.0, 30.0)  # seconds to connect, and to wait for the next bytes
LARGEST: Final = 1024 * 1024  # bytes of an answer; Microsoft's are a few thousand
ANSWERS: Final = {200, 400, 401, 404}
"""What the host says of what was asked. Anything else is said of the host, by it or by somebody in between."""


class Busy(requests.RequestException):
    """The host answered, but not what was asked. `retry_after` is in seconds, where it said when to ask again."""

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"The sign-in host answered {status}")
        self.retry_after = retry_after


class Door:
    """What MSAL takes for its HTTP client. Raises UnsafeLink for an address on another host, and RequestException."""

    def __init__(self, origin: str, *, sandbox_root: str = "", http: requests.Session | None = None) -> None:
        self._origin = origin
        self._http = http or session()
        if origin == LOGIN_IN_SANDBOX:
            self._http.mount(origin, ToLoopback(loopback(sandbox_root)))

    def get(self, url: str, *, params: Any = None, headers: Any = None, **_ignored: Any) -> requests.Response:
        """Read `url`."""
        return self._ask("GET", url, params=params, headers=headers)

    def post(
        self, url: str, *, params: Any = None, data: Any = None, headers: Any = None, **_ignored: Any
    ) -> requests.Response:
        """Send a form to `url`."""
        return self._ask("POST", url, params=params, data=data, headers=headers)

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, url: str, **said: Any) -> requests.Response:
        request = self._http.prepare_request(requests.Request(method, of_origin(url, self._origin), **said))
        response = exchange(self._http, request, TIMEOUT)
        response._content = response.raw.read(LARGEST + 1, decode_content=True)
        if response.status_code not in ANSWERS:
            raise Busy(response.status_code, wait_of(response))
        _must_be_readable(response)
        return response


def _must_be_readable(response: requests.Response) -> None:
    """A whole JSON object, or nobody gets to see it: MSAL would write what it cannot read into the log (S23)."""
    try:
        is_object = isinstance(json.loads(response.content), dict) and len(response.content) <= LARGEST
    except ValueError:
        is_object = False
    if not is_object:
        raise Busy(response.status_code)


class ToLoopback(HTTPAdapter):
    """The sandbox speaks plain HTTP on this machine, while MSAL wants HTTPS: the same request, led there."""

    def __init__(self, root: str) -> None:
        super().__init__(max_retries=0)
        self._root = root

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = (request.url or "").replace(LOGIN_IN_SANDBOX, self._root, 1)
        return super().send(request, *args, **kwargs)
