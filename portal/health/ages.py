"""How old things are, in seconds, on the database's clock."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from portal.changes.models import UNFINISHED, Change
from portal.health.models import Heartbeat
from portal.health.tasks import TIMETABLE
from portal.mirror.models import RunState
from portal.tenants.clock import after, now
from portal.tenants.models import Tenant

DUE_AT = Coalesce("not_before", "request__closed_at")


def of_timetable() -> int | None:
    """Since a worker last heard the timetable; none before the first time."""
    return age(Heartbeat.objects.filter(name=TIMETABLE).values_list("at", flat=True).first())


def of_mirrors() -> dict[str, int | None]:
    """Since the last complete sync, by tenant; none for a tenant that was never read."""
    return {slug: age(moment) for slug, moment in _with_sync().values_list("slug", "synced_at")}


def of_mirror() -> int | None:
    """Since the last complete sync of the tenant that waits longest; none if no tenant was ever read."""
    return age(_with_sync().aggregate(longest=Min("synced_at"))["longest"])


def of_due() -> int | None:
    """Since the oldest change has been due; none if none is."""
    return age(_due().aggregate(oldest=Min("due_at"))["oldest"])


def oldest_due() -> dict[str, datetime]:
    """When the oldest change became due that is on its way, by tenant."""
    return dict(_due().order_by().values_list("request__tenant__slug").annotate(Min("due_at")))


def overdue_events(seconds: int) -> dict[str, int]:
    """How many events have been due for longer than that, by tenant."""
    late = _due().filter(marker__isnull=False, due_at__lt=after(-seconds)).order_by()
    return dict(late.values_list("request__tenant__slug").annotate(Count("pk")))


def _due() -> QuerySet[Any]:
    """What is on its way, with the moment at which it is or was due. Waiting periods count."""
    waiting = Change.objects.filter(push__in=UNFINISHED)
    return waiting.annotate(due_at=Coalesce(Greatest("held_until", DUE_AT), DUE_AT))


def age(moment: datetime | None) -> int | None:
    """Seconds since a moment; 0 for one that is to come."""
    return max(0, int((now() - moment).total_seconds())) if moment else None


def _with_sync() -> QuerySet[Any]:
    complete = Q(sync_runs__state=RunState.COMPLETE)
    return Tenant.objects.annotate(synced_at=Max("sync_runs__finished_at", filter=complete)).order_by("slug")
