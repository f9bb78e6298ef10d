"""The tenant comes back: a complete listing of every kind, staged, then written in one piece (reliability.md 5)."""

import logging
from collections.abc import Callable
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
from portal.graph.errors import GraphError, UnsafeLink, Waiting
from portal.mirror import gone, kinds, store
from portal.mirror.gone import SETTLE, Absence, Busy
from portal.mirror.kinds import Incomplete, Kind
from portal.mirror.models import Cause, Mirrored, RunState, Staged, SyncRun
from portal.mirror.staging import Abandoned, Odd, stage
from portal.tenants import clock, connection
from portal.tenants.graph import client, is_connected
from portal.tenants.models import Connection, Person, Tenant

ABANDONED_AFTER = timedelta(minutes=5)
SERVICE = "Sync"
NAMED = 50  # objects an entry names
RETRY_FIRST = 30  # seconds

log = logging.getLogger("portal.mirror")

Changes = dict[str, list[Any]]


@dataclass
class Found:
    """What one run made of the mirror."""

    created: int = 0
    changed: int = 0
    outside: list[tuple[Mirrored, Changes]] = field(default_factory=list)
    revived: list[tuple[Mirrored, Changes]] = field(default_factory=list)
    gone: list[Mirrored] = field(default_factory=list)


def run(
    tenant: Tenant, *, cause: Cause, by: Person | None = None, busy: Callable[[Tenant], Busy] = lambda tenant: set()
) -> SyncRun | None:
    """List everything, look for what is missing, then write it.

    None when another run of this tenant is under way, while the tenant is not to be asked (rule 12, G14), or for the
    timetable while no account is connected. The mirror
    changes only if every listing ended by itself. Whatever goes wrong is kept on the run, in words.
    """
    if cause == Cause.TIMETABLE and not is_connected(tenant):
        return None
    started = None if connection.waits_until(tenant) else start(tenant, cause=cause, by=by)
    if started is None:
        return None
    try:
        graph = client(tenant)
        without_id = sum(stage(started, kind, graph) for kind in kinds.listed())
        connection.worked(tenant)
        absence = gone.absence_of(started, tenant, busy(tenant))
        gone.look(started, absence, graph)
        write(started, busy, absence, without_id=without_id)
    except Abandoned:
        log.warning("Sync run %s was closed before it was complete", started.pk)
    except DatabaseError:
        raise
    except UnsafeLink as exc:
        log.error("Sync run %s: %s", started.pk, exc)
        give_up(started, _("A listing led away from Purview. It was not followed. Tell whoever looks after security."))
    except Waiting:
        give_up(started, _("Purview asked to wait, or did not answer lately. Everything is listed anew after that."))
    except GraphError as exc:
        connection.note(tenant, exc)
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


@transaction.atomic
def write(run: SyncRun, busy: Callable[[Tenant], Busy], absence: Absence, *, without_id: int = 0) -> None:
    """Bring the mirror to what a complete run has staged and found gone; an entry for the run and for each outside act.

    What is odd but does no harm is kept on the run, in words: `without_id` objects without an id, too much missing.
    """
    if not SyncRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(state=RunState.COMPLETE):
        return
    tenant = Tenant.objects.get(pk=run.tenant_id)
    # A push writes rows with this one locked: none of them changes between being read and being written here.
    Connection.objects.select_for_update().filter(tenant=tenant).first()
    found, written_now = Found(), busy(tenant)
    for kind in kinds.listed():
        _write_kind(run, kind, tenant, written_now, found)
    found.gone = gone.mark(absence, tenant, written_now)
    message = " ".join([*_passed_over(without_id), *gone.told(absence)])[:500]
    figures: dict[str, Any] = {"created": found.created, "changed": found.changed, "gone": len(found.gone)}
    figures["listed"] = run.staged.count()
    run.staged.all().delete()
    SyncRun.objects.filter(pk=run.pk).update(
        finished_at=clock.now(), message=message, missing=absence.keys if absence.held else [], **figures
    )
    _agree_first(run, tenant)
    _tell(found)
    if absence.held:
        _tell_held(run, absence)
    trail.record(run, "sync.completed", by=run.by, service=SERVICE, reason=message, **figures)


