"""What comes first: references alone give the order of creation, and its reverse for deletion (domain-rules.md 2.7)."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from portal.changes.models import UNFINISHED, Carrier, Change, Push, State
from portal.mirror import kinds
from portal.mirror.kinds import Action
from portal.tenants import clock
from portal.tenants.models import Tenant

WILL_NOT_HAPPEN = (Push.STOPPED, Push.CANCELLED)


def next_due(tenant: Tenant) -> Change | None:
    """The first change of the tenant that is due and waits for nothing, in the order the requests were made."""
    now = clock.now()
    due = _unfinished(tenant).filter(Q(not_before=None) | Q(not_before__lte=now)).exclude(push=Push.SENDING)
    due = due.filter(Q(held_until=None) | Q(held_until__lte=now))
    first = due.first()  # most often free, and then the others, up to a whole file plan, need not be read
    if first is None or not blockers(first):
        return first
    return next((change for change in _with_others(due) if not blockers(change)), None)


def soonest(tenant: Tenant) -> datetime | None:
    """When the next change of the tenant becomes due; None when nothing is on its way or all of it waits for others."""
    now, waiting = clock.now(), _with_others(_unfinished(tenant))
    moments = [max(change.not_before or now, change.held_until or now) for change in waiting if not blockers(change)]
    return min(moments, default=None)


def blockers(change: Change) -> list[Change]:
    """Unfinished changes of the same request that must be done before this one is sent."""
    return [other for other in needs(change) if other.push != Push.DONE and other.push not in WILL_NOT_HAPPEN]


def lost_needs(change: Change) -> list[Change]:
    """Changes this one needs that stopped or were given up."""
    return [other for other in needs(change) if other.push in WILL_NOT_HAPPEN]


def _unfinished(tenant: Tenant) -> QuerySet[Change]:
    return (
        Change.objects.filter(request__tenant=tenant, request__state=State.APPROVED, carried_by=Carrier.GRAPH)
        .filter(push__in=UNFINISHED)
        .select_related("request__tenant")
        .order_by("request__number", "position")
    )


def _with_others(changes: QuerySet[Change]) -> QuerySet[Change]:
    return changes.prefetch_related("request__changes")


def needs(change: Change) -> list[Change]:
    """The changes of the same request that come before this one."""
    if change.action == Action.DELETE:
        mine = _names(change)
        return [other for other in _others(change) if other.base is not None and mine in _named_by(other, other.base)]
    if change.is_follow_up:
        return [other for other in _others(change) if other.marker == change.case]
    wanted = _named_by(change, change.after or {})
    if not wanted:
        return []
    return [other for other in _others(change) if other.action == Action.CREATE and _names(other) in wanted]


def _others(change: Change) -> list[Change]:
    return [other for other in change.request.changes.all() if other.pk != change.pk]


def needs_something_new(change: Change, *, younger_than: timedelta) -> bool:
    """Whether something it needs was created so lately that Graph may not know it everywhere yet (rule 2)."""
    since = clock.now() - younger_than
    return any(other.done_at is not None and other.done_at > since for other in needs(change))


def _names(change: Change) -> tuple[str, str]:
    return change.kind, kinds.folded(change.name)


def _named_by(change: Change, document: kinds.Document) -> set[tuple[str, str]]:
    named = {(reference.kind, kinds.folded(reference.name)) for reference in change.of.references(document)}
    if change.action == Action.UPDATE:  # its own creation, when the rest of a new object is left to a person
        named.add((change.kind, kinds.folded(change.name)))
    return named
