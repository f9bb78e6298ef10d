"""What a complete listing lacks, and whether it is gone from the tenant (reliability.md 5, G12).

A row is marked only if a complete run lacks it AND a GET by its id answers 404, never while it is young or a push
writes it, and never many at once unless an administrator has said that they are gone. Rows are never deleted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.graph.client import Client
from portal.graph.errors import GraphError, Rejected, UnsafeLink
from portal.mirror import kinds
from portal.mirror.kinds import Incomplete, Raw
from portal.mirror.listing import Seen, fetch
from portal.mirror.models import Mirrored, MirroredQuerySet, SyncRun
from portal.mirror.staging import put
from portal.tenants import clock, connection
from portal.tenants.models import Tenant

SETTLE = timedelta(seconds=settings.SETTLE)  # how long the tenant may take to show what it accepted
MOST_AT_ONCE, PERCENT_AT_ONCE = 20, 10
CONFIRMED_FOR = timedelta(days=1)  # an administrator's word is about now
FAILURES = 3  # looks that failed, after which the others are left to the next run
NOT_FOUND = 404

Key = tuple[str, str]
"""Kind and Graph id."""

# (kind, Graph id or folded display name) of what a push is writing just now: the push reads it back itself.
Busy = set[Key]


@dataclass
class Absence:
    """What the listings of one run lacked. `held` says why none of it may be taken for gone; "" if it may."""

    missing: list[Mirrored]
    held: str = ""
    answered_404: dict[Key, datetime] = field(default_factory=dict)
    unanswered: int = 0

    @property
    def keys(self) -> list[list[str]]:
        """As a run keeps them."""
        return [[row.kind, row.graph_id] for row in self.missing]


def absence_of(run: SyncRun, tenant: Tenant, busy: Busy) -> Absence:
    """The rows that a run has not staged, and whether they are too many to be believed."""
    missing = [row for row in _lacking(run, tenant) if not is_busy(row, busy)]
    said = confirmed(tenant)
    doubtful = [row for row in missing if key_of(row) not in said]
    return Absence(missing, held=_why_held(run, doubtful, _known(tenant)) if doubtful else "")


def is_too_many(missing: int, known: int) -> bool:
    """More than twenty at once, or more than a tenth of what is known; one alone is never many."""
    return missing > MOST_AT_ONCE or (missing > 1 and missing * 100 > known * PERCENT_AT_ONCE)


def is_busy(row: Mirrored, busy: Busy) -> bool:
    """Whether a push is writing this object, or one of its name."""
    return key_of(row) in busy or (row.kind, kinds.folded(row.display_name)) in busy


def key_of(row: Mirrored) -> Key:
    return row.kind, row.graph_id


def confirmed(tenant: Tenant) -> set[Key]:
    """What an administrator lately said is really gone."""
    runs = tenant.sync_runs.filter(confirmed_at__gte=clock.now() - CONFIRMED_FOR)
    return {(kind, graph_id) for run in runs for kind, graph_id in run.missing}


def look(run: SyncRun, absence: Absence, graph: Client) -> None:
    """Ask for each missing object by its id. What is there after all is staged as if it had been listed.

    Only 404 says that it is not there; after any other failure it stays as it is and is looked for by the next run.
    Raises UnsafeLink or Abandoned.
    """
    for row in absence.missing if not absence.held else ():
        if absence.unanswered >= FAILURES:
            return
        asked_at = clock.now()
        try:
            raw = _get(graph, row)
        except UnsafeLink:
            raise
        except (GraphError, Incomplete) as exc:
            absence.unanswered += 1
            connection.note(run.tenant, exc)
            continue
        if raw is None:
            absence.answered_404[key_of(row)] = clock.now()
        put(run, kinds.of(row.kind), {row.graph_id: Seen(raw, asked_at)} if raw else {})


def mark(absence: Absence, tenant: Tenant, busy: Busy) -> list[Mirrored]:
    """Mark what answered 404 as gone, unless a push writes it or read it since. Returns the rows as they were."""
    return [row for row in absence.missing if _mark(row, absence, tenant, busy)]


def told(absence: Absence) -> Iterator[str]:
    """What the run has to say of it."""
    if absence.held:
        yield absence.held
    if absence.unanswered:
        yield _("Not everything that was missing could be looked for. The next run looks again.")


def _mark(row: Mirrored, absence: Absence, tenant: Tenant, busy: Busy) -> bool:
    at = absence.answered_404.get(key_of(row))
    if at is None or is_busy(row, busy):
        return False
    as_read = kinds.of(row.kind).rows(tenant).here().filter(pk=row.pk, seen_at=row.seen_at)
    return bool(as_read.update(gone_at=at))


def _lacking(run: SyncRun, tenant: Tenant) -> Iterator[Mirrored]:
    """Rows that are old enough for a listing to show them, and that no listing showed."""
    old_enough = run.started_at - SETTLE
    for kind in kinds.listed():
        staged = run.staged.filter(kind=kind.name).values("graph_id")
        yield from kind.rows(tenant).here().filter(seen_at__lte=old_enough).exclude(graph_id__in=staged)


def _known(tenant: Tenant) -> dict[str, int]:
    """How many objects of each kind the mirror holds."""
    found: dict[str, int] = {}
    for model in {kind.model for kind in kinds.listed()}:
        rows: MirroredQuerySet[Mirrored] = MirroredQuerySet(model).filter(tenant=tenant).here()
        found |= dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    return found


def _why_held(run: SyncRun, doubtful: list[Mirrored], known: dict[str, int]) -> str:
    listed = set(run.staged.values_list("kind", flat=True).distinct())
    emptied = dict.fromkeys(row.kind for row in doubtful if row.kind not in listed)
    if emptied:
        return " ".join(_suddenly_empty(known, emptied))
    if is_too_many(len(doubtful), sum(known.values())):
        return _too_many(len(doubtful), sum(known.values()))
    return ""


def _suddenly_empty(known: dict[str, int], emptied: Iterable[str]) -> Iterator[str]:
    for name in emptied:
        told = _("Purview listed no %(kind)s, where %(count)d are known. Nothing was taken for gone.")
        yield told % {"kind": kinds.of(name).plural, "count": known[name]}


def _too_many(missing: int, known: int) -> str:
    told = ngettext(
        "Purview no longer lists %(missing)d of %(known)d object. Nothing was taken for gone.",
        "Purview no longer lists %(missing)d of %(known)d objects. Nothing was taken for gone.",
        known,
    )
    return told % {"missing": missing, "known": known}


def _get(graph: Client, row: Mirrored) -> Raw | None:
    """The object, None if Graph says 404. Raises GraphError or Incomplete for every other answer."""
    kind = kinds.of(row.kind)
    try:
        raw = fetch(graph, kind, row.graph_id, parent=row.raw.get("@parent"))
        kind.document(raw)
    except Rejected as exc:
        if exc.status != NOT_FOUND:
            raise
        return None
    if raw.get("id") != row.graph_id:
        raise Incomplete(_("Purview answered with another object than the one that was asked for."))
    return raw
