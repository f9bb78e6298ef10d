"""From what happened on the wire to one of the errors (reliability.md section 3, rule 6)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from portal.graph import retry_after
from portal.graph.answers import NoDocument, document_of, plain
from portal.graph.errors import GraphError, NotSent, Rejected, Throttled, Unreadable, Unsure

NO_CONNECTION: Final = (NewConnectionError, NameResolutionError, ConnectTimeoutError)
NO_REQUEST: Final = (
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidJSONError,
)
CODE, MESSAGE, ID = 200, 2000, 100  # characters kept of each


def outcome_of(exc: Exception, method: str, path: str, *, client_request_id: str = "") -> GraphError:
    """What became of a request that got no answer: NotSent, or Unsure (a write) or Unreadable (a read).

    requests raises one ConnectionError for "refused" and for "sent, no answer"; only the wrapped reason tells them
    apart, so anything but a proven failure to connect counts as sent.
    """
    what = f"{method} {bare(path)}: {type(exc).__name__}"
    error = NotSent if _never_left(exc) else unknown(method)
    return error(what, client_request_id=client_request_id)


def error_from(response: requests.Response, method: str, path: str, *, client_request_id: str) -> GraphError:
    """The error an answer other than a success stands for. 429 and the other 4xx were not applied; all else may be.

    408 counts as unknown: the gateway gave up waiting, which does not prove that nothing was passed on.
    """
    refusal = _refusal(response)
    error = _class_of(response.status_code, method)
    code = plain(refusal.get("code"), limit=CODE)
    return error(
        f"{method} {bare(path)}: {response.status_code} {code}".rstrip(),
        status=response.status_code,
        code=code,
        inner_code=_deepest_code(refusal),
        message=plain(refusal.get("message"), limit=MESSAGE),
        request_id=request_id_of(response) or plain(_inner(refusal).get("request-id"), limit=ID),
        client_request_id=client_request_id,
        retry_after=wait_of(response),
    )


def unknown(method: str) -> type[GraphError]:
    """The error for an outcome that cannot be known: a write may have happened, a read just gave nothing."""
    return Unreadable if method == "GET" else Unsure


def request_id_of(response: requests.Response) -> str:
    """The id Microsoft's support asks for; "" if there is none."""
    return plain(response.headers.get("request-id"), limit=ID)


def bare(path: str) -> str:
    """A path as logs show it: without the query, which holds paging tokens."""
    return plain(path.partition("?")[0], limit=500)


def _never_left(exc: Exception) -> bool:
    if isinstance(exc, NO_REQUEST):
        return True
    reason = exc.args[0] if isinstance(exc, requests.ConnectionError) and exc.args else exc
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, NO_CONNECTION)


def _class_of(status: int, method: str) -> type[GraphError]:
    if status == 429:
        return Throttled
    return Rejected if 400 <= status < 500 and status != 408 else unknown(method)


def _refusal(response: requests.Response) -> Mapping[str, Any]:
    """The `error` member of the body; empty if the body is not what contract 5.1 describes."""
    try:
        return _mapping(document_of(response, within=10).get("error"))
    except NoDocument:
        return {}


def _deepest_code(refusal: Mapping[str, Any]) -> str:
    code, inner = "", _inner(refusal)
    while inner:
        code, inner = plain(inner.get("code"), limit=CODE) or code, _inner(inner)
    return code


def _inner(refusal: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(refusal.get("innerError") or refusal.get("innererror"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def wait_of(response: requests.Response) -> float | None:
    """Retry-After against Graph's own clock where it tells the time, so that a wrong clock here shortens no wait."""
    now = retry_after.date(response.headers.get("Date")) or datetime.now(UTC)
    return retry_after.seconds(response.headers.get("Retry-After"), now)
