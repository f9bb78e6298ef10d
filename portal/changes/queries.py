"""Lists of requests: by where they stand, and by whom they wait for."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    TextChoices,
    Value,
    When,
)
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.changes.models import OPEN, UNFINISHED, Change, ChangeRequest, Decision, Hand, Part, Push, State, Verdict
from portal.changes.objects import objects_of
from portal.changes.progress import Progress, Standing, standing_of
from portal.mirror import kinds
from portal.mirror.kinds import Action
from portal.tenants.models import Membership, Person, Role, Tenant


class Tab(TextChoices):
    """Where a request stands, as lists are divided."""

    DRAFT = "draft", gettext_lazy("Draft")
    IN_REVIEW = "in_review", gettext_lazy("In review")
    SENDING = "sending", gettext_lazy("Approved")
    PROBLEMS = "problems", gettext_lazy("Problems")
    DONE = "done", gettext_lazy("Done")
    REJECTED = "rejected", gettext_lazy("Rejected")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")


def with_tab(requests: QuerySet[ChangeRequest]) -> QuerySet[Any]:
    """Requests with `tab`: their state, and for approved ones how far they have come."""
    approved = Q(state=State.APPROVED)
    tab = Case(
        When(approved & Q(Exists(_changes(Push.STOPPED))), then=Value(Tab.PROBLEMS)),
        When(approved & Q(Exists(_changes(*UNFINISHED, Push.PERSON))), then=Value(Tab.SENDING)),
        When(approved, then=Value(Tab.DONE)),
        default=F("state"),
        output_field=CharField(),
    )
    return requests.annotate(tab=tab)


def _changes(*pushes: Push) -> QuerySet[Change]:
    return Change.objects.filter(request=OuterRef("pk"), push__in=pushes)


def tabs(tenant: Tenant) -> dict[str, int]:
    """How many requests of a tenant stand in each tab, all tabs named."""
    counted = dict(with_tab(tenant.change_requests.order_by()).values_list("tab").annotate(Count("pk")))
    return {tab.value: counted.get(tab.value, 0) for tab in Tab}


def found(tenant: Tenant, *, tab: str = "", words: str = "") -> QuerySet[ChangeRequest]:
    """Requests of a tenant, newest first; `words` are looked for in title, author, object names, or are a number."""
    requests = with_tab(tenant.change_requests.all())
    if tab:
        requests = requests.filter(tab=tab)
    if number := re.fullmatch(r"#?(\d{1,9})", words.strip()):
        return requests.filter(number=int(number[1]))
    for word in words.split():
        named = Change.objects.filter(request=OuterRef("pk"), name__icontains=word)
        requests = requests.filter(Q(title__icontains=word) | Q(author__name__icontains=word) | Exists(named))
    return requests


def for_rows(requests: QuerySet[ChangeRequest]) -> QuerySet[ChangeRequest]:
    """Requests with all that a row shows, in as many queries for one row as for a hundred."""
    return requests.select_related("tenant", "author", "under__tenant").prefetch_related(
        Prefetch("changes", Change.objects.order_by("position")),
        Prefetch("decisions", Decision.objects.select_related("by")),
        Prefetch("hands", Hand.objects.select_related("person")),
    )


def waiting_for(person: Person, tenants: Iterable[Tenant]) -> QuerySet[ChangeRequest]:
    """Requests that this person can carry on: to decide on, to finish writing, or with a step left to do by hand."""
    approves = Membership.objects.filter(person=person, role=Role.APPROVER, tenant=OuterRef("tenant"))
    wrote = Exists(Hand.objects.filter(request=OuterRef("pk"), person=person, part=Part.WROTE))
    decided = Exists(Decision.objects.filter(request=OuterRef("pk"), by=person, content_hash=OuterRef("content_hash")))
    mine_to_decide = Q(Exists(approves), ~Q(wrote), ~Q(decided), state=State.IN_REVIEW)
    mine_to_write = Q(wrote, state=State.DRAFT)
    mine_by_hand = Q(wrote, Exists(_changes(Push.PERSON)), state=State.APPROVED)
    return ChangeRequest.objects.filter(mine_to_decide | mine_to_write | mine_by_hand, tenant__in=tenants)


def waiting_for_others(person: Person, tenants: Iterable[Tenant]) -> QuerySet[ChangeRequest]:
    """Requests this person wrote or decided on that others, or the workers, carry on."""
    had_a_hand = Exists(Hand.objects.filter(request=OuterRef("pk"), person=person))
    moves = Q(state=State.IN_REVIEW) | Q(Exists(_changes(*UNFINISHED)), state=State.APPROVED)
    ours = ChangeRequest.objects.filter(moves, had_a_hand, tenant__in=tenants).exclude(Exists(_changes(Push.STOPPED)))
    return ours.exclude(pk__in=waiting_for(person, tenants).values("pk"))


def stopped(tenants: Iterable[Tenant]) -> QuerySet[ChangeRequest]:
    """Approved requests of which something stopped and waits for a person."""
    return ChangeRequest.objects.filter(Exists(_changes(Push.STOPPED)), state=State.APPROVED, tenant__in=tenants)


def open_requests(tenant: Tenant) -> QuerySet[ChangeRequest]:
    """Requests that are not over."""
    left = Exists(_changes(*UNFINISHED, Push.PERSON, Push.STOPPED))
    return tenant.change_requests.filter(Q(state__in=[State.DRAFT, State.IN_REVIEW]) | Q(left, state=State.APPROVED))


def open_on(kind: str, graph_ids: Collection[str], tenant: Tenant) -> dict[str, list[tuple[ChangeRequest, Standing]]]:
    """The open requests on objects of a kind, by Graph id, newest first, each with where it stands."""
    left = Change.objects.filter(kind=kind, target__in=graph_ids, request__tenant=tenant, request__state__in=OPEN)
    left = left.exclude(push__in=[Push.DONE, Push.CANCELLED]).order_by("-request__number")
    places = dict.fromkeys(left.values_list("target", "request"))
    requests = {one.pk: one for one in for_rows(ChangeRequest.objects.filter(pk__in={pk for _id, pk in places}))}
    found: dict[str, list[tuple[ChangeRequest, Standing]]] = {}
    for graph_id, pk in places:
        found.setdefault(graph_id, []).append((requests[pk], Summary(requests[pk]).standing))
    return found


@dataclass(frozen=True)
class Summary:
    """One request as a row shows it. Made of a request from `for_rows`, so that nothing here asks the database."""

    request: ChangeRequest

    @cached_property
    def approvals(self) -> list[Decision]:
        """The approvals that count."""
        return [
            decision
            for decision in self.request.decisions.all()
            if decision.verdict == Verdict.APPROVE and decision.content_hash == self.request.content_hash
        ]

    @property
    def returned(self) -> Decision | None:
        """The decision that gave a draft back to its author."""
        if self.request.state != State.DRAFT:
            return None
        decisions = list(self.request.decisions.all())
        return decisions[-1] if decisions and decisions[-1].verdict == Verdict.RETURN else None

    @property
    def standing(self) -> Standing:
        return standing_of(self.request, was_returned=self.returned is not None)

    @property
    def progress(self) -> Progress:
        return Progress(tuple(self.request.changes.all()))

    @property
    def missing(self) -> range:
        """One for each approval still wanted, for templates to draw."""
        return range(self.request.approvals_wanted - len(self.approvals))

    @property
    def since(self) -> datetime:
        """Since when the request stands where it stands."""
        if self.returned:
            return self.returned.at
        request = self.request
        moments = {State.DRAFT: request.touched_at, State.IN_REVIEW: request.submitted_at}
        return moments.get(State(request.state), request.closed_at) or request.touched_at

    @property
    def facts(self) -> list[str]:
        """What it changes: "2 labels changed", "1 event type created"."""
        objects = objects_of(self.request.changes.all())
        counted = Counter((changed.kind.name, changed.action) for changed in objects)
        return [_counted(kind, action, count) for (kind, action), count in counted.items()]

    @property
    def stopped(self) -> list[Change]:
        return [change for change in self.request.changes.all() if change.push == Push.STOPPED]

    @property
    def writers(self) -> set[int]:
        """Keys of the people who wrote any part of it."""
        return {hand.person_id for hand in self.request.hands.all() if hand.part == Part.WROTE}


def _counted(kind: str, action: Action, count: int) -> str:
    things = kinds.of(kind).noun if count == 1 else kinds.of(kind).plural
    texts = {
        Action.CREATE: ngettext("%(count)d %(things)s created", "%(count)d %(things)s created", count),
        Action.UPDATE: ngettext("%(count)d %(things)s changed", "%(count)d %(things)s changed", count),
        Action.DELETE: ngettext("%(count)d %(things)s deleted", "%(count)d %(things)s deleted", count),
        Action.ADOPT: ngettext("%(count)d %(things)s adopted", "%(count)d %(things)s adopted", count),
    }
    return texts[action] % {"count": count, "things": things}


def approvers_of(tenants: Iterable[Tenant]) -> dict[int, list[Person]]:
    """The active approvers of each tenant, by its key."""
    memberships = Membership.objects.filter(
        tenant__in=tenants, role=Role.APPROVER, person__is_active=True, person__is_system=False
    )
    found: dict[int, list[Person]] = {}
    for membership in memberships.select_related("person").order_by("person__name"):
        found.setdefault(membership.tenant_id, []).append(membership.person)
    return found


def overtaken(change_request: ChangeRequest, *, content_hash: str, by: Person | None = None) -> str:
    """Why what somebody is about to decide on is no longer what they read; empty if it still is.

    Whoever approved the content themselves is not overtaken: approving twice changes nothing.
    """
    decisions = list(change_request.decisions.select_related("by"))
    approved = [one for one in decisions if one.verdict == Verdict.APPROVE and one.content_hash == content_hash]
    if by is not None and any(one.by_id == by.pk for one in approved):
        return ""
    if change_request.state == State.IN_REVIEW:
        return "" if change_request.content_hash == content_hash else _edited(change_request)
    if change_request.state == State.WITHDRAWN:
        return _("This change was withdrawn meanwhile. There is nothing to decide any more.")
    if not decisions:
        return _("This change is not in review. Nothing was decided.")
    said = {
        State.APPROVED: _("This change was just approved by %(person)s. Nothing more is needed."),
        State.REJECTED: _("This change was just rejected by %(person)s. There is nothing to decide any more."),
        State.DRAFT: _("%(person)s has returned this change to its author. It can be decided on when it comes back."),
    }
    return said[State(change_request.state)] % {"person": decisions[-1].by}


def _edited(change_request: ChangeRequest) -> str:
    return _("This change was edited while you were reading it. Version %(version)d is shown now; read it again.") % {
        "version": change_request.version
    }
