"""A list of leavers: pasted or chosen as a file, shown row by row, and drafted as one change once it was seen."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from events.leavers import lists
from events.leavers.forms import ListForm
from events.leavers.lists import Listed
from portal.changes import actions
from portal.tenants.access import Request, requires
from portal.tenants.models import Role


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def event_leavers(request: Request, tenant: str) -> HttpResponse:
    if request.method != "POST":
        return _page(request, ListForm())
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    listed = lists.read(form.text, request.tenant)
    if listed.unreadable:
        form.add_error("rows", listed.unreadable)
    elif request.POST.get("do") == "save" and listed.is_ready and form.cleaned_data["seen"] == listed.seen:
        return _draft(request, form, listed)
    return _page(request, form.showing(listed), listed, status=200 if listed.is_ready else 422)


def _draft(request: Request, form: ListForm, listed: Listed) -> HttpResponse:
    wanted, said = listed.wanted, form.cleaned_data
    title = said["title"] or _list_title(len(wanted))
    drafted = actions.draft(request.tenant, by=request.user, title=title, reason=said["reason"], wanted=wanted)
    messages.success(request, _("Draft saved. “%(change)s” waits for you to submit it.") % {"change": drafted})
    return redirect(drafted)


def _list_title(count: int) -> str:
    text = ngettext("Record %(count)d event of a list", "Record %(count)d events of a list", count)
    return text % {"count": count}


def _page(request: Request, form: ListForm, listed: Listed | None = None, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "listed": listed, "columns": lists.COLUMNS, "most": lists.MOST_ROWS}
    return render(request, "events/leavers.html", context, status=status)
