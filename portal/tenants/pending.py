"""Ways to Microsoft that a browser was sent on and has not come back from: a few, for ten minutes, each once."""

from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

SIGN_IN, CONNECT = "microsoft", "connect"  # what for: an answer to one is none to the other
MOST = 5  # tabs in which somebody signs in at the same time
LASTS = 10 * 60  # seconds


def keep(session: SessionBase, what: str, flow: dict[str, Any], kept: dict[str, Any]) -> None:
    """Remember one by its state, with whatever is needed when the browser comes back. The oldest goes for it."""
    ways = {**_lasting(session, what), flow["state"]: {"flow": flow, "began": _now(), **kept}}
    newest = sorted(ways.items(), key=lambda way: way[1]["began"])[-MOST:]
    session[what] = dict(newest)


def take(session: SessionBase, what: str, state: str) -> dict[str, Any] | None:
    """What was kept of that state, and no longer is; None for one that is unknown, was used, or took too long."""
    ways = _lasting(session, what)
    way: dict[str, Any] | None = ways.pop(state, None)
    if what in session:
        session[what] = ways
    return way


def is_any(session: SessionBase, what: str) -> bool:
    """Whether this browser was sent on any."""
    return bool(_lasting(session, what))


def _lasting(session: SessionBase, what: str) -> dict[str, dict[str, Any]]:
    ways: dict[str, dict[str, Any]] = session.get(what, {})
    return {state: way for state, way in ways.items() if way["began"] > _now() - LASTS}


def _now() -> int:
    return int(timezone.now().timestamp())
