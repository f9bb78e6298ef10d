"""Every request this server saw, with what it answered."""

import json
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.sandbox.access import token_of
from portal.sandbox.messages import Answer, Json, Request

KEPT = 20_000


class Journal:
    """The newest entries in memory, all of them in the file if there is one.

    Raises OSError at once when the file cannot be written.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.entries: deque[Json] = deque(maxlen=KEPT)
        self._file = file
        if file is not None:
            file.touch()

    def write(self, request: Request, answer: Answer) -> None:
        """`status` is null where the connection was dropped instead."""
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": request.method,
            "path": request.target,
            "status": None if answer.dropped else answer.status,
            "client-request-id": request.client_request_id,
            "token": token_of(request),
            "body": _readable(request.body),
        }
        self.entries.append(entry)
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
