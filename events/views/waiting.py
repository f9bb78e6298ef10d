"""What is due when, taking an event back before it is sent, and closing what went wrong with one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from events import actions, queries
from events.document import name_of
from events.forms import CloseForm, StopForm, WithdrawForm
from events.kinds import RETENTION_EVENT
from events.views.reading import event_page, find
from portal.changes import waiting
from portal.changes.models import Change
from portal.mirror import veil
from portal.tenants.access import ACTING, Request, requires


@require_safe
@requires()
def events_due(request: Request, tenant: str) -> HttpResponse:
    return _page(request)


@require_POST
@requires(*ACTING)
def event_withdraw(request: Request, tenant: str, pk: int) -> HttpResponse:
    change, form = _find(request, pk), WithdrawForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["reason"]:
        form.add_error("reason", _("Say why it is withdrawn. It becomes part of the history."))
        return _page(request, wrong={pk: form}, status=422)
    waiting.withdraw(change, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("“%(name)s” is withdrawn. It is never sent.") % {"name": name_of(change.document)})
    return _back(request, change)


@require_POST
@requires(*ACTING)
def event_stop_repeating(request: Request, tenant: str, pk: int) -> HttpResponse:
    row, form = find(request, pk), StopForm(request.POST)
    change = queries.Listed(row, sees=False).change
    if change is None:
        raise Http404
    if not form.is_valid() or not form.cleaned_data["reason"]:
        form.add_error("reason", _("Say why it is not repeated any more. It becomes part of the history."))
        return event_page(request, row, stopping=form, status=422)
    stopped = actions.stop_repeating(change, by=request.user, reason=form.cleaned_data["reason"])
    told = ngettext(
        "%(count)d repetition is withdrawn. It is never sent.",
        "%(count)d repetitions are withdrawn. They are never sent.",
        stopped,
    )
    messages.success(request, told % {"count": stopped})
    return redirect("event", tenant, pk)


@require_POST
@requires(*ACTING)
def incident_close(request: Request, tenant: str, pk: int) -> HttpResponse:
    change, form = _find(request, pk), CloseForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["statement"]:
        form.add_error("statement", _("Say what you found in Purview and what was done about it."))
        return _page(request, wrong={pk: form}, status=422)
    waiting.close(change, by=request.user, statement=form.cleaned_data["statement"])
    messages.success(request, _("“%(name)s” is closed.") % {"name": name_of(change.document)})
    return _back(request, change)


def _find(request: Request, pk: int) -> Change:
    events = Change.objects.filter(kind=RETENTION_EVENT.name, request__tenant=request.tenant)
    return get_object_or_404(events.select_related("request__tenant"), pk=pk)


def _back(request: Request, change: Change) -> HttpResponse:
    """To the page it was pressed on."""
    event = request.POST.get("from_event", "")
    if event.isascii() and event.isdigit():
        return redirect("event", request.tenant.slug, int(event[:15]))
    return redirect(change.request) if "from_change" in request.POST else redirect("events-due", request.tenant.slug)


def _page(request: Request, *, wrong: dict[int, Any] | None = None, status: int = 200) -> HttpResponse:
    """`wrong`: the form that was sent and could not be taken, by its change."""
    sent = wrong or {}
    approved = queries.due(request.tenant, sees=veil.sees(request.tenant, request.roles))
    due = [(one, sent.get(one.change.pk) or _numbered(WithdrawForm, one.change)) for one in approved]
    incidents = [(one, sent.get(one.pk) or _numbered(CloseForm, one)) for one in queries.incidents(request.tenant)]
    for pk, form in sent.items():
        form.auto_id = f"id_{pk}_%s"
    context = {
        "due": due,
        "incidents": incidents,
        "may": not request.roles.isdisjoint(ACTING),
        "form": next(iter(sent.values()), None),
    }
    return render(request, "events/due.html", context, status=status)


def _numbered(form: type[WithdrawForm | CloseForm], change: Change) -> Any:
    """A form whose fields are told from those of the other rows."""
    return form(auto_id=f"id_{change.pk}_%s")
