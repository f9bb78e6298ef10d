"""Working through what is due for one tenant, one write at a time."""

import logging
import time

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from portal.audit import restored, trail
from portal.audit.models import Result
from portal.changes.approvals import Unapproved, Uncovered
from portal.changes.models import Change, Push, State, Why
from portal.changes.push import order, steps
from portal.changes.push.binding import Missing
from portal.changes.push.lease import Lease, Lost, take
from portal.changes.push.moves import SERVICE, backoff, doubt, stop
from portal.doorbell import ring
from portal.errors import Refused
from portal.graph.client import Client
from portal.graph.errors import GraphError, Rejected, Throttled, Unreadable
from portal.mirror.kinds import Incomplete
from portal.tenants import clock, connection
from portal.tenants.graph import client, is_connected
from portal.tenants.models import Tenant

CLAIMS_FOR = 60.0  # seconds; then the bell is rung again, so that no drain outlives its lease
SOON = 10.0  # seconds; what is due later is found by the timetable

log = logging.getLogger("portal.changes.push")


def drain(tenant_id: int) -> None:
    """Carry out what is due for a tenant; nothing happens while another worker holds its lease. Always safe to call."""
    tenant = Tenant.objects.get(pk=tenant_id)
    if restored.is_behind(trail.chain_name(tenant.pk)):
        restored.notice()
    if not connection.may_write(tenant) or not is_connected(tenant):
        return
    lease = take(tenant)
    if lease is None:
        return
    try:
        _work(tenant, lease)
    except Lost:
        _tell_lost(tenant, lease)
    except Refused as exc:  # no account: ringing again would change nothing
        log.warning("Nothing can be sent for tenant %s: %s", tenant.pk, exc)
        return
    finally:
        lease.release()
    _ring_again(tenant)


def _work(tenant: Tenant, lease: Lease) -> None:
    _recover(tenant, lease)
    graph = client(tenant)
    until = time.monotonic() + CLAIMS_FOR
    while time.monotonic() < until and connection.may_write(tenant):
        change = order.next_due(tenant)
        if change is None:
            return
        lease.renew()
        _step(change, lease, graph)


def _recover(tenant: Tenant, lease: Lease) -> None:
    """Whoever was sending before us is gone: whether it arrived is unknown, and is looked up (C4 to C6)."""
    abandoned = Change.objects.filter(request__tenant=tenant, request__state=State.APPROVED, push=Push.SENDING)
    for change in abandoned.select_related("request__tenant"):
        reason = _("The worker ended while it was sending. The outcome is looked up before anything is sent again.")
        doubt(change, lease, reason)


def _step(change: Change, lease: Lease, graph: Client) -> None:
    """One step; what goes wrong in it concerns this change alone."""
    try:
        steps.take(steps.Step(change, lease, graph))
    except GraphError as exc:
        _put_off(change, lease, exc)
    except Incomplete as exc:  # absence never reads as empty: as good as no answer
        _put_off(change, lease, Unreadable(str(exc)))
    except Uncovered as exc:
        stop(change, lease, Why.UNCOVERED, str(exc), source=Push(change.push))
    except (Unapproved, Missing) as exc:
        stop(change, lease, Why.HELD, str(exc), source=Push(change.push))
    except (DatabaseError, Lost):
        raise
    except Exception:
        log.exception("A step of change %s broke", change.pk)
        _broke(change, lease)


def _put_off(change: Change, lease: Lease, exc: GraphError) -> None:
    """A read failed: nothing changed, so it is only read again later."""
    tenant = change.request.tenant
    connection.heed(tenant, exc)
    if isinstance(exc, Rejected) and exc.denied:
        connection.hold(tenant, exc)
    elif not isinstance(exc, Throttled):
        connection.failed(tenant)
    until = backoff(max(connection.failures(tenant), 1), at_least=exc.retry_after)
    if change.push == Push.SENDING:
        reason = _("Purview refused it, but whether it is there already could not be read. It is looked up again.")
        doubt(change, lease, reason, until=until, support=exc.request_id, what=str(exc))
        return
    with lease.holding():
        Change.objects.filter(pk=change.pk, push=change.push).update(not_before=until)


def _broke(change: Change, lease: Lease) -> None:
    """Something nobody thought of. What may have been sent is looked up; the rest waits for a person."""
    change.refresh_from_db()
    message = _("Something unexpected happened in Fileplan. The log has the details.")
    if change.push == Push.SENDING:
        doubt(change, lease, message, until=backoff(change.sends))
    elif change.push in (Push.READY, Push.UNSURE, Push.SENT):
        stop(change, lease, Why.HELD, message, source=Push(change.push))


@transaction.atomic
def _tell_lost(tenant: Tenant, lease: Lease) -> None:
    trail.record(tenant, "push.lost", service=SERVICE, result=Result.ERROR, fence=lease.fence)


def _ring_again(tenant: Tenant) -> None:
    """What becomes due within seconds is not left to the timetable."""
    due = order.soonest(tenant)
    if due is None:
        return
    seconds = max((due - clock.now()).total_seconds(), 0.0)
    if seconds <= SOON:
        ring(tenant.pk, in_seconds=seconds + 0.1)
