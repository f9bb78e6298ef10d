"""The waiting period of what happens once: approved, not sent yet, and until then taken back by anybody who may."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.changes.models import Change, ChangeRequest, Push, State, Why
from portal.errors import Invalid, NotAllowed, Stale
from portal.mirror.kinds import Action
from portal.tenants import clock
from portal.tenants.access import ACTING, roles_of
from portal.tenants.models import Person

NOT_APPLIED = ("not_sent", "throttled", "refused")  # outcomes of attempts that certainly changed nothing
INCIDENT = Q(push=Push.STOPPED) & (Q(why=Why.MISMATCH) | Q(why__in=[Why.DUPLICATE, Why.HELD], marker__isnull=False))


def begin(change_request: ChangeRequest) -> None:
    """Give what happens once its day: the tenant's period, by who reported it, and for a repetition its own days."""
    tenant, now = change_request.tenant, clock.now()
    days = tenant.event_days_automatic if change_request.author.is_system else tenant.event_days_manual
    for change in change_request.changes.filter(action=Action.CREATE, marker__isnull=False):
        waits = timedelta(days=days + change.after_days)
        Change.objects.filter(pk=change.pk).update(held_until=now + waits if waits else None)


def can_withdraw(change: Change) -> bool:
    """Whether it happens once and was certainly not sent yet."""
    is_due = change.marker is not None and change.request.state == State.APPROVED and change.push == Push.READY
    return is_due and did_not_happen(change)


def did_not_happen(change: Change) -> bool:
    """Whether every attempt at it certainly changed nothing."""
    return not change.attempts.exclude(outcome__in=NOT_APPLIED).exists()


@transaction.atomic
def withdraw(change: Change, *, by: Person, reason: str) -> None:
    """Take one event back before it is sent, and what would have repeated it.

    Raises NotAllowed for auditors alone, Invalid without a reason, Stale once it is being sent: then it never can be.
    """
    _may(by, change)
    if not reason.strip():
        raise Invalid(_("Say why it is withdrawn. It becomes part of the history."))
    taken = Change.objects.filter(pk=change.pk, push=Push.READY, marker__isnull=False, request__state=State.APPROVED)
    if not can_withdraw(change) or not taken.update(push=Push.CANCELLED, message=reason.strip()[:1000]):
        raise Stale(_("“%(name)s” is being sent or was sent. An event cannot be taken back.") % {"name": change.name})
    repeated = Change.objects.filter(request=change.request_id, case=change.marker, push=Push.READY)
    names = [change.name, *repeated.values_list("name", flat=True)]
    repeated.update(push=Push.CANCELLED, message=reason.strip()[:1000])
    trail.record(change, "change.withdrawn", by=by, reason=reason.strip(), names=names)


@transaction.atomic
def close(change: Change, *, by: Person, statement: str) -> None:
    """End an incident: somebody looked in Purview and says what was done about it.

    Raises NotAllowed for auditors alone, Invalid without a statement, Stale if it is closed already.
    """
    _may(by, change)
    if not statement.strip():
        raise Invalid(_("Say what you found in Purview and what was done about it."))
    stopped = Change.objects.filter(INCIDENT, pk=change.pk)
    if not stopped.update(push=Push.CANCELLED, why=Why.NONE, message=statement.strip()[:1000]):
        raise Stale(_("“%(name)s” is no longer open. Reload and look again.") % {"name": change.name})
    trail.record(change, "change.closed", by=by, reason=statement.strip(), key=change.target)


def _may(by: Person, change: Change) -> None:
    if not by.is_active or not roles_of(by, change.request.tenant) & ACTING:
        raise NotAllowed(_("Authors, approvers and administrators can do this. Ask one of them."))
