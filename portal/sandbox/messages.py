"""One request and one answer, free of sockets."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    """Path and query as they were sent."""
    headers: "Message[str, str]"
    body: bytes
    root: str
    """Scheme, host and port of the server as the client named it, without a slash."""
    request_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def client_request_id(self) -> str:
        return self.headers.get("client-request-id", "")

    @property
    def person(self) -> str:
        """Who Graph would record as author of a write."""
        name = self.headers.get("X-Sandbox-As", "") or "Fileplan connection"
        try:
            return name.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return name


@dataclass
class Answer:
    status: int
    body: Any = None
    """Becomes JSON; None sends no body."""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent as it is, instead of `body`."""
    dropped: bool = False
    """Close the connection without an answer."""
    torn: bool = False
    """Announce the whole body, send half of it and close the connection."""
    held_ms: float = 0
    """How long to wait before it is sent."""

    @property
    def encoded(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else json.dumps(self.body).encode()


def now() -> str:
    return stamp(datetime.now(UTC))


def stamp(moment: datetime) -> str:
    """A moment in UTC as Graph writes it: whole seconds (contract section 4)."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
