"""Whether the tenant may be asked at all: its health, and a circuit that opens after failures (rule 12).

Reads and writes share it: what stops a sync stops a push, and the first answer either gets closes it again.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audit import restored, trail
from portal.audit.models import Result
from portal.doorbell import ring
from portal.errors import Invalid, NotAllowed
from portal.graph.errors import GraphError, NotSent, Unreadable, Waiting
from portal.tenants import clock
from portal.tenants.access import ACTING, roles_of
from portal.tenants.models import Connection, Health, Person, Role, Tenant

OPENS_AFTER = 5  # straight 5xx answers and timeouts
CLOSED_FIRST = 60  # seconds
CLOSED_AT_MOST = 900
NEEDS_SIGN_IN = gettext_lazy(
    "Microsoft no longer accepts the sign-in of the connected account (%(code)s). Sign in again under Connection; "
    "what waits goes on by itself."
)
NEEDS_REGISTRATION = gettext_lazy(
    "Microsoft no longer accepts the portal itself (%(code)s): its secret or certificate may have run out. Give a new "
    "one under Connection, then sign in again."
)
NEEDS_ITS_KEY = gettext_lazy(
    "What is kept of the sign-in was encrypted with a key that TOKEN_KEYS no longer holds (%(code)s). Put the key "
    "back, or give secret and sign-in anew under Connection."
)
LAPSES = {
    "invalid_client": NEEDS_REGISTRATION,
    "unauthorized_client": NEEDS_REGISTRATION,
    "invalid_registration": NEEDS_REGISTRATION,
    "sealed": NEEDS_ITS_KEY,
}


def is_usable(tenant: Tenant) -> bool:
    """Neither on hold nor waiting for an outage to end."""
    return Connection.objects.get(tenant=tenant).health == Health.OK and waits_until(tenant) is None


def is_held(tenant: Tenant) -> bool:
    """Whether nothing may be sent until a person lets it.

    The account was refused, somebody holds all pushes, or a backup was restored.
    """
    free = Connection.objects.filter(tenant=tenant, health=Health.OK, paused_at=None)
    return not free.exists() or restored.is_held(tenant)


def may_write(tenant: Tenant) -> bool:
    """Whether anything may be sent just now. Reading goes on while a person holds all pushes."""
    return not is_held(tenant) and waits_until(tenant) is None


def waits_until(tenant: Tenant) -> datetime | None:
    """When the tenant may be asked again; None if it may be asked now. On hold or not: a read shows what is wrong.

    Asked before every request, so the clock is only read where there is a moment to compare with it.
    """
    until = Connection.objects.filter(tenant=tenant).values_list("closed_until", flat=True).first()
    return until if until is not None and until > clock.now() else None


def note(tenant: Tenant, exc: Exception) -> None:
    """Keep what a read that failed says of the way to the tenant. A refusal is an answer: it says nothing of it."""
    if isinstance(exc, GraphError):
        heed(tenant, exc)
    if isinstance(exc, NotSent | Unreadable):
        failed(tenant)


def heed(tenant: Tenant, exc: GraphError) -> None:
    """Graph said when it will answer again, to whoever asked: nobody asks before that moment (G14)."""
    if exc.retry_after and not isinstance(exc, Waiting):  # that one was told of a wait which is kept already
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


def hold(tenant: Tenant, refusal: GraphError) -> None:
    """Graph refused the account, not the change: everything waits for a person, and stays ready (reliability.md 3)."""
    reason = _(
        "Purview refused the connected account (%(status)s %(code)s). Check its sign-in and its Purview role, "
        "then release the connection."
    ) % {"status": refusal.status, "code": refusal.code}
    _hold(tenant, refusal, reason)


def lapse(tenant: Tenant, refusal: GraphError) -> None:
    """Microsoft no longer accepts the sign-in of the account: everything waits until somebody signs in again."""
    words = LAPSES.get(refusal.code, NEEDS_SIGN_IN)
    _hold(tenant, refusal, str(words) % {"code": refusal.code}, lapsed=True)


@transaction.atomic
def reconnected(tenant: Tenant, *, by: Person | None = None, service: str = "") -> None:
    """Somebody signed in for the tenant: what the old sign-in held goes on. Pushes that a person holds stay held."""
    _free(tenant, by=by, service=service)


@transaction.atomic
def pause(tenant: Tenant, *, by: Person, reason: str) -> None:
    """Hold all pushes of a tenant: nothing more is sent, whatever was approved, until somebody lets them go on.

    What is on its way already is not called back. Raises NotAllowed for auditors alone, Invalid without a reason.
    """
    if not roles_of(by, tenant) & ACTING:
        raise NotAllowed(_("Authors, approvers and administrators can hold all pushes. Ask one of them."))
    if not reason.strip():
        raise Invalid(_("Say why all pushes are held, so that others know when they can go on."))
    paused = Connection.objects.filter(tenant=tenant, paused_at=None).update(
        paused_at=clock.now(), paused_by=by, paused_because=reason.strip()[:500]
    )
    if paused:
        trail.record(tenant, "pushes.held", by=by, reason=reason.strip())


@transaction.atomic
def resume(tenant: Tenant, *, by: Person, reason: str = "") -> None:
    """Let pushes go on. Raises NotAllowed unless `by` is an administrator of the tenant."""
    if Role.ADMINISTRATOR not in roles_of(by, tenant):
        raise NotAllowed(_("Only an administrator can let pushes go on."))
    resumed = Connection.objects.filter(tenant=tenant, paused_at__isnull=False).update(
        paused_at=None, paused_by=None, paused_because=""
    )
    if resumed:
        trail.record(tenant, "pushes.resumed", by=by, reason=reason.strip())
        transaction.on_commit(lambda: ring(tenant.pk), robust=True)


def loses_markers(tenant: Tenant) -> bool:
    """Whether an event was once read back without its marker: unsure events cannot be looked up (rule 7)."""
    return Connection.objects.filter(tenant=tenant, loses_markers=True).exists()


@transaction.atomic
def lost_marker(tenant: Tenant) -> None:
    """Remember that the service does not keep markers, with one entry."""
    if Connection.objects.filter(tenant=tenant, loses_markers=False).update(loses_markers=True):
        trail.record(tenant, "connection.loses_markers", service="Push worker", result=Result.ERROR)


@transaction.atomic
def release(tenant: Tenant, *, by: Person) -> None:
    """Let the workers try again. Raises NotAllowed unless `by` is an administrator of the tenant."""
    if Role.ADMINISTRATOR not in roles_of(by, tenant):
        raise NotAllowed(_("Only an administrator can release the connection."))
    _free(tenant, by=by)


@transaction.atomic
def _hold(tenant: Tenant, refusal: GraphError, reason: str, *, lapsed: bool = False) -> None:
    """Put the connection on hold with one entry, however often it is refused."""
    held = Connection.objects.filter(tenant=tenant, health=Health.OK).update(
        health=Health.HELD, held_because=reason, held_at=clock.now(), has_lapsed=lapsed
    )
    if held:
        trail.record(
            tenant,
            "connection.held",
            service="Push worker",
            reason=reason,
            result=Result.ERROR,
            support=refusal.request_id or refusal.client_request_id,
        )


def _free(tenant: Tenant, *, by: Person | None = None, service: str = "") -> None:
    freed = Connection.objects.filter(tenant=tenant, health=Health.HELD).update(
        health=Health.OK, held_because="", held_at=None, has_lapsed=False, failures=0, closed_until=None
    )
    if freed:
        trail.record(tenant, "connection.released", by=by, service=service)
        transaction.on_commit(lambda: ring(tenant.pk), robust=True)
