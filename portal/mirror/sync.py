"""The tenant comes back: a complete listing of every kind, staged, then written in one piece (reliability.md 5)."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.audit import trail
from portal.audit.canonical import Uncanonical
from portal.audit.models import Result
from portal.errors import Refused
from portal.graph.client import Client
from portal.graph.errors import GraphError, UnsafeLink
from portal.mirror import kinds, store
from portal.mirror.kinds import Incomplete, Kind
from portal.mirror.listing import Seen, listing, parent_of
from portal.mirror.models import Cause, Mirrored, RunState, Staged, SyncRun
from portal.tenants import clock
from portal.tenants.graph import client
from portal.tenants.models import Connection, Person, Tenant

ABANDONED_AFTER = timedelta(minutes=5)
LONGEST_ID = 300
SERVICE = "Sync"
BATCH = 200
SETTLE = timedelta(seconds=settings.SETTLE)  # how long a listing may still show what was deleted

log = logging.getLogger("portal.mirror")

# (kind, Graph id or folded display name) of what a push is writing just now: the push reads it back itself.
Busy = set[tuple[str, str]]


class Odd(Exception):
    """A listing that cannot be relied on: an id no object can have."""


class Abandoned(Exception):
    """The run was closed while it was still listing: another one took its place."""


@dataclass
class Found:
    """What one run made of the mirror."""

    created: int = 0
    changed: int = 0
    outside: list[tuple[Mirrored, dict[str, list[Any]]]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def run(
    tenant: Tenant, *, cause: Cause, by: Person | None = None, busy: Callable[[Tenant], Busy] = lambda tenant: set()
) -> SyncRun | None:
    """List everything, then write it; None when another run of this tenant is under way.

    The mirror changes only if every listing ended by itself. Whatever goes wrong is kept on the run, in words.
    """
    started = start(tenant, cause=cause, by=by)
    if started is None:
        return None
    try:
        graph = client(tenant)
        without_id = sum(stage(started, kind, graph) for kind in kinds.every())
        write(started, busy, without_id=without_id)
    except Abandoned:
        log.warning("Sync run %s was closed before it was complete", started.pk)
    except DatabaseError:
        raise
    except UnsafeLink as exc:
        log.error("Sync run %s: %s", started.pk, exc)
        give_up(started, _("A listing led away from Purview. It was not followed. Tell whoever looks after security."))
    except GraphError as exc:
        give_up(started, _("Purview did not answer a listing completely (%(what)s).") % {"what": exc}, exc.request_id)
    except (Incomplete, Odd, Uncanonical, Refused) as exc:
        give_up(started, str(exc))
    except Exception:
        log.exception("Sync run %s broke", started.pk)
        give_up(started, _("Something unexpected happened in Fileplan. The log has the details."))
    started.refresh_from_db()
    return started


def start(tenant: Tenant, *, cause: Cause, by: Person | None = None) -> SyncRun | None:
    """Open a run, closing one that was abandoned; None when another is under way."""
    now = clock.now()
    for abandoned in tenant.sync_runs.filter(state=RunState.RUNNING, touched_at__lt=now - ABANDONED_AFTER):
        give_up(abandoned, _("The worker ended before the listing was complete."))
    try:
        with transaction.atomic():
            return SyncRun.objects.create(tenant=tenant, cause=cause, by=by, started_at=now, touched_at=now)
    except IntegrityError:
        return None


def stage(run: SyncRun, kind: Kind, graph: Client) -> int:
    """List one kind into the staging table, page by page. Returns how many objects came without an id.

    Raises GraphError, Incomplete, Odd or Abandoned.
    """
    batch: dict[str, Seen] = {}
    without_id = 0
    for parent in _parents(run, kind):
        for seen in listing(graph, kind, parent=parent):
            graph_id = seen.raw.get("id")
            if not graph_id:
                without_id += 1
                continue
            if not isinstance(graph_id, str) or len(graph_id) > LONGEST_ID:
                raise Odd(_("A listing of %(kind)s holds an object without a usable id.") % {"kind": kind.plural})
            batch[graph_id] = seen
            if len(batch) >= BATCH:
                _put(run, kind, batch)
                batch = {}
    _put(run, kind, batch)
    return without_id


def _parents(run: SyncRun, kind: Kind) -> Iterable[kinds.Raw | None]:
    """What a kind is listed below: every staged category for subcategories, nothing for all others."""
    if not kind.parent:
        return [None]
    return [parent_of(staged.raw) for staged in run.staged.filter(kind=kind.parent)]


@transaction.atomic
def _put(run: SyncRun, kind: Kind, batch: dict[str, Seen]) -> None:
    if not SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(touched_at=clock.now()):
        raise Abandoned
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


@transaction.atomic
def write(run: SyncRun, busy: Callable[[Tenant], Busy], *, without_id: int = 0) -> None:
    """Bring the mirror to what a complete run has staged, with one entry, and one more for each outside edit.

    What is odd but does no harm is kept on the run, in words: `without_id` objects without an id, an empty listing.
    """
    if not SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(state=RunState.COMPLETE):
        return
    tenant = Tenant.objects.get(pk=run.tenant_id)
    # A push writes rows with this one locked: none of them changes between being read and being written here.
    Connection.objects.select_for_update().filter(tenant=tenant).first()
    found, written_now = Found(), busy(tenant)
    for kind in kinds.every():
        _write_kind(run, kind, tenant, written_now, found)
    found.odd += _passed_over(without_id)
    listed, message = run.staged.count(), " ".join(found.odd)
    run.staged.all().delete()
    SyncRun.objects.filter(pk=run.pk).update(
        finished_at=clock.now(), listed=listed, created=found.created, changed=found.changed, message=message[:500]
    )
    _agree_first(run, tenant)
    for row, changes in found.outside:
        verb = "mirror.changed_outside" if changes else "mirror.created_outside"
        trail.record(row, verb, service=SERVICE, changes=changes, by_graph=row.changed_by, at_graph=str(row.changed_at))
    trail.record(
        run,
        "sync.completed",
        by=run.by,
        service=SERVICE,
        reason=message,
        listed=listed,
        created=found.created,
        changed=found.changed,
    )


def _passed_over(count: int) -> list[str]:
    if not count:
        return []
    told = ngettext(
        "%(count)d object came without an id and was passed over.",
        "%(count)d objects came without an id and were passed over.",
        count,
    )
    return [told % {"count": count}]


def _suddenly_empty(kind: Kind, count: int) -> str:
    told = _("Purview listed no %(kind)s, where %(count)d are known. Nothing was taken for gone.")
    return told % {"kind": kind.plural, "count": count}


def _write_kind(run: SyncRun, kind: Kind, tenant: Tenant, busy: Busy, found: Found) -> None:
    held = {row.graph_id: row for row in kind.rows(tenant)}
    fresh: list[Mirrored] = []
    seen: dict[datetime, list[int]] = {}
    for staged in run.staged.filter(kind=kind.name).iterator():
        row = held.get(staged.graph_id)
        if row is None:
            new = _new(kind, tenant, staged)
            if (kind.name, kinds.folded(new.display_name)) not in busy:
                fresh.append(new)
        elif _is_older(staged, row) or (kind.name, staged.graph_id) in busy:
            continue
        elif row.raw == staged.raw and row.gone_at is None:
            seen.setdefault(staged.read_at, []).append(row.pk)
        else:
            _update(kind, row, staged, tenant, found)
    known = sum(row.gone_at is None for row in held.values())
    if known and not run.staged.filter(kind=kind.name).exists():
        found.odd.append(_suddenly_empty(kind, known))
    kind.model._default_manager.bulk_create(fresh)
    for read_at, keys in seen.items():
        kind.rows(tenant).filter(pk__in=keys).update(seen_at=read_at)
    found.created += len(fresh)
    if tenant.baseline_at:
        found.outside += [(row, {}) for row in fresh]


def _is_older(staged: Staged, row: Mirrored) -> bool:
    """Whether the row knows better: writing the page would undo what a push has read back, or a deletion that the
    listing does not show yet."""
    return row.seen_at > staged.read_at or (row.gone_at is not None and row.gone_at + SETTLE > staged.read_at)


def _new(kind: Kind, tenant: Tenant, staged: Staged) -> Mirrored:
    held = store.columns(kind, staged.raw, read_at=staged.read_at)
    return kind.model(tenant=tenant, kind=kind.name, graph_id=staged.graph_id, **held)


def _update(kind: Kind, row: Mirrored, staged: Staged, tenant: Tenant, found: Found) -> None:
    before, was_gone = row.document, row.gone_at is not None
    for name, value in store.columns(kind, staged.raw, read_at=staged.read_at).items():
        setattr(row, name, value)
    row.save()
    changes = {
        name: [before.get(name), row.document.get(name)]
        for name in sorted(before.keys() | row.document.keys())
        if before.get(name) != row.document.get(name)
    }
    found.changed += bool(changes) or was_gone
    if tenant.baseline_at and (changes or was_gone):
        found.outside.append((row, {} if was_gone else changes))


def _agree_first(run: SyncRun, tenant: Tenant) -> None:
    """The first complete run sets what was found as what is agreed, with one entry (reliability.md 5)."""
    if tenant.baseline_at:
        return
    count = 0
    for model in {kind.model for kind in kinds.every()}:
        rows = model._default_manager.filter(tenant=tenant, agreed__isnull=True)
        count += rows.update(agreed=F("document"), agreed_hash=F("document_hash"))
    Tenant.objects.filter(pk=tenant.pk).update(baseline_at=clock.now())
    trail.record(tenant, "mirror.baselined", by=run.by, service=SERVICE, objects=count)


@transaction.atomic
def give_up(run: SyncRun, message: str, support: str = "") -> None:
    """Close a run that cannot be relied on. The mirror stays as it was."""
    closed = SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(
        state=RunState.INCOMPLETE, finished_at=clock.now(), message=message[:500], support=support[:80]
    )
    if closed:
        run.staged.all().delete()
        trail.record(
            run,
            "sync.incomplete",
            by=run.by,
            service=SERVICE,
            result=Result.ERROR,
            reason=message[:500],
            support=support,
        )


def freshness(tenant: Tenant) -> SyncRun | None:
    """The last complete run: how old the mirror is."""
    return tenant.sync_runs.filter(state=RunState.COMPLETE).first()


def running(tenant: Tenant) -> SyncRun | None:
    """The run under way, if any."""
    return tenant.sync_runs.filter(state=RunState.RUNNING).first()
