"""The case of an event: what was recorded first, and what repeats it some days later (domain-rules.md 4.7)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from events.document import name_of
from events.models import RetentionEvent
from portal.changes import waiting
from portal.changes.models import Change, Push
from portal.mirror.kinds import Action


@dataclass(frozen=True)
class Member:
    """One event of a case. `row` is what the tenant holds of it, None while it holds nothing."""

    change: Change
    row: RetentionEvent | None

    @property
    def name(self) -> str:
        return name_of(self.change.document)

    @property
    def is_left(self) -> bool:
        """Whether it waits for its day and can be taken back."""
        return waiting.can_withdraw(self.change)

    @property
    def sent_on(self) -> datetime | None:
        """When it is sent, while it waits for that."""
        return self.change.held_until if self.change.is_waiting else None

    @property
    def state(self) -> str:
        """Its shape among those of pushes."""
        return self.change.why if self.change.push == Push.STOPPED else self.change.push

    @property
    def word(self) -> str:
        """How it stands, in words."""
        if self.change.push == Push.STOPPED:
            return str(self.change.get_why_display())
        said = {Push.DONE: _("Recorded"), Push.CANCELLED: _("Withdrawn"), Push.READY: _("Waiting for its day")}
        return said.get(Push(self.change.push)) or str(self.change.get_push_display())


def case_of(change: Change) -> list[Member]:
    """Every event of the case a change belongs to, the first first; none for an event that nothing repeats."""
    found = Change.objects.filter(request=change.request_id, case=change.case, action=Action.CREATE).exclude(case="")
    changes = list(found.select_related("request__tenant").order_by("after_days", "position"))
    if len(changes) < 2:
        return []
    held = RetentionEvent.objects.filter(tenant=change.request.tenant, marker__in=[one.marker for one in changes])
    rows = {row.marker: row for row in held}
    return [Member(one, rows.get(one.marker or "")) for one in changes]
