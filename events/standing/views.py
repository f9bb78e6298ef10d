"""Standing approvals: the list, one of them, proposing one, and withdrawing one."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events.models import StandingApproval
from events.rules.events import LONGEST_NAME
from events.sheets import types_in
from events.standing import actions, queries
from events.standing.document import longest_name
from events.standing.forms import START, StandingForm, WithdrawForm
from events.standing.kinds import STANDING_APPROVAL
from events.standing.sources import sources
from portal.changes.models import ChangeRequest
from portal.changes.objects import ChangedObject, objects_of
from portal.changes.writing import WRITTEN_OVER, judged, must_be_draft, on_the_request_now
from portal.errors import Stale
from portal.mirror.kinds import Action
from portal.tenants.access import ACTING, Request, requires
from portal.tenants.models import Role
from portal.web.render import render_page

ROWS = 25


@dataclass(frozen=True)
class Draft:
    """One inside a draft, as a form is about it."""

    request: ChangeRequest
    held: ChangedObject


@dataclass(frozen=True)
class Preview:
    """The longest name that what is typed can make."""

    name: str
    most: int = LONGEST_NAME

    @property
    def length(self) -> int:
        return len(self.name)

    @property
    def too_many(self) -> int:
        return max(0, self.length - self.most)


@require_safe
@requires()
def standing_approvals(request: Request, tenant: str) -> HttpResponse:
    every = queries.listed(request.tenant)
    page = Paginator(every, ROWS).get_page(request.GET.get("page"))
    in_force = sum(one.is_in_force for one in every)
    return render(request, "standing_approvals/list.html", {"page": page, "rows": list(page), "in_force": in_force})


@require_safe
@requires()
def standing_approval(request: Request, tenant: str, pk: int) -> HttpResponse:
    return _detail(request, _find(request, pk), WithdrawForm())


@require_POST
@requires(*ACTING)
def standing_approval_withdraw(request: Request, tenant: str, pk: int) -> HttpResponse:
    row, form = _find(request, pk), WithdrawForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["reason"]:
        form.add_error("reason", _("Say why it is withdrawn. It becomes part of the history."))
        return _detail(request, row, form, status=422)
    waiting = actions.withdraw(row, by=request.user, reason=form.cleaned_data["reason"])
    told = ngettext(
        "Withdrawn. %(count)d event that waited under it is not sent.",
        "Withdrawn. %(count)d events that waited under it are not sent.",
        waiting,
    )
    messages.success(request, told % {"count": waiting} if waiting else _("Withdrawn. No event waited under it."))
    return redirect("standing-approval", tenant, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def standing_approval_new(request: Request, tenant: str) -> HttpResponse:
    return _write(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def standing_approval_in_change(request: Request, tenant: str, number: int, position: int) -> HttpResponse:
    """One inside a draft. In review nothing of it may change."""
    change_request = get_object_or_404(request.tenant.change_requests.select_related("tenant"), number=number)
    creations = change_request.changes.filter(kind=STANDING_APPROVAL.name, action=Action.CREATE)
    held = next((one for one in objects_of(creations) if one.first.position == position), None)
    if held is None:
        raise Http404
    must_be_draft(change_request)
    return _write(request, Draft(change_request, held))


def _write(request: Request, draft: Draft | None) -> HttpResponse:
    choices = _choices(request, draft)
    if request.method != "POST":
        return _form(request, StandingForm(initial=_initial(draft), **choices), draft)
    form, do = StandingForm(request.POST, **choices), request.POST.get("do", "save")
    form.is_valid()
    if do == "live":
        return _form(request, form, draft, piece="standing_approvals/_preview.html")
    if do == "look":
        again = StandingForm(initial=_typed(request), **choices)
        return _form(request, again, draft, typed=form)
    form.refuse(_findings(request, form, draft))
    if form.errors:
        return _form(request, form, draft, status=422)
    try:  # not left to the middleware, whose page would lose what was typed
        saved = _save(request, form, draft)
    except Stale:
        return _again(request, form, draft)
    messages.success(request, _("Drafted. “%(change)s” is not sent for review yet.") % {"change": saved})
    return redirect(saved)


def _choices(request: Request, draft: Draft | None) -> dict[str, Any]:
    """The event types and the systems that can be named."""
    named = str((draft.held.after or {}).get("source") or "") if draft else ""
    types = types_in(request.tenant, draft.request if draft else None)
    return {"types": [(name, "") for name, _count in types], "sources": sources(request.tenant, named)}


def _findings(request: Request, form: StandingForm, draft: Draft | None) -> list[Any]:
    wanted, instead = actions.wanted(form.document), [draft.held.key] if draft else []
    ((_wanted, found),) = judged(request.tenant, draft.request if draft else None, [wanted], instead_of=instead)
    return found


def _save(request: Request, form: StandingForm, draft: Draft | None) -> ChangeRequest:
    said, by = form.cleaned_data, request.user
    if draft is None:
        return actions.propose(request.tenant, form.document, by=by, reason=said["reason"])
    about = {"content_hash": said["content_hash"], "reason": said["reason"]}
    actions.rewrite(draft.request, draft.held, form.document, by=by, **about)
    return draft.request


def _again(request: Request, form: StandingForm, draft: Draft | None) -> HttpResponse:
    """The form as it was typed, drawn on the draft as it is now."""
    data = on_the_request_now(request.POST, draft.request if draft else None)
    again = StandingForm(data, **_choices(request, draft))
    again.add_error(None, WRITTEN_OVER)
    return _form(request, again, draft, status=409)


def _initial(draft: Draft | None) -> dict[str, Any]:
    if draft is None:
        return dict(START)
    about = {"reason": draft.request.reason, "content_hash": draft.request.content_hash}
    return {**(draft.held.after or {}), **about}


def _typed(request: Request) -> dict[str, Any]:
    """What was typed, to be shown again without a word on what is missing yet."""
    return {**request.POST.dict(), "query_kinds": request.POST.getlist("query_kinds")}


def _form(
    request: Request,
    form: StandingForm,
    draft: Draft | None,
    *,
    typed: StandingForm | None = None,
    piece: str = "",
    status: int = 200,
) -> HttpResponse:
    """The whole form, or for htmx the piece a keystroke asked for; `typed` is what the preview is of."""
    source = typed or form
    shown = source.document if source.is_bound else {**source.initial}
    context = {
        "form": form,
        "draft": draft,
        "preview": Preview(longest_name(shown)),
    }
    if not piece:
        return render(request, "standing_approvals/form.html", context, status=status)
    return render_page(request, "standing_approvals/form.html", piece, context, status=status)


def _find(request: Request, pk: int) -> StandingApproval:
    return get_object_or_404(StandingApproval.objects.select_related("tenant"), tenant=request.tenant, pk=pk)


def _detail(request: Request, row: StandingApproval, form: WithdrawForm, *, status: int = 200) -> HttpResponse:
    one = queries.one(row)
    context = {
        "one": one,
        "form": form,
        "page": Paginator(queries.made_under(one.request), ROWS).get_page(request.GET.get("page")),
        "waiting": queries.waiting(one.request),
        "may": not request.roles.isdisjoint(ACTING),
    }
    return render(request, "standing_approvals/detail.html", context, status=status)
