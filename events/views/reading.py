"""Events as the tenant holds them: the list, and one event."""

import json

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from events import queries
from events.forms import FilterForm
from events.kinds import RETENTION_EVENT
from events.models import RetentionEvent
from portal.mirror import sync, veil
from portal.tenants.access import Request, requires
from portal.web.render import render_page

ROWS = 25


@require_safe
@requires()
def events(request: Request, tenant: str) -> HttpResponse:
    form = FilterForm(request.GET, types=queries.types_of(request.tenant))
    asked = form.cleaned_data
    found = queries.events_of(request.tenant, name=asked["q"], event_type=asked["type"], status=asked["status"])
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    sees = veil.sees(request.tenant, request.roles)
    context = {
        "form": form,
        "page": page,
        "rows": [queries.Listed(row, sees) for row in page],
        "run": sync.freshness(request.tenant),
    }
    return render_page(request, "events/list.html", "events/_rows.html", context)


@require_safe
@requires()
def event(request: Request, tenant: str, pk: int) -> HttpResponse:
    row = get_object_or_404(RetentionEvent.objects.select_related("tenant"), tenant=request.tenant, pk=pk)
    sees = veil.sees(request.tenant, request.roles)
    told = RETENTION_EVENT.lines(row.document)
    raw = row.raw if sees else veil.hidden(RETENTION_EVENT, row.raw)
    context = {
        "event": row,
        "listed": queries.Listed(row, sees),
        "lines": [line for line in (told if sees else veil.lines(RETENTION_EVENT, told)) if line.path != "displayName"],
        "raw": json.dumps(raw, ensure_ascii=False, indent=2, sort_keys=True),
    }
    return render(request, "events/detail.html", context)
