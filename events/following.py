"""Following how far events have spread: each is read by a GET of its own, less and less often, for a week at most.

A sync reads them all the same; this sees an event sooner than the timetable does, and goes on where listings fail.
"""

import logging

from django.db.models import Q, QuerySet

from events.kinds import RETENTION_EVENT
from events.models import RetentionEvent
from events.spreading import FIRST, UNTIL, next_look
from portal.audit.canonical import Uncanonical
from portal.errors import Refused
from portal.graph.client import Client
from portal.graph.errors import GraphError, Rejected
from portal.mirror import store
from portal.mirror.kinds import Incomplete
from portal.mirror.listing import fetch
from portal.tenants import clock, connection
from portal.tenants.graph import client
from portal.tenants.models import Tenant

AT_ONCE = 100  # events of one bell; the timetable rings again for the rest

log = logging.getLogger("events.following")


def due(tenant: Tenant) -> QuerySet[RetentionEvent]:
    """Events still spreading that are to be looked at now, those that waited longest first."""
    now = clock.now()
    never_looked = Q(look_at=None, created_at__gt=now - UNTIL, created_at__lte=now - FIRST)
    rows = RetentionEvent.objects.filter(tenant=tenant, gone_at=None, has_ended=False)
    return rows.filter(never_looked | Q(look_at__lte=now)).order_by("look_at", "pk")


def follow(tenant: Tenant) -> None:
    """Look at what is due. Nothing is asked while Graph wants to be left alone (G14) or refuses the account."""
    if not connection.is_usable(tenant):
        return
    try:
        graph = client(tenant)
    except Refused as exc:
        log.warning("No event of tenant %s can be followed: %s", tenant.pk, exc)
        return
    for row in due(tenant).select_related("tenant")[:AT_ONCE]:
        if not connection.is_usable(tenant) or (_claim(row) and not _look(row, graph)):
            return


def _claim(row: RetentionEvent) -> bool:
    """Take the next look at an event for this worker. One it does not live to make is made up for by the one after."""
    looks = row.looks + 1
    as_read = RetentionEvent.objects.filter(pk=row.pk, looks=row.looks, look_at=row.look_at)
    return bool(as_read.update(looks=looks, look_at=next_look(row.created_at, looks, clock.now())))


def _look(row: RetentionEvent, graph: Client) -> bool:
    """Read an event and keep what it says. Returns whether the tenant may be asked for more.

    One that is not there any more is left to a sync, which looks twice before it says that something is gone (G12).
    """
    began = clock.now()
    try:
        raw = fetch(graph, RETENTION_EVENT, row.graph_id)
        if raw.get("id") == row.graph_id:
            store.see(RETENTION_EVENT, row.tenant, raw, read_at=began)
    except (GraphError, Incomplete, Uncanonical) as exc:
        if not (isinstance(exc, Rejected) and exc.gone):
            connection.note(row.tenant, exc)
            _give_back(row)
            return False
    connection.worked(row.tenant)
    return True


def _give_back(row: RetentionEvent) -> None:
    """A look that failed was none: it is made again soon, once the tenant may be asked."""
    claimed = RetentionEvent.objects.filter(pk=row.pk, looks=row.looks + 1)
    claimed.update(looks=row.looks, look_at=next_look(row.created_at, 0, clock.now()))
