"""Listing into the staging table. Nothing of it reaches the mirror before every listing has ended by itself."""

import time
from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import canonical
from portal.graph.answers import plain
from portal.graph.client import Client
from portal.mirror import kinds
from portal.mirror.kinds import Kind
from portal.mirror.listing import Seen, listing, parent_of
from portal.mirror.models import RunState, Staged, SyncRun
from portal.tenants import clock

LONGEST_ID = 300
BATCH = 200
TOUCHED_EVERY = 20.0  # seconds, far below what makes a run an abandoned one


class Odd(Exception):
    """A listing that cannot be relied on: an id no object can have, or a text no database keeps."""


class Abandoned(Exception):
    """The run was closed while it was still listing: another one took its place."""


def stage(run: SyncRun, kind: Kind, graph: Client) -> int:
    """List one kind into the staging table, page by page. Returns how many objects came without an id.

    Raises GraphError, Incomplete, Odd or Abandoned.
    """
    batch: dict[str, Seen] = {}
    without_id, beat = 0, beating(run)
    for parent in _parents(run, kind):
        for seen in listing(graph, kind, parent=parent, beat=beat):
            beat()
            graph_id = seen.raw.get("id")
            if not graph_id:
                without_id += 1
                continue
            if not isinstance(graph_id, str) or len(graph_id) > LONGEST_ID:
                raise Odd(_("A listing of %(kind)s holds an object without a usable id.") % {"kind": kind.plural})
            _must_be_storable(kind, seen)
            batch[graph_id] = seen
            if len(batch) >= BATCH:
                put(run, kind, batch)
                batch = {}
    put(run, kind, batch)
    return without_id


def _parents(run: SyncRun, kind: Kind) -> Iterable[kinds.Raw | None]:
    """What a kind is listed below: every staged category for subcategories, nothing for all others."""
    if not kind.parent:
        return [None]
    return [parent_of(staged.raw) for staged in run.staged.filter(kind=kind.parent)]


def _must_be_storable(kind: Kind, seen: Seen) -> None:
    """PostgreSQL would break off the run without a word to anybody. Raises Odd."""
    try:
        canonical.must_be_storable(seen.raw)
    except canonical.Uncanonical as exc:
        told = _("A listing of %(kind)s holds a text with a character that cannot be stored (object %(id)s).")
        raise Odd(told % {"kind": kind.plural, "id": plain(seen.raw["id"], limit=100)}) from exc


@transaction.atomic
def put(run: SyncRun, kind: Kind, batch: dict[str, Seen]) -> None:
    """Stage what was read, by id; a later reading of the same object replaces an earlier one. Raises Abandoned."""
    touch(run)
    rows = [
        Staged(run=run, kind=kind.name, graph_id=graph_id, raw=seen.raw, read_at=seen.asked_at)
        for graph_id, seen in batch.items()
    ]
    Staged.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["run", "kind", "graph_id"],
        update_fields=["raw", "read_at"],
    )


def touch(run: SyncRun) -> None:
    """Show that the run lives. Raises Abandoned if it was closed meanwhile."""
    if not SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(touched_at=clock.now()):
        raise Abandoned


def beating(run: SyncRun) -> Callable[[], None]:
    """Something to call at every page and object: touches the run now and then, however slow a listing is."""
    touched = time.monotonic()

    def beat() -> None:
        nonlocal touched
        if time.monotonic() - touched >= TOUCHED_EVERY:
            touch(run)
            touched = time.monotonic()

    return beat
