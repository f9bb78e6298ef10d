"""Labels as the tenant holds them: the list, and one label."""

import json

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labels import queries
from labels.filters import LabelFilter
from labels.kinds import RETENTION_LABEL
from labels.models import RetentionLabel
from labels.summary import sentences
from portal.mirror import veil
from portal.tenants.access import Request, requires
from portal.web.render import render_page

SIZES = (20, 50)


@require_safe
@requires()
def labels(request: Request, tenant: str) -> HttpResponse:
    asked = request.GET.get("state", "")
    state = asked if asked in queries.STATES else ""
    tab = queries.labels_of(request.tenant).filter(queries.STATES[state])
    found = LabelFilter(request.GET, tab, tenant=request.tenant)
    sort = request.GET.get("sort", "name")
    size = 50 if request.GET.get("per") == "50" else SIZES[0]
    rows = queries.in_order(found.qs, sort).defer("raw", "agreed")
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    context = {
        "filter": found,
        "page": page,
        "chosen_state": state,
        "rows": queries.listed(page.object_list),
        "tabs": _tabs(request, state),
        "columns": _columns(request.GET, sort),
        "kept_in_form": {"state": state, "sort": sort if sort != "name" else "", "per": size if size == 50 else ""},
        "sizes": SIZES,
        "size": size,
    }
    return render_page(request, "labels/list.html", "labels/_list.html", context)


def _tabs(request: Request, state: str) -> list[dict[str, object]]:
    """The tabs with their counts and addresses; a tab keeps the filters and starts at its first page."""
    counts = queries.counts(request.tenant)
    words = {
        "": _("All"),
        "live": _("Live"),
        "pending": _("Change pending"),
        "outside": _("Changed outside"),
        "gone": _("Gone"),
    }
    return [
        {
            "state": name,
            "word": word,
            "count": counts[name or "all"],
            "is_chosen": name == state,
            "query": _with(request.GET, state=name),
        }
        for name, word in words.items()
        if name != "gone" or counts[name] or state == name
    ]


def _columns(query: QueryDict, sort: str) -> list[dict[str, str]]:
    """The heads that sort: the way they are sorted now, and the address that turns it."""
    column, falls = sort.removeprefix("-"), sort.startswith("-")
    words = {
        "name": _("Name"),
        "reference": _("Reference"),
        "kept": _("Kept as"),
        "period": _("Period"),
        "life": "",
        "starts": _("Starts"),
        "then": _("Then"),
    }
    return [
        {
            "name": name,
            "word": word,
            "sorted": ("descending" if falls else "ascending") if name == column else "",
            "query": _with(query, sort=f"-{name}" if name == column and not falls else name),
        }
        for name, word in words.items()
    ]


def _with(query: QueryDict, **values: str) -> str:
    """The query string with these values, empty ones left out, on its first page."""
    changed = query.copy()
    changed.pop("page", None)
    for name, value in values.items():
        changed.pop(name, None)
        if value:
            changed[name] = value
    return f"?{changed.urlencode()}"


@require_safe
@requires()
def label(request: Request, tenant: str, pk: int) -> HttpResponse:
    held = get_object_or_404(RetentionLabel.objects.select_related("tenant"), tenant=request.tenant, pk=pk)
    context = {
        "label": held,
        "lines": [line for line in RETENTION_LABEL.lines(held.document) if line.path != "displayName"],
        "today": timezone.localdate(),
        "summary": sentences(held.document),
        "outside": queries.changed_outside(held),
        "open": queries.open_on(held),
        "relabels_from": queries.relabels_to(held),
        "following": queries.following(held),
        "events": queries.started_by(held, sees=veil.sees(request.tenant, request.roles)),
        "raw": json.dumps(held.raw, ensure_ascii=False, indent=2, sort_keys=True),
    }
    return render(request, "labels/detail.html", context)
