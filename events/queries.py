"""Reads for the pages of events: the list, one event, what waits to be sent and what has to be looked into."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from events import words
from events.document import day_of, name_of
from events.kinds import RETENTION_EVENT
from events.models import RetentionEvent, Status
from events.spreading import UNTIL
from events.standing import queries as standing
from events.starting import Started, started
from portal.changes.models import Change, Push, State
from portal.changes.waiting import INCIDENT
from portal.mirror.kinds import Action
from portal.tenants.models import Tenant

SAID = [Status.PENDING.value, Status.ERROR.value, Status.SUCCESS.value]
LATELY = timedelta(days=30)  # how long the desk tells of an event that did not arrive


def events_of(tenant: Tenant, *, name: str = "", event_type: str = "", status: str = "") -> QuerySet[RetentionEvent]:
    """The events a tenant holds, the newest first; `status` is a choice of forms.Shown.

    Never searched for what they search for: that names people, and would stand in an address.
    """
    rows = RetentionEvent.objects.filter(tenant=tenant, gone_at__isnull=status != "gone")
    for word in name.split()[:10]:
        rows = rows.filter(display_name__icontains=word)
    if event_type:
        rows = rows.filter(event_type_name__iexact=event_type)
    if status in ("pending", "success", "other"):
        rows = rows.filter(has_failed=False).exclude(overdue())
    shows = {
        "pending": Q(status=Status.PENDING) | Q(status=Status.SUCCESS, has_ended=False),
        "error": Q(has_failed=True),
        "overdue": Q(has_failed=False) & overdue(),
        "success": Q(status=Status.SUCCESS, has_ended=True),
        "other": ~Q(status__in=SAID),
    }
    return rows.filter(shows.get(status, Q())).order_by(F("created_at").desc(nulls_last=True), "-pk")


def overdue() -> Q:
    """Events whose week is over, and of which Purview has not said how they ended in every place."""
    return Q(has_ended=False, created_at__lte=timezone.now() - UNTIL)


def troubled(tenants: Sequence[Tenant]) -> QuerySet[RetentionEvent]:
    """What failed somewhere or is overdue, of those recorded in the last thirty days, the newest first."""
    lately = RetentionEvent.objects.filter(tenant__in=tenants, gone_at=None, created_at__gte=timezone.now() - LATELY)
    return lately.filter(Q(has_failed=True) | overdue()).select_related("tenant").order_by("-created_at", "-pk")


def types_of(tenant: Tenant) -> list[str]:
    """The event types that the tenant's events are of."""
    named = RetentionEvent.objects.filter(tenant=tenant).exclude(event_type_name="")
    return sorted(set(named.values_list("event_type_name", flat=True)))


@dataclass(frozen=True)
class Listed:
    """One event as a row or a page shows it."""

    row: RetentionEvent
    sees: bool  # what it searches for

    @property
    def state(self) -> str:
        return words.state(self.row)

    @property
    def status(self) -> str:
        return words.said(self.row)

    @property
    def happened(self) -> str:
        return words.when(self.row.document)

    @property
    def scope(self) -> str:
        """What it searches for; "" for everything."""
        return words.scope(self.row.document, sees=self.sees)

    @property
    def results(self) -> list[dict[str, str]]:
        """Each place with how far the event came there, in words beside Graph's own."""
        found = self.row.results
        return [{**one, "word": words.result(one["status"]), "means": words.meaning(one["said"])} for one in found]

    @property
    def failed(self) -> list[dict[str, str]]:
        """The places where it failed."""
        return [one for one in self.results if one["status"] == "failed"]

    @property
    def means(self) -> str:
        """What Graph's error code means."""
        return words.meaning(self.row.error_code)

    @cached_property
    def starts(self) -> list[Started]:
        """The labels that start on its type, as the tenant holds them now."""
        said = day_of(self.row.document)
        day = said[0] if said else self.row.happened_at.date() if self.row.happened_at else None
        return started(self.row.tenant, self.row.event_type_name, day)

    @cached_property
    def change(self) -> Change | None:
        """The part of a change that recorded it; None for one made elsewhere."""
        made = Q(target=self.row.graph_id)
        if self.row.marker:
            made |= Q(marker=self.row.marker)
        creations = Change.objects.filter(
            made, kind=RETENTION_EVENT.name, action=Action.CREATE, request__tenant=self.row.tenant
        )
        return creations.select_related("request__tenant").order_by("-pk").first()


@dataclass(frozen=True)
class Due:
    """One approved event that was not sent yet."""

    change: Change
    sees: bool  # what it searches for
    first: Change | None  # what it repeats, if anything
    repetitions: int = 0  # how many others wait that repeat it
    is_uncovered: bool = False  # whether its standing approval ended, so that it is not sent
    first_row: RetentionEvent | None = None  # what the tenant holds of the first

    @property
    def name(self) -> str:
        return name_of(self.change.document)

    @property
    def repeats(self) -> str:
        return name_of(self.first.document) if self.first else ""

    @property
    def event_type(self) -> str:
        return str(self.change.document.get("retentionEventType") or "")

    @property
    def scope(self) -> str:
        return words.scope(self.change.document, sees=self.sees)

    @property
    def happened(self) -> str:
        return words.when(self.change.document)


def due(tenant: Tenant, *, sees: bool) -> list[Due]:
    """Approved events that are not on their way yet, what is sent first first."""
    waiting = _events(tenant).filter(push=Push.READY).order_by(F("held_until").asc(nulls_first=True), "pk")
    changes = list(waiting)
    firsts = {one.marker: one for one in _events(tenant).filter(marker__in={change.case for change in changes})}
    repeated = Counter(change.case for change in changes if change.is_follow_up)
    rows = {row.marker: row for row in RetentionEvent.objects.filter(tenant=tenant, marker__in=firsts)}
    ended = standing.ended(tenant)
    return [
        Due(
            change,
            sees,
            firsts.get(change.case) if change.is_follow_up else None,
            repeated[change.marker or ""],
            change.request.under_id in ended,
            rows.get(change.case) if change.is_follow_up else None,
        )
        for change in changes
    ]


def incidents(tenant: Tenant) -> list[Change]:
    """Events that stopped in a way somebody has to look into, the oldest first."""
    return list(_events(tenant).filter(INCIDENT).order_by("pk"))


def _events(tenant: Tenant) -> QuerySet[Change]:
    events = Change.objects.filter(kind=RETENTION_EVENT.name, request__tenant=tenant, request__state=State.APPROVED)
    return events.filter(marker__isnull=False).select_related("request__tenant", "request__under__tenant")
