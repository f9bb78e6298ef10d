"""Whether the tenant may be asked at all: its health, and a circuit that opens after failures (rule 12).

Reads and writes share it: what stops a sync stops a push, and the first answer either gets closes it again.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.audit.models import Result
from portal.doorbell import ring
from portal.errors import NotAllowed
from portal.graph.errors import GraphError, NotSent, Throttled, Unreadable
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
    if isinstance(exc, Throttled):
        _asked_to_wait(tenant, exc.retry_after or 0.0)
    elif isinstance(exc, NotSent | Unreadable):
        failed(tenant)


def _asked_to_wait(tenant: Tenant, seconds: float) -> None:
    """Graph said when it will answer again: no request before that moment (G14). No failure, so it counts as none."""
    until = clock.after(seconds)
    sooner = Connection.objects.filter(tenant=tenant).exclude(closed_until__gte=until)
    sooner.update(closed_until=until)


def failures(tenant: Tenant) -> int:
    """Failures in a row."""
    return Connection.objects.get(tenant=tenant).failures


def worked(tenant: Tenant) -> None:
    """Graph answered: failures start from nothing again."""
    Connection.objects.filter(tenant=tenant, failures__gt=0).update(failures=0, closed_until=None)


def failed(tenant: Tenant) -> None:
    """Graph did not answer: after five in a row nothing is sent for a minute, then two, up to a quarter of an hour."""
    connection = Connection.objects.get(tenant=tenant)
    failures = connection.failures + 1
    over = failures - OPENS_AFTER
    wait = min(CLOSED_FIRST * 2**over, CLOSED_AT_MOST) if over >= 0 else None
    until = clock.now() + timedelta(seconds=wait) if wait else None
    Connection.objects.filter(tenant=tenant).update(failures=failures, closed_until=until)


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
