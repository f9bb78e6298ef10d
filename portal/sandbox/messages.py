"""One request and one answer, free of sockets."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

Json = dict[str, Any]
SIGN_IN = re.compile(r"/([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|organizations|common)/")


@dataclass(frozen=True)
class Caller:
    """Whose access token a request carries: one that the stand-in for Microsoft's sign-in issued, and that stands."""

    id: str
    name: str
    permissions: frozenset[str]
    is_app: bool = False
    has_purview_role: bool = True


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
    caller: Caller | None = None

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
    def is_sign_in(self) -> bool:
        """Whether it is for the stand-in of Microsoft's sign-in, whose paths begin with a directory."""
        return SIGN_IN.match(self.path) is not None

    @property
    def person_id(self) -> str | None:
        """Their object id, where a token says so."""
        return self.caller.id if self.caller and not self.headers.get("X-Sandbox-As") else None

    @property
    def person(self) -> str:
        """Who Graph would record as author of a write."""
        signed_in = self.caller.name if self.caller else "Fileplan connection"
        name = self.headers.get("X-Sandbox-As", "")
        if not name:
            return signed_in
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