def _tell(found: Found) -> None:
    """One entry for each act of somebody else: what was made, changed, brought back or removed outside."""
    for row, changes in found.outside:
        verb = "mirror.changed_outside" if changes else "mirror.created_outside"
        says: dict[str, Any] = {"by_graph": row.changed_by, "at_graph": str(row.changed_at)}
        if not changes:
            says["mirrored"] = [store.told(row)]
        trail.record(row, verb, service=SERVICE, changes=changes, **says)
    for row, changes in found.revived:
        trail.record(row, "mirror.revived", service=SERVICE, changes=changes, by_graph=row.changed_by)
    for row in found.gone:
        was = {name: [value, None] for name, value in sorted(row.document.items()) if value not in (None, "", [], {})}
        trail.record(row, "mirror.gone", service=SERVICE, changes=was, last_seen=f"{row.seen_at:%Y-%m-%d %H:%M:%S} UTC")


def _tell_held(run: SyncRun, absence: Absence) -> None:
    """One entry for what was not done, and to which objects: their names, as far as an entry should hold them."""
    names = sorted(row.display_name for row in absence.missing)[:NAMED]
    missing = len(absence.missing)
    trail.record(
        run, "sync.held", service=SERVICE, result=Result.ERROR, reason=absence.held, missing=missing, names=names
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
    held = store.columns(kind, staged.raw, read_at=staged.read_at)
    for name, value in held.items():
        setattr(row, name, value)
    row.save(update_fields=[*held])  # what others keep on the row is theirs
    changes = {
        name: [before.get(name), row.document.get(name)]
        for name in sorted(before.keys() | row.document.keys())
        if before.get(name) != row.document.get(name)
    }
    found.changed += bool(changes) or was_gone
    if was_gone:
        found.revived.append((row, changes))
    elif tenant.baseline_at and changes:
        found.outside.append((row, changes))


def _agree_first(run: SyncRun, tenant: Tenant) -> None:
    """The first complete run sets what was found as what is agreed, with one entry (reliability.md 5)."""
    if tenant.baseline_at:
        return
    count = 0
    for model in {kind.model for kind in kinds.listed()}:
        rows = model._default_manager.filter(tenant=tenant, agreed__isnull=True)
        count += rows.update(agreed=F("document"), agreed_hash=F("document_hash"))
    Tenant.objects.filter(pk=tenant.pk).update(baseline_at=clock.now())
    found = [store.told(row) for kind in kinds.listed() for row in kind.rows(tenant).order_by("pk")]
    trail.record(tenant, "mirror.baselined", by=run.by, service=SERVICE, objects=count, mirrored=found)


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


def retry_at(tenant: Tenant) -> datetime | None:
    """When a run that failed, or that its worker left, is repeated; None where that is left to the timetable.

    Half a minute after the first failure in a row, then twice as long each time.
    """
    last = tenant.sync_runs.first()
    if last is None or last.state == RunState.COMPLETE:
        return None
    if last.finished_at is None:
        return last.touched_at + ABANDONED_AFTER
    complete = freshness(tenant)
    failed = tenant.sync_runs.filter(state=RunState.INCOMPLETE, pk__gt=complete.pk if complete else 0).count()
    wait = RETRY_FIRST * 2 ** min(failed - 1, 20)
    return last.finished_at + timedelta(seconds=wait) if wait < settings.SYNC_EVERY else None


def is_due_again(tenant: Tenant) -> bool:
    """Whether a run is to be repeated before the timetable comes round to it."""
    due = retry_at(tenant)
    return due is not None and due <= clock.now()
