"""The desk: what waits for a person, what went wrong, what others have, how fresh the mirror is."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.humanize.templatetags.humanize import apnumber
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from events import queries as events
from portal.changes import queries
from portal.changes.drift import cases
from portal.changes.drift.cases import Case
from portal.changes.impact import Room, room
from portal.changes.models import ChangeRequest, State
from portal.changes.queries import Summary
from portal.mirror import veil
from portal.mirror.queries import Pulse
from portal.tenants.access import Request, requires, roles_of, tenants_of
from portal.tenants.models import Person, Tenant
from portal.web.moments import waited

SHOWN = 25  # rows of a section; the list of changes has them all
DRIFT_SHOWN = 5  # rows of a tenant
EVENTS_SHOWN = 5


@require_safe
def desk(request: Request) -> HttpResponse:
    """All tenants of the person; the one they have, if it is one."""
    tenants = list(tenants_of(request.user))
    if len(tenants) == 1:
        return redirect(tenants[0])
    return render(request, "home/desk.html", {"desk": Desk(request.user, tenants)})


@require_safe
@requires()
def tenant_desk(request: Request, tenant: str) -> HttpResponse:
    return render(request, "home/desk.html", {"desk": Desk(request.user, [request.tenant])})


@dataclass(frozen=True)
class Drift:
    """Rows of one tenant that somebody changed outside Fileplan."""

    tenant: Tenant
    rows: list[Case]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Desk:
    """What one person finds on their desk. Everything is read when it is first asked for."""

    person: Person
    tenants: list[Tenant]

    @property
    def is_of_one(self) -> bool:
        return len(self.tenants) == 1

    @cached_property
    def mine(self) -> list[Summary]:
        """What waits for the person, the oldest first."""
        return _oldest_first(queries.waiting_for(self.person, self.tenants))

    @cached_property
    def stopped(self) -> list[Summary]:
        return _oldest_first(queries.stopped(self.tenants))

    @cached_property
    def others(self) -> list[Summary]:
        """What the person wrote or decided on and now waits for others or the workers."""
        return _oldest_first(queries.waiting_for_others(self.person, self.tenants))

    @cached_property
    def pulses(self) -> list[Pulse]:
        return [Pulse(tenant) for tenant in self.tenants]

    @cached_property
    def rooms(self) -> list[tuple[Tenant, Room]]:
        return [(tenant, room(tenant)) for tenant in self.tenants]

    @cached_property
    def drifts(self) -> list[Drift]:
        found = [drift_of(tenant, sees=self._sees(tenant)) for tenant in self.tenants]
        return [drift for drift in found if drift.count]

    def _sees(self, tenant: Tenant) -> bool:
        return not tenant.limits_queries or veil.sees(tenant, roles_of(self.person, tenant))

    @cached_property
    def troubled(self) -> list[Pulse]:
        """Tenants whose connection or mirror needs somebody."""
        return [pulse for pulse in self.pulses if pulse.troubles]

    @cached_property
    def astray(self) -> list[events.Listed]:
        """The newest events that failed somewhere, or of which Purview has not said for a week whether they arrived."""
        return [events.Listed(row, sees=False) for row in events.troubled(self.tenants)[:EVENTS_SHOWN]]

    @cached_property
    def astray_more(self) -> int:
        """How many others there are."""
        return events.troubled(self.tenants).count() - len(self.astray) if len(self.astray) == EVENTS_SHOWN else 0

    @cached_property
    def problems(self) -> int:
        troubles = sum(pulse.troubles for pulse in self.pulses) + len(self.astray) + self.astray_more
        return len(self.stopped) + troubles + sum(drift.count for drift in self.drifts)

    @property
    def mine_in_words(self) -> str:
        count = len(self.mine)
        text = ngettext("%(count)s thing waits for you", "%(count)s things wait for you", count)
        return text % {"count": capfirst(str(apnumber(count)))}

    @property
    def oldest(self) -> str:
        """How long the oldest of them has waited."""
        return waited(self.mine[0].since) if self.mine else ""

    @property
    def problems_in_words(self) -> str:
        text = ngettext("%(count)s problem needs a person.", "%(count)s problems need a person.", self.problems)
        return text % {"count": capfirst(str(apnumber(self.problems)))}

    @cached_property
    def approvers(self) -> dict[int, list[Person]]:
        return queries.approvers_of(self.tenants)

    @property
    def mine_rows(self) -> list["DeskRow"]:
        return [DeskRow(summary, self) for summary in self.mine[:SHOWN]]

    @property
    def stopped_rows(self) -> list["DeskRow"]:
        return [DeskRow(summary, self) for summary in self.stopped[:SHOWN]]

    @property
    def other_rows(self) -> list["DeskRow"]:
        return [DeskRow(summary, self) for summary in self.others[:SHOWN]]


@dataclass(frozen=True)
class DeskRow:
    """One request on the desk."""

    summary: Summary
    desk: Desk

    @property
    def verb(self) -> str:
        """What the reader does with it: `review`, `edit`, `hand` or `open`."""
        state = self.summary.request.state
        return {State.IN_REVIEW: "review", State.DRAFT: "edit", State.APPROVED: "hand"}[State(state)]

    @property
    def open_to(self) -> list[Person]:
        """Who could give an approval that is still missing."""
        if self.summary.request.state != State.IN_REVIEW:
            return []
        given = {decision.by_id for decision in self.summary.approvals}
        may = self.desk.approvers.get(self.summary.request.tenant_id, [])
        return [person for person in may if person.pk not in self.summary.writers | given]


def drift_of(tenant: Tenant, *, sees: bool) -> Drift:
    """What of a tenant is not what was agreed: the first few rows, and how many there are."""
    return Drift(tenant, cases.cases(tenant, cases.listed(tenant)[:DRIFT_SHOWN], sees=sees), cases.count(tenant))


def _oldest_first(requests: QuerySet[ChangeRequest]) -> list[Summary]:
    found = [Summary(one) for one in queries.for_rows(requests)]
    return sorted(found, key=lambda summary: summary.since)
