"""The tenant comes back: a complete listing of every kind, staged, then written in one piece (reliability.md 5)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.audit.canonical import Uncanonical
from portal.audit.models import Result
from portal.errors import Refused
from portal.graph.client import Client
from portal.graph.errors import GraphError
from portal.mirror import kinds, store
from portal.mirror.kinds import Incomplete, Kind
from portal.mirror.listing import Seen, listing, parent_of
from portal.mirror.models import Cause, Mirrored, RunState, Staged, SyncRun
from portal.tenants import clock
from portal.tenants.graph import client
from portal.tenants.models import Person, Tenant

ABANDONED_AFTER = timedelta(minutes=5)
LONGEST_ID = 300
SERVICE = "Sync"
BATCH = 200

# (kind, Graph id or folded display name) of what a push is writing just now: the push reads it back itself.
Busy = set[tuple[str, str]]


class Odd(Exception):
    """A listing that cannot be relied on: an id no object can have."""


@dataclass
class Found:
    """What one run made of the mirror."""

    created: int = 0
    changed: int = 0
    outside: list[tuple[Mirrored, dict[str, list[Any]]]] = field(default_factory=list)


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
        for kind in kinds.every():
            stage(started, kind, graph)
        write(started, busy)
    except GraphError as exc:
        give_up(started, _("Purview did not answer a listing completely (%(what)s).") % {"what": exc}, exc.request_id)
    except (Incomplete, Odd, Uncanonical, Refused) as exc:
        give_up(started, str(exc))
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


def stage(run: SyncRun, kind: Kind, graph: Client) -> None:
    """List one kind into the staging table, page by page. Raises GraphError, Incomplete or Odd."""
    batch: dict[str, Seen] = {}
    for parent in _parents(run, kind):
        for seen in listing(graph, kind, parent=parent):
            graph_id = seen.raw.get("id")
            if not isinstance(graph_id, str) or not 0 < len(graph_id) <= LONGEST_ID:
                raise Odd(_("A listing of %(kind)s holds an object without a usable id.") % {"kind": kind.plural})
            batch[graph_id] = seen
            if len(batch) >= BATCH:
                _put(run, kind, batch)
                batch = {}
    _put(run, kind, batch)


def _parents(run: SyncRun, kind: Kind) -> Iterable[kinds.Raw | None]:
    """What a kind is listed below: every staged category for subcategories, nothing for all others."""
    if not kind.parent:
        return [None]
    return [parent_of(staged.raw) for staged in run.staged.filter(kind=kind.parent)]


def _put(run: SyncRun, kind: Kind, batch: dict[str, Seen]) -> None:
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
    SyncRun.objects.filter(pk=run.pk).update(touched_at=clock.now())


@transaction.atomic
def write(run: SyncRun, busy: Callable[[Tenant], Busy]) -> None:
    """Bring the mirror to what a complete run has staged, with one entry, and one more for each outside edit."""
    if not SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(state=RunState.COMPLETE):
        return
    tenant = Tenant.objects.get(pk=run.tenant_id)
    found, written_now = Found(), busy(tenant)
    for kind in kinds.every():
        _write_kind(run, kind, tenant, written_now, found)
    listed = run.staged.count()
    run.staged.all().delete()
    SyncRun.objects.filter(pk=run.pk).update(
        finished_at=clock.now(), listed=listed, created=found.created, changed=found.changed
    )
    _agree_first(run, tenant)
    for row, changes in found.outside:
        verb = "mirror.changed_outside" if changes else "mirror.created_outside"
        trail.record(row, verb, service=SERVICE, changes=changes, by_graph=row.changed_by, at_graph=str(row.changed_at))
    trail.record(
        run, "sync.completed", by=run.by, service=SERVICE, listed=listed, created=found.created, changed=found.changed
    )


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
        elif row.seen_at > staged.read_at or (kind.name, staged.graph_id) in busy:
            continue  # the row is younger than the page: writing it would undo what a push has read back
        elif row.raw == staged.raw and row.gone_at is None:
            seen.setdefault(staged.read_at, []).append(row.pk)
        else:
            _update(kind, row, staged, found)
    kind.model._default_manager.bulk_create(fresh)
    for read_at, keys in seen.items():
        kind.rows(tenant).filter(pk__in=keys).update(seen_at=read_at)
    found.created += len(fresh)
    if tenant.baseline_at:
        found.outside += [(row, {}) for row in fresh]


def _new(kind: Kind, tenant: Tenant, staged: Staged) -> Mirrored:
    held = store.columns(kind, staged.raw, read_at=staged.read_at)
    return kind.model(tenant=tenant, kind=kind.name, graph_id=staged.graph_id, **held)


def _update(kind: Kind, row: Mirrored, staged: Staged, found: Found) -> None:
    before, was_drifted = row.document, row.is_drifted
    for name, value in store.columns(kind, staged.raw, read_at=staged.read_at).items():
        setattr(row, name, value)
    row.save()
    changes = {
        name: [before.get(name), row.document.get(name)]
        for name in row.document
        if before.get(name) != row.document[name]
    }
    found.changed += bool(changes)
    if changes and (row.is_drifted or was_drifted):
        found.outside.append((row, changes))


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
