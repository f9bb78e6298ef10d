"""What an event starts: the labels that are bound to its type, how long each keeps, and when it first becomes due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.graph import reading
from portal.mirror import kinds
from portal.mirror.kinds import folded
from portal.mirror.models import Mirrored
from portal.tenants.models import Tenant

LABEL, TYPE = "retentionLabel", "retentionEventType"


@dataclass(frozen=True)
class Started:
    """One label that starts. `day` is when the event happened, None while nobody has said."""

    row: Mirrored
    day: date | None

    @property
    def days(self) -> int | None:
        """Days it keeps; None for ever, and where Fileplan does not know."""
        found = self._period
        return found if isinstance(found, int) else None

    @property
    def is_forever(self) -> bool:
        return self._period == reading.FOREVER

    @property
    def due(self) -> date | None:
        """The first day on which its period is over; None without a day, and for one beyond the calendar."""
        if self.day is None or self.days is None:
            return None
        try:
            return self.day + timedelta(days=self.days)
        except OverflowError:
            return None

    @property
    def keeps(self) -> str:
        """For how long, in words."""
        if self.days is not None:
            return ngettext("%(days)d day", "%(days)d days", self.days) % {"days": self.days}
        return _("for ever") if self.is_forever else _("for a time unknown to Fileplan")

    @property
    def first_due(self) -> str:
        """When the first of it becomes due, in words; "" while that cannot be said."""
        if self.is_forever:
            return _("never")
        return date_format(self.due, "j F Y") if self.due else ""

    @property
    def _period(self) -> object:
        return reading.days_of(self.row.document.get("retentionDuration"))


def started(tenant: Tenant, event_type: str, day: date | None) -> list[Started]:
    """The labels of the tenant that an event of this type starts, the first to become due first."""
    named = folded(event_type)
    found = [Started(row, day) for row in starters(tenant) if named and named in types_of(row)]
    return sorted(found, key=lambda one: (one.days is None, one.days or 0, one.row.display_name))


def starters(tenant: Tenant) -> Iterable[Mirrored]:
    """Every label of the tenant whose period starts on an event."""
    return (
        kinds.of(LABEL)
        .rows(tenant)
        .here()
        .filter(document__retentionTrigger="dateOfEvent")
        .order_by("display_name", "pk")
    )


def types_of(row: Mirrored) -> set[str]:
    """The folded names of the event types that a label names."""
    return {folded(one.name) for one in kinds.of(row.kind).references(row.document) if one.kind == TYPE}


def labels_by_type(tenant: Tenant) -> dict[str, list[Mirrored]]:
    """The labels that start on an event, by the folded name of its type."""
    found: dict[str, list[Mirrored]] = {}
    for row in starters(tenant):
        for name in types_of(row):
            found.setdefault(name, []).append(row)
    return found
