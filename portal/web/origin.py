"""Where the work at hand comes from: the request id and the source address, for the history and the log."""

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import uuid4


@dataclass(frozen=True)
class Origin:
    """One request of a browser, or one run of a worker; `address` is empty when nobody asked over the network."""

    request_id: str
    address: str = ""


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current() -> Origin:
    """The origin of the work at hand; a worker's is made on first use and lasts for its task."""
    origin = _current.get()
    if origin is None:
        origin = begin()
    return origin


def begin(address: str = "") -> Origin:
    """Start new work: from here on everything recorded bears its request id."""
    origin = Origin(request_id=uuid4().hex, address=address)
    _current.set(origin)
    return origin
