"""Putting one request on the wire, exactly once and exactly where it was meant to go."""

from typing import Final

import requests
from requests.adapters import HTTPAdapter

TIMEOUT: Final = (5.0, 60.0)  # seconds to connect, and to wait for the next bytes


def session() -> requests.Session:
    """A session that goes where it is told: no retries, no proxy, `.netrc` or certificates from the environment.

    One per thread and process.
    """
    http = requests.Session()
    http.trust_env = False
    for scheme in ("https://", "http://"):
        http.mount(scheme, HTTPAdapter(max_retries=0))
    return http


def exchange(
    http: requests.Session, request: requests.PreparedRequest, timeout: tuple[float, float]
) -> requests.Response:
    """Send `request` and return as soon as the headers are in. A write shares its connection with nothing.

    Through the adapter and past `Session.send`, which works out where a redirect leads, and fails on a bad one, even
    when told not to follow it: a write that had arrived would look like one that never left.
    """
    if request.method != "GET":
        http.close()  # idle connections only: a write lost on one the server has dropped would be unsure for nothing
    verify = True if http.verify is None else http.verify
    response = http.get_adapter(request.url or "").send(
        request, stream=True, timeout=timeout, verify=verify, cert=http.cert, proxies=http.proxies
    )
    if request.method != "GET":
        http.close()  # the answer can still be read, but its connection is not kept for a read to die on
    return response
