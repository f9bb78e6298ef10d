"""What can go wrong on request. Each effect is one function; its keyword arguments are the rule's parameters.

`BEFORE` effects answer instead of Graph and nothing is applied (or return None: go on). `AFTER` effects work on the
answer of a request that was applied. Shapes of an answer's body have their own module.
"""

import re
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from typing import Any

from portal.sandbox import shapes
from portal.sandbox.edits import SOMEBODY, edit
from portal.sandbox.errors import error_body
from portal.sandbox.identity.failures import transient
from portal.sandbox.messages import Answer, Json, Request
from portal.sandbox.store import Store

CODES = {
    400: "invalidRequest",
    401: "InvalidAuthenticationToken",
    403: "accessDenied",
    404: "itemNotFound",
    409: "nameAlreadyExists",
    429: "TooManyRequests",
    503: "serviceNotAvailable",
}
BODIES = ("json", "html", "invalid", "empty", "unknown")


def answer_with(
    request: Request,
    store: Store,
    *,
    status: int,
    code: str = "",
    message: str = "The request was refused by a fault rule.",
    retry_after: Any = None,
    retry_after_date: float | None = None,
    body: str = "json",
) -> Answer:
    """Any status. `retry_after` is sent as it is given, `retry_after_date` seconds from now as an HTTP date.

    `body` is json, html, invalid, empty or unknown (code `UnknownError` and no message: contract section 5.1).
    """
    headers = {}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if retry_after_date is not None:
        headers["Retry-After"] = formatdate(time.time() + retry_after_date, usegmt=True)
    error = error_body(request, code or CODES.get(status, "UnknownError"), message)
    if request.is_sign_in:
        error = transient(request)
    if body == "unknown":
        error = error_body(request, "UnknownError", "")
    if body == "html":
        return Answer(
            status, headers={**headers, "Content-Type": "text/html"}, raw=b"<html><h1>Bad gateway</h1></html>"
        )
    if body in ("invalid", "empty"):
        return Answer(status, headers=headers, raw=b'{"error": {"code":' if body == "invalid" else b"")
    return Answer(status, error, headers=headers)


def refuse(request: Request, store: Store) -> Answer:
    """The connection ends before anything happens."""
    return Answer(0, dropped=True)


def redirect(request: Request, store: Store, *, location: str, status: int = 302) -> Answer:
    return Answer(status, headers={"Location": location}, raw=b"")


def edit_before_write(request: Request, store: Store, *, change: Json, target: str = "", by: str = SOMEBODY) -> None:
    """Somebody else changes a label between a read and a write: the one in the path, or `target`."""
    if request.method != "GET":
        _edit(store, target or _id_in(request.path, store), change, by)


def edit_after_read(
    request: Request, answer: Answer, store: Store, *, change: Json, target: str = "", by: str = SOMEBODY
) -> Answer:
    """The same, when the rule is about a read: what was answered is already old."""
    if request.method == "GET":
        _edit(store, target or _id_in(request.path, store), change, by)
    return answer


def _edit(store: Store, target: str, change: Json, by: str) -> None:
    edit(store, "patch", "retentionLabels", target, change, by=by)


def _id_in(path: str, store: Store) -> str:
    parts = re.split("[/']", path)
    return next((part for part in parts if part in store.objects["retentionLabels"]), "")


def apply_then_wait(request: Request, answer: Answer, store: Store, *, ms: float) -> Answer:
    """Applied at once, answered late: longer than the client cares to wait."""
    answer.held_ms = ms
    return answer


def apply_then_drop(request: Request, answer: Answer, store: Store) -> Answer:
    answer.dropped = True
    return answer


def apply_then_status(
    request: Request, answer: Answer, store: Store, *, status: int, retry_after: Any = None, body: str = "json"
) -> Answer:
    return answer_with(request, store, status=status, retry_after=retry_after, body=body)


def apply_then_garbled(request: Request, answer: Answer, store: Store, *, torn: bool = False) -> Answer:
    """Half a body: announced as such, or (`torn`) announced whole and then cut off."""
    if torn:
        answer.torn = True
        return answer
    whole = answer.encoded
    return Answer(answer.status, headers=answer.headers, raw=whole[: len(whole) // 2])


def delay_visibility(request: Request, answer: Answer, store: Store, *, ms: float) -> Answer:
    """What was created is missing from lists and reads for a while (contract section 6.3)."""
    if answer.status == 201:
        store.hide(answer.body["id"], ms)
    return answer


def duplicate_as(
    request: Request, answer: Answer, store: Store, *, status: int, code: str = "", message: str = ""
) -> Answer:
    """A refusal for a name that is taken comes with another status (contract section 5.2)."""
    error = (answer.body or {}).get("error")
    if not error or error["code"] != "nameAlreadyExists":
        return answer
    said = message or error["message"]
    return Answer(status, error_body(request, code or CODES.get(status, "UnknownError"), said), headers=answer.headers)


def no_content(request: Request, answer: Answer, store: Store) -> Answer:
    """PATCH answers 204 (contract T12)."""
    return Answer(204, headers=answer.headers) if request.method == "PATCH" and answer.status == 200 else answer


Before = Callable[..., Answer | None]
After = Callable[..., Answer]
WAITING = "latency"
BEFORE: dict[str, Before] = {
    "throttle": partial(answer_with, status=429),
    "status": answer_with,
    "refuse": refuse,
    "redirect": redirect,
    "edit_between": edit_before_write,
}
AFTER: dict[str, After] = {
    "apply_then_wait": apply_then_wait,
    "apply_then_drop": apply_then_drop,
    "apply_then_status": apply_then_status,
    "apply_then_garbled": apply_then_garbled,
    "delay_visibility": delay_visibility,
    "duplicate_as": duplicate_as,
    "no_content": no_content,
    "edit_between": edit_after_read,
    **shapes.SHAPES,
}
