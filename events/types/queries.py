"""Event types with the labels that start on each, and when each last fired."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Max
from django.db.models.functions import Coalesce
from django.utils import timezone

from events.kinds import RETENTION_EVENT_TYPE
from events.models import RetentionEvent, RetentionEventType
from events.starting import labels_by_type
from portal.changes.models import ChangeRequest
from portal.changes.progress import Standing
from portal.changes.queries import open_on
from portal.mirror.kinds import folded
from portal.mirror.models import Mirrored
from portal.tenants.models import Tenant

YEAR = timedelta(days=365)
NAMED = 3  # labels a row of the list names
STATES = ("", "quiet", "unused", "gone")


@dataclass(frozen=True)
class Listed:
    """One event type. `last` is when an event of it was last recorded; `open` the open changes on it."""

    event_type: RetentionEventType
    labels: tuple[Mirrored, ...]
    last: datetime | None
    open: tuple[tuple[ChangeRequest, Standing], ...] = ()

    @property
    def is_outside(self) -> bool:
        return self.event_type.is_drifted

    @property
    def request(self) -> ChangeRequest | None:
        return self.open[0][0] if self.open else None

    @property
    def standing(self) -> Standing | None:
        return self.open[0][1] if self.open else None

    @property
    def more(self) -> int:
        """How many labels a row of the list does not name."""
        return max(0, len(self.labels) - NAMED)

    @property
    def is_quiet(self) -> bool:
        """Whether labels wait for an event, and none was recorded for a year, nor was the type made since."""
        since = self.last or self.event_type.created_at
        waits = bool(self.labels) and not self.event_type.gone_at
        return waits and (since is None or since < timezone.now() - YEAR)

    @property
    def state(self) -> str:
        """The tab it stands in, besides that of all."""
        if self.event_type.gone_at:
            return "gone"
        if self.is_quiet:
            return "quiet"
        return "" if self.labels else "unused"

    def matches(self, words: str) -> bool:
        """Whether every word is part of its name, its description or the name of a label that starts on it."""
        row = self.event_type
        texts = [
            folded(text) for text in (row.display_name, row.description, *(one.display_name for one in self.labels))
        ]
        return all(any(folded(word) in text for text in texts) for word in words.split()[:10])


def event_types(tenant: Tenant) -> list[Listed]:
    """Every event type the tenant holds or held, by name, in three queries."""
    starting, fired = labels_by_type(tenant), last_fired(tenant)
    rows = RetentionEventType.objects.filter(tenant=tenant).select_related("tenant").order_by("display_name", "pk")
    return [
        Listed(row, tuple(starting.get(folded(row.display_name), ())), fired.get(folded(row.display_name)))
        for row in rows
    ]


def event_type(row: RetentionEventType) -> Listed:
    """One event type with everything that is said of it."""
    name = folded(row.display_name)
    labels, last = labels_by_type(row.tenant).get(name, ()), last_fired(row.tenant).get(name)
    return with_open([Listed(row, tuple(labels), last)])[0]


def with_open(listed: Iterable[Listed]) -> list[Listed]:
    """The same with the changes that are open on them, in as many queries for one as for a hundred."""
    rows = list(listed)
    if not rows:
        return []
    found = open_on(RETENTION_EVENT_TYPE.name, [one.event_type.graph_id for one in rows], rows[0].event_type.tenant)
    return [replace(one, open=tuple(found.get(one.event_type.graph_id, ()))) for one in rows]


def last_fired(tenant: Tenant) -> dict[str, datetime]:
    """When an event of each type was last recorded, by folded name; also one that was deleted since: it did fire."""
    events = RetentionEvent.objects.filter(tenant=tenant).order_by().values_list("event_type_name")
    rows = events.annotate(last=Max(Coalesce("created_at", "happened_at")))
    found: dict[str, datetime] = {}
    for name, at in rows:
        if at is not None:
            found[folded(name)] = max(at, found.get(folded(name), at))
    return found
