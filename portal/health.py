"""For whatever watches the service: is the process alive, can it do its work? Open to all, so only ages are told."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max, Min, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from portal.audit import durability
from portal.changes.models import UNFINISHED, Change
from portal.mirror.models import RunState
from portal.tenants.clock import now
from portal.tenants.models import Tenant


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers, keeps what it acknowledges (G16) and has this version's tables.

    With it, in seconds, what ages when workers stop.
    """
    try:
        is_durable, is_migrated = not durability.faults(connection), not _plan()
        facts = {"sync_age": _sync_age(), "oldest_due": _oldest_due()} if is_migrated else {}
    except DatabaseError:
        return JsonResponse({"database": False}, status=503)
    told = {"database": True, "durable": is_durable, "migrated": is_migrated, **facts}
    return JsonResponse(told, status=200 if is_durable and is_migrated else 503)


def _plan() -> list[object]:
    executor = MigrationExecutor(connection)
    return list(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _sync_age() -> int | None:
    """Seconds since the last complete sync of the tenant that waits longest; none if no tenant was ever read."""
    complete = Q(sync_runs__state=RunState.COMPLETE)
    tenants = Tenant.objects.annotate(synced_at=Max("sync_runs__finished_at", filter=complete))
    return _age(tenants.aggregate(longest=Min("synced_at"))["longest"])


def _oldest_due() -> int | None:
    """Seconds for which the oldest change has been due; none if none is."""
    due_at = Coalesce("not_before", "request__closed_at")
    return _age(Change.objects.filter(push__in=UNFINISHED).aggregate(oldest=Min(due_at))["oldest"])


def _age(moment: datetime | None) -> int | None:
    return max(0, int((now() - moment).total_seconds())) if moment else None
