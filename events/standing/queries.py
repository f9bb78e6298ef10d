"""Reads for the pages of standing approvals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from events.kinds import RETENTION_EVENT
from events.models import StandingApproval
from events.standing import words
from events.standing.document import last_day
from events.standing.kinds import STANDING_APPROVAL
from portal.changes.models import Change, ChangeRequest, Push, State, Verdict
from portal.mirror.kinds import Action, Document, Line
from portal.tenants import clock
from portal.tenants.models import Tenant

PROPOSED = {State.DRAFT: "draft", State.IN_REVIEW: "in_review"}
OVER = (State.REJECTED, State.WITHDRAWN)
ORDER = {"in_review": 0, "draft": 1, "in_force": 2, "expired": 3, "withdrawn": 4}


@dataclass(frozen=True)
class Listed:
    """One standing approval, or the proposal of one: then it has no row. `today` is in UTC."""

    change: Change
    row: StandingApproval | None
    today: date
    released: int = 0  # events, ever

    @property
    def request(self) -> ChangeRequest:
        return self.change.request

    @property
    def document(self) -> Document:
        return self.change.after or {}

    @property
    def lines(self) -> tuple[Line, ...]:
        """Its settings but for its name."""
        return tuple(line for line in words.lines(self.document) if line.path != "displayName")

    @property
    def state(self) -> str:
        """A key of web/states.py."""
        if self.row is None:
            return PROPOSED.get(State(self.request.state), "withdrawn")
        if self.row.gone_at:
            return "withdrawn"
        return "in_force" if self.row.expires_on >= self.today else "expired"

    @property
    def last_day(self) -> date | None:
        return last_day(self.document)

    @property
    def is_in_force(self) -> bool:
        return self.state == "in_force"

    @property
    def approvers(self) -> list[str]:
        """The names of who approved it."""
        signed = [one for one in self.request.decisions.all() if one.verdict == Verdict.APPROVE]
        return [one.by.name for one in signed if one.content_hash == self.request.content_hash]


def listed(tenant: Tenant) -> list[Listed]:
    """Every standing approval and every proposal of one, what wants somebody first."""
    changes = _creations().filter(request__tenant=tenant).exclude(request__state__in=OVER)
    found = with_rows(tenant, changes.order_by("-pk"))
    return sorted(found, key=lambda one: ORDER[one.state])


def one(row: StandingApproval) -> Listed:
    """A standing approval with what approved it."""
    (found,) = with_rows(row.tenant, _creations().filter(request__tenant=row.tenant, target=row.graph_id))
    return found


def with_rows(tenant: Tenant, changes: QuerySet[Change]) -> list[Listed]:
    """The same changes with what they created and how often that was used, in as many queries for one as for many."""
    every = list(changes.select_related("request__tenant").prefetch_related("request__decisions__by"))
    rows = StandingApproval.objects.filter(tenant=tenant).select_related("tenant", "withdrawn_by")
    held = {row.graph_id: row for row in rows.filter(graph_id__in=[change.target for change in every])}
    used = _used([change.request_id for change in every])
    today = clock.now().date()
    return [Listed(change, held.get(change.target), today, used.get(change.request_id, 0)) for change in every]


def in_force(tenant: Tenant, source: str) -> list[ChangeRequest]:
    """The requests whose standing approvals count today for a system, the oldest first."""
    rows = StandingApproval.objects.here().filter(tenant=tenant, source=source, expires_on__gte=clock.now().date())
    made = _creations().filter(request__tenant=tenant, target__in=rows.values("graph_id"))
    requests = ChangeRequest.objects.filter(state=State.APPROVED, pk__in=made.values("request"))
    return list(requests.select_related("tenant").order_by("pk"))


def made_under(request: ChangeRequest) -> QuerySet[Change]:
    """The events that were released under a standing approval, the newest first."""
    events = Change.objects.filter(request__under=request, kind=RETENTION_EVENT.name, action=Action.CREATE)
    return events.select_related("request__tenant").order_by("-pk")


def waiting(request: ChangeRequest) -> int:
    """How many of them were not sent yet."""
    return made_under(request).filter(request__state=State.APPROVED, push=Push.READY).count()


def ended(tenant: Tenant) -> set[int]:
    """The keys of the requests whose standing approvals count no more: what waits under them is not sent."""
    lasting = StandingApproval.objects.here().filter(tenant=tenant, expires_on__gte=clock.now().date())
    under = ChangeRequest.objects.filter(tenant=tenant, covered__isnull=False)
    standing = _creations().filter(target__in=lasting.values("graph_id"))
    return set(under.exclude(pk__in=standing.values("request")).values_list("pk", flat=True))


def _creations() -> QuerySet[Change]:
    return Change.objects.filter(kind=STANDING_APPROVAL.name, action=Action.CREATE)


def _used(requests: Iterable[int]) -> dict[int, int]:
    events = Change.objects.filter(request__under__in=list(requests), marker__isnull=False).order_by()
    return dict(events.values_list("request__under").annotate(Count("pk")))
