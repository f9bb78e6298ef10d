"""Which shape and which tone each state has. The word is given by whoever knows the state (look.md, "States")."""

from typing import NamedTuple


class Look(NamedTuple):
    """A shape of icons.py and a tone: plain, quiet, wait, ok, look, stop or grave."""

    icon: str
    tone: str


_LABEL = {
    "live": Look("dot", "plain"),
    "draft": Look("ring-dashed", "quiet"),
    "pending": Look("half", "wait"),
    "outside": Look("triangle", "look"),
    "retired": Look("ring-bar", "quiet"),
    "gone": Look("ring-slash", "quiet"),
}
_CHANGE = {
    "draft": Look("ring-dashed", "quiet"),
    "in_review": Look("half", "wait"),
    "approved": Look("ring-check", "ok"),
    "applying": Look("arc", "wait"),
    "applied": Look("disc-check", "ok"),
    "returned": Look("returned", "look"),
    "rejected": Look("octagon-cross", "quiet"),
    "withdrawn": Look("ring-slash", "quiet"),
    "failed": Look("octagon-cross-solid", "stop"),
}
_PUSH = {
    "ready": Look("clock", "quiet"),
    "sending": Look("arc", "wait"),
    "unsure": Look("ring-question", "look"),
    "sent": Look("ring-check", "ok"),
    "done": Look("disc-check", "ok"),
    "person": Look("by-hand", "look"),
    "rejected": Look("octagon-cross-solid", "stop"),
    "drifted": Look("triangle", "look"),
    "duplicate": Look("triangle", "look"),
    "held": Look("ring-pause", "look"),
    "mismatch": Look("octagon-cross-solid", "stop"),
    "uncovered": Look("ring-pause", "look"),
    "cancelled": Look("ring-slash", "quiet"),
}
_RUN = {
    "running": Look("arc", "wait"),
    "complete": Look("disc-check", "ok"),
    "incomplete": Look("triangle", "look"),
    "held": Look("ring-pause", "look"),
}
_RESULT = {
    "ok": Look("dot", "plain"),
    "denied": Look("ring-slash", "look"),
    "error": Look("octagon-cross-solid", "stop"),
}
_EVENT = {
    "pending": Look("arc", "wait"),
    "success": Look("ring-check", "ok"),
    "partly": Look("half", "wait"),
    "failed": Look("octagon-cross-solid", "stop"),
    "overdue": Look("triangle", "look"),
    "notAvaliable": Look("ring-question", "quiet"),
    "gone": Look("ring-slash", "quiet"),
}
_SPREAD = {
    "none": Look("clock", "quiet"),
    "inProcessing": Look("arc", "wait"),
    "success": Look("ring-check", "ok"),
    "failed": Look("octagon-cross-solid", "stop"),
}
_STANDING = {
    "draft": Look("ring-dashed", "quiet"),
    "in_review": Look("half", "wait"),
    "in_force": Look("ring-check", "ok"),
    "expired": Look("ring-bar", "quiet"),
    "withdrawn": Look("ring-slash", "quiet"),
}
_SYSTEM = {
    "open": Look("dot", "plain"),
    "closed": Look("ring-slash", "quiet"),
}
_KEY = {
    "active": Look("disc-check", "ok"),
    "expired": Look("ring-bar", "quiet"),
    "revoked": Look("ring-slash", "quiet"),
}
_FINDING = {
    "block": Look("octagon-bar", "stop"),
    "confirm": Look("diamond", "grave"),
    "warn": Look("triangle", "look"),
}
_LOOKS = {
    "label": _LABEL,
    "change": _CHANGE,
    "push": _PUSH,
    "run": _RUN,
    "result": _RESULT,
    "finding": _FINDING,
    "event": _EVENT,
    "spread": _SPREAD,
    "standing": _STANDING,
    "system": _SYSTEM,
    "key": _KEY,
}
_UNKNOWN = Look("ring-question", "quiet")


def look_of(kind: str, value: str) -> Look:
    """The look of a state; one that Graph or we may add later gets the question mark rather than an error."""
    return _LOOKS[kind].get(value, _UNKNOWN)
