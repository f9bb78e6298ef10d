"""The bearer token, from its source to one request's header, and never anywhere else."""

import re
from collections.abc import Callable

import requests
from requests.auth import AuthBase

from portal.graph.errors import NotSent


class Bearer(AuthBase):
    """Given to requests as `auth=`: a token set as a header would be replaced by an entry in `.netrc`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return "Bearer(…)"


def bearer(source: Callable[[], str]) -> Bearer:
    """A fresh token for the next request.

    Raises NotSent if the sign-in host does not answer (its timeout is not Graph's), or if what came cannot stand in a
    header: the HTTP library would quote it in its complaint (S23). Whatever else `source` raises passes through.
    """
    try:
        token = source()
    except requests.RequestException as exc:
        raise NotSent("No token: the sign-in host did not answer") from exc
    if not re.fullmatch(r"[!-~]+", token):
        raise NotSent("No token: what the token source gave cannot be sent")
    return Bearer(token)
