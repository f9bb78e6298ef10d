"""Cases on pages, and proposing what to do with them. Each way is a change that somebody else decides on."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from portal.changes import actions
from portal.changes.drift.adopting import adoption
from portal.changes.drift.cases import Case, cases, chosen, listed, open_on
from portal.changes.drift.reverting import way_back
from portal.changes.forms import ProposeForm
from portal.changes.objects import Wanted
from portal.errors import Invalid
from portal.mirror import kinds, veil
from portal.mirror.models import Mirrored
from portal.mirror.sync import freshness
from portal.tenants.access import Request, requires
from portal.tenants.models import Role

ROWS = 25


@require_safe
@requires()
def drift(request: Request, tenant: str) -> HttpResponse:
    page = Paginator(listed(request.tenant), ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "cases": cases(request.tenant, page, sees=veil.sees(request.tenant, request.roles)),
        "run": freshness(request.tenant),
        "may_propose": Role.AUTHOR in request.roles,
    }
    return render(request, "drift/list.html", context)


@require_safe
@requires()
def drift_case(request: Request, tenant: str, kind: str, pk: int) -> HttpResponse:
    row = _find(request, kind, pk)
    opened = open_on(request.tenant, [row]).get((row.kind, row.graph_id), ())
    case = Case(row, tuple(opened), veil.sees(request.tenant, request.roles))
    context = {
        "case": case,
        "way_back": way_back(row) if row.is_drifted else None,
        "form": ProposeForm(),
        "may_propose": Role.AUTHOR in request.roles,
    }
    return render(request, "drift/case.html", context)


@require_POST
@requires(Role.AUTHOR)
def adopt(request: Request, tenant: str) -> HttpResponse:
    """Propose to agree to one or more objects as they are."""
    form, rows = _read(request)
    title = ngettext("Adopt “%(name)s” as it is", "Adopt %(count)d objects as they are", len(rows))
    return _propose(request, form, title % _numbers(rows), [adoption(row) for row in rows])


@require_POST
@requires(Role.AUTHOR)
def revert(request: Request, tenant: str) -> HttpResponse:
    """Propose to put one or more objects back to what was agreed, as far as that goes."""
    form, rows = _read(request)
    back = [(row, way_back(row).wanted) for row in rows]
    for row, wanted in back:
        if wanted is None:
            raise Invalid(_("“%(name)s” cannot be put back. Adopt it instead.") % {"name": row.display_name})
    title = ngettext("Put “%(name)s” back as agreed", "Put %(count)d objects back as agreed", len(rows))
    return _propose(request, form, title % _numbers(rows), [wanted for _row, wanted in back if wanted])


def _find(request: Request, kind: str, pk: int) -> Mirrored:
    if kind not in {known.name for known in kinds.listed()}:
        raise Http404
    return get_object_or_404(kinds.of(kind).rows(request.tenant).here().select_related("tenant"), pk=pk)


def _read(request: Request) -> tuple[ProposeForm, list[Mirrored]]:
    form = ProposeForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Nothing was drafted. Keep the reason below 2,000 characters, and try again."))
    return form, chosen(request.tenant, request.POST.getlist("chosen"))


def _numbers(rows: list[Mirrored]) -> dict[str, Any]:
    return {"name": rows[0].display_name, "count": len(rows)}


def _propose(request: Request, form: ProposeForm, title: str, wanted: list[Wanted]) -> HttpResponse:
    reason = form.cleaned_data["reason"]
    drafted = actions.draft(request.tenant, by=request.user, title=title, reason=reason, wanted=wanted)
    messages.success(request, _("Drafted. “%(change)s” is not sent for review yet.") % {"change": drafted})
    return redirect(drafted)
