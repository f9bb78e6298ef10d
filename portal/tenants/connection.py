"""Whether the tenant may be asked at all: its health, and a circuit that opens after failures (rule 12).

Reads and writes share it: what stops a sync stops a push, and the first answer either gets closes it again.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.audit.models import Result
from portal.doorbell import ring
from portal.errors import NotAllowed
from portal.graph.errors import GraphError, NotSent, Unreadable
from portal.tenants import clock
from portal.tenants.access import roles_of
from portal.tenants.models import Connection, Health, Person, Role, Tenant

OPENS_AFTER = 5  # straight 5xx answers and timeouts
CLOSED_FIRST = 60  # seconds
CLOSED_AT_MOST = 900


def is_usable(tenant: Tenant) -> bool:
    """Neither on hold nor waiting for an outage to end."""
    return Connection.objects.get(tenant=tenant).health == Health.OK and waits_until(tenant) is None


def waits_until(tenant: Tenant) -> datetime | None:
    """When the tenant may be asked again; None if it may be asked now. On hold or not: a read shows what is wrong."""
    waiting = Connection.objects.filter(tenant=tenant, closed_until__gt=clock.now())
    return waiting.values_list("closed_until", flat=True).first()


def note(tenant: Tenant, exc: Exception) -> None:
    """Keep what a read that failed says of the way to the tenant. A refusal is an answer: it says nothing of it."""
    if isinstance(exc, GraphError):
        heed(tenant, exc)
    if isinstance(exc, NotSent | Unreadable):
        failed(tenant)


def heed(tenant: Tenant, exc: GraphError) -> None:
    """Graph said when it will answer again, to whoever asked: nobody asks before that moment (G14)."""
    if exc.retry_after:
        _close_until(tenant, clock.after(exc.retry_after))


def failures(tenant: Tenant) -> int:
    """Failures in a row."""
    return Connection.objects.get(tenant=tenant).failures


def worked(tenant: Tenant) -> None:
    """Graph answered: failures start from nothing again, and an open circuit closes. What Graph asked for stays."""
    closed_until = Case(When(failures__gte=OPENS_AFTER, then=Value(None)), default=F("closed_until"))
    Connection.objects.filter(tenant=tenant, failures__gt=0).update(failures=0, closed_until=closed_until)


def failed(tenant: Tenant) -> None:
    """Graph did not answer: after five in a row nothing is sent for a minute, then two, up to a quarter of an hour."""
    connection = Connection.objects.get(tenant=tenant)
    failures = connection.failures + 1
    Connection.objects.filter(tenant=tenant).update(failures=failures)
    over = failures - OPENS_AFTER
    if over >= 0:
        _close_until(tenant, clock.after(min(CLOSED_FIRST * 2**over, CLOSED_AT_MOST)))


def _close_until(tenant: Tenant, until: datetime) -> None:
    """No request before that moment; a longer wait stays as it is."""
    Connection.objects.filter(tenant=tenant).exclude(closed_until__gte=until).update(closed_until=until)


@transaction.atomic
def hold(tenant: Tenant, refusal: GraphError) -> None:
    """Graph refused the account, not the change: everything waits for a person, and stays ready (reliability.md 3)."""
    reason = _(
        "Purview refused the connected account (%(status)s %(code)s). Check its sign-in and its Purview role, "
        "then release the connection."
    ) % {"status": refusal.status, "code": refusal.code}
    held = Connection.objects.filter(tenant=tenant, health=Health.OK).update(
        health=Health.HELD, held_because=reason, held_at=clock.now()
    )
    if held:
        trail.record(
            tenant,
            "connection.held",
            service="Push worker",
            reason=reason,
            result=Result.ERROR,
            support=refusal.request_id,
        )


@transaction.atomic
def release(tenant: Tenant, *, by: Person) -> None:
    """Let the workers try again. Raises NotAllowed unless `by` is an administrator of the tenant."""
    if Role.ADMINISTRATOR not in roles_of(by, tenant):
        raise NotAllowed(_("Only an administrator can release the connection."))
    released = Connection.objects.filter(tenant=tenant, health=Health.HELD).update(
        health=Health.OK, held_because="", held_at=None, failures=0, closed_until=None
    )
    if released:
        trail.record(tenant, "connection.released", by=by)
        transaction.on_commit(lambda: ring(tenant.pk), robust=True)
