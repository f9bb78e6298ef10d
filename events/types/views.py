"""Event types: the list, one of them, and proposing that one be created, described or deleted."""

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from events.models import RetentionEventType
from events.queries import Listed, events_of
from events.types import actions, queries
from events.types.forms import DeleteTypeForm, NewTypeForm, TypeForm
from portal.changes.models import ChangeRequest
from portal.changes.objects import Wanted
from portal.mirror import sync, veil
from portal.mirror.kinds import Level
from portal.tenants.access import Request, requires
from portal.tenants.models import Role
from portal.web.render import render_page

ROWS = 25
EVENTS_SHOWN = 10


@require_safe
@requires()
def event_types(request: Request, tenant: str) -> HttpResponse:
    asked, words = request.GET.get("state", ""), request.GET.get("q", "").strip()
    state = asked if asked in queries.STATES else ""
    every = [one for one in queries.event_types(request.tenant) if one.matches(words)]
    here = [one for one in every if one.state != "gone"]
    page = Paginator([one for one in every if one.state == state] if state else here, ROWS).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": queries.with_open(page.object_list),
        "tabs": _tabs(every, len(here), state),
        "chosen_state": state,
        "words": words,
        "run": sync.freshness(request.tenant),
    }
    return render_page(request, "event_types/list.html", "event_types/_list.html", context)


def _tabs(every: list[queries.Listed], here: int, chosen: str) -> list[dict[str, Any]]:
    """The tabs with their counts among what the search found."""
    words = {"": _("All"), "quiet": _("No event for a year"), "unused": _("No label starts"), "gone": _("Gone")}
    counts = {name: sum(one.state == name for one in every) for name in words} | {"": here}
    return [
        {"state": name, "word": word, "count": counts[name], "is_chosen": name == chosen}
        for name, word in words.items()
        if name != "gone" or counts[name] or chosen == name
    ]


@require_safe
@requires()
def event_type(request: Request, tenant: str, pk: int) -> HttpResponse:
    row = get_object_or_404(RetentionEventType.objects.select_related("tenant"), tenant=request.tenant, pk=pk)
    fired = events_of(row.tenant, event_type=row.display_name)
    sees = veil.sees(request.tenant, request.roles)
    context = {
        "event_type": row,
        "listed": queries.event_type(row),
        "events": [Listed(event, sees) for event in fired[:EVENTS_SHOWN]],
        "count": fired.count(),
        "raw": json.dumps(row.raw, ensure_ascii=False, indent=2, sort_keys=True),
    }
    return render(request, "event_types/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def event_type_new(request: Request, tenant: str) -> HttpResponse:
    form = NewTypeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data
        saved = _proposed(request, form, actions.created(said["displayName"], said["description"]))
        if saved:
            return redirect(saved)
    return render(request, "event_types/new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def event_type_edit(request: Request, tenant: str, pk: int) -> HttpResponse:
    """Only the description: the name is fixed (VR-69)."""
    row = _held(request, pk)
    shown = {"description": row.description}
    form = TypeForm(request.POST if request.method == "POST" else None, initial=shown)
    if form.is_valid():
        wanted = actions.described(row, form.cleaned_data["description"])
        if wanted.after == wanted.base:
            form.add_error("description", _("This leaves the event type as it is. Change the description first."))
        saved = _proposed(request, form, wanted)
        if saved:
            return redirect(saved)
    return render(
        request, "event_types/edit.html", {"form": form, "event_type": row}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def event_type_delete(request: Request, tenant: str, pk: int) -> HttpResponse:
    row = _held(request, pk)
    wanted = actions.deleted(row)
    found = actions.findings(wanted, request.tenant)
    form = DeleteTypeForm(request.POST if request.method == "POST" else None, wanted=row.display_name)
    context = {
        "form": form,
        "event_type": row,
        "listed": queries.event_type(row),
        "fired": events_of(row.tenant, event_type=row.display_name).count(),
        "findings": found,
        "is_blocked": any(one.level == Level.BLOCK for one in found),
    }
    if form.is_valid():
        saved = _proposed(request, form, wanted)
        if saved:
            return redirect(saved)
    return render(request, "event_types/delete.html", context, status=422 if form.errors else 200)


def _held(request: Request, pk: int) -> RetentionEventType:
    rows = RetentionEventType.objects.here().select_related("tenant")
    return get_object_or_404(rows, tenant=request.tenant, pk=pk)


def _proposed(request: Request, form: TypeForm, wanted: Wanted) -> ChangeRequest | None:
    """The draft of it; None where something stands against it: the form says what, at its field."""
    form.refuse(actions.findings(wanted, request.tenant))
    if form.errors:
        return None
    saved = actions.propose(wanted, tenant=request.tenant, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("Drafted. “%(change)s” is not sent for review yet.") % {"change": saved})
    return saved
