"""What the tenant holds, in memory and on demand in a file."""

import contextlib
import json
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from portal.sandbox.errors import malformed, name_taken, not_found
from portal.sandbox.messages import Json, Request, now

SETS = (
    "retentionLabels",
    "authorities",
    "categories",
    "subcategories",
    "citations",
    "departments",
    "filePlanReferences",
    "retentionEventTypes",
    "retentionEvents",
)
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class StateUnreadable(Exception):
    """The state file is not one this server wrote."""


class Store:
    """The tenant's objects by set and id, and the ledger of writes it accepted.

    Objects are kept as Graph answers them; names that begin with an underscore are ours and are never answered.
    The caller holds the server's one lock.
    """

    def __init__(self, objects: dict[str, dict[str, Json]], *, file: Path | None = None) -> None:
        self.objects: dict[str, dict[str, Json]] = {name: {} for name in SETS} | objects
        self.ledger: list[Json] = []
        self.identity: Json = {}
        """What the stand-in for Microsoft's sign-in keeps in the same file."""
        self.new_id: Callable[[], str] | None = None
        """Makes ids of any form; without it they are GUIDs, and others are refused as malformed."""
        self._hidden: dict[str, float] = {}
        self._unlisted: dict[str, float] = {}
        self._file = file

    def everything(self, name: str) -> list[Json]:
        """What a listing shows: all objects of the set but those whose visibility was delayed."""
        return [item for item in self.objects[name].values() if not self._is_unlisted(item["id"])]

    def get(self, name: str, id: str) -> Json:
        """Raises a 400 refusal for a malformed id, a 404 one for an unknown id (contract section 7, last paragraph)."""
        found = self.objects[name].get(id) or self.objects[name].get(id.lower())
        if found is None and self.new_id is None and not GUID.fullmatch(id):
            raise malformed(f"Invalid object identifier '{id}'.")
        if found is None or self._is_hidden(found["id"]):
            raise not_found(id)
        return found

    def find(self, name: str, display_name: str) -> Json | None:
        """The object of that display name; names are compared without regard to case (domain rules 2.1)."""
        wanted = display_name.strip().casefold()
        named = (item for item in self.objects[name].values() if item["displayName"].casefold() == wanted)
        return next(named, None)

    def refuse_taken(self, name: str, display_name: str) -> None:
        if self.find(name, display_name) is not None:
            raise name_taken(display_name)

    def add(self, name: str, entity: Json) -> Json:
        entity = {"id": self.new_id() if self.new_id else str(uuid4()), **entity}
        self.objects[name][entity["id"]] = entity
        return entity

    def hide(self, id: str, milliseconds: float) -> None:
        self._hidden[id] = time.monotonic() + milliseconds / 1000

    def unlist(self, id: str, milliseconds: float) -> None:
        """Missing from listings for a while; who knows the id can read it."""
        self._unlisted[id] = time.monotonic() + milliseconds / 1000

    def _is_unlisted(self, id: str) -> bool:
        return self._is_hidden(id) or time.monotonic() < self._unlisted.get(id, 0)

    def _is_hidden(self, id: str) -> bool:
        return time.monotonic() < self._hidden.get(id, 0)

    def record(self, request: Request, entity: Json, body: Json | None) -> None:
        """Enter one accepted write in the ledger and make it durable."""
        entry = {
            "at": now(),
            "method": request.method,
            "path": request.path,
            "id": entity.get("id"),
            "displayName": entity.get("displayName"),
            "body": body,
            "client-request-id": request.client_request_id,
            "by": request.person,
        }
        self.ledger.append(entry)
        self.save()

    def save(self) -> None:
        """Replace the state file, so that a crash leaves the old or the new one, never half of either."""
        if self._file is None:
            return
        identity = {"identity": self.identity} if self.identity else {}
        text = json.dumps({"objects": self.objects, "ledger": self.ledger, **identity}, indent=1)
        handle, temporary = tempfile.mkstemp(dir=self._file.parent, prefix=self._file.name, suffix=".new")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._file)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        _sync_folder(self._file.parent)


def load(file: Path) -> Store:
    """Read a state file.

    Raises StateUnreadable with a sentence for the person who started the server.
    """
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
        store = Store(_checked(state["objects"]), file=file)
        store.ledger = list(state["ledger"])
        store.identity = dict(state.get("identity", {}))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise unreadable(file) from exc
    except OSError as exc:
        raise StateUnreadable(f"The state file {file} cannot be opened: {exc.strerror}.") from exc
    return store


def unreadable(file: Path | None) -> StateUnreadable:
    return StateUnreadable(f"The state file {file} cannot be read as one. Move it away or name another with --state.")


def _checked(objects: Any) -> dict[str, dict[str, Json]]:
    for name, members in objects.items():
        if name not in SETS or any(item["id"] != id or not item["displayName"] for id, item in members.items()):
            raise ValueError(name)
    return dict(objects)


def _sync_folder(folder: Path) -> None:
    """A rename is durable once the folder that holds the name is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
