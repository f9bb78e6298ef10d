"""Events as the tenant holds them: the list, and one event."""

import json

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from events import queries
from events.cases import case_of
from events.forms import FilterForm, StopForm
from events.kinds import RETENTION_EVENT
from events.models import RetentionEvent
from portal.mirror import sync, veil
from portal.tenants.access import ACTING, Request, requires
from portal.web.render import render_page, wants_fragment

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
    return event_page(request, find(request, pk))


def event_page(
    request: Request, row: RetentionEvent, *, stopping: StopForm | None = None, status: int = 200
) -> HttpResponse:
    """One event; `stopping` is the form that was sent to end its repetitions and could not be taken."""
    sees = veil.sees(request.tenant, request.roles)
    told = RETENTION_EVENT.lines(row.document)
    raw = row.raw if sees else veil.hidden(RETENTION_EVENT, row.raw)
    listed = queries.Listed(row, sees)
    case = case_of(listed.change) if listed.change else []
    context = {
        "event": row,
        "listed": listed,
        "case": case,
        "left": sum(member.is_left for member in case),
        "form": stopping or StopForm(),
        "may": not request.roles.isdisjoint(ACTING),
        "lines": [line for line in (told if sees else veil.lines(RETENTION_EVENT, told)) if line.path != "displayName"],
        "raw": json.dumps(raw, ensure_ascii=False, indent=2, sort_keys=True),
    }
    return render(request, "events/detail.html", context, status=status)


@require_safe
@requires()
def event_spread(request: Request, tenant: str, pk: int) -> HttpResponse:
    """One look at how far it has spread; the whole page for who has no script."""
    row = find(request, pk)
    if not wants_fragment(request):
        whole = redirect("event", tenant, pk)
        patch_vary_headers(whole, ["HX-Request"])
        return whole
    listed = queries.Listed(row, veil.sees(request.tenant, request.roles))
    return render(request, "events/_spreading.html", {"event": row, "listed": listed})


def find(request: Request, pk: int) -> RetentionEvent:
    """The tenant's event, also one that is gone."""
    return get_object_or_404(RetentionEvent.objects.select_related("tenant"), tenant=request.tenant, pk=pk)
