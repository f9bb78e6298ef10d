"""Requests on pages: the list, one request, and what people do with it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url, reswap, retarget

from portal.changes import actions, queries, stopped
from portal.changes.forms import AboutForm, AcknowledgeForm, DecisionForm, FilterForm, ObjectForm, PauseForm, ReadForm
from portal.changes.models import ChangeRequest, State, Verdict
from portal.changes.objects import ChangedObject, confirmed, objects_of
from portal.changes.reading import Reading
from portal.errors import Invalid
from portal.tenants import connection, presence
from portal.tenants.access import ACTING, Request, requires
from portal.tenants.models import Role
from portal.web.render import render_page, swap_or_redirect, wants_fragment

PAGE, FRAGMENT = "changes/change.html", "changes/_change.html"
ROWS = 25


@require_safe
@requires()
def changes(request: Request, tenant: str) -> HttpResponse:
    form = FilterForm(request.GET)
    form.is_valid()
    tab, words = form.cleaned_data.get("state", ""), form.cleaned_data.get("q", "")
    requests = queries.for_rows(queries.found(request.tenant, tab=tab, words=words))
    page = Paginator(requests, ROWS).get_page(request.GET.get("page"))
    counts = queries.tabs(request.tenant)
    context = {
        "page": page,
        "rows": [queries.Summary(one) for one in page],
        "tabs": [(each, counts[each.value]) for each in queries.Tab],
        "total": sum(counts.values()),
        "tab": tab,
        "words": words,
    }
    return render_page(request, "changes/changes.html", "changes/_list.html", context)


@require_safe
@requires()
def change(request: Request, tenant: str, number: int) -> HttpResponse:
    return _sheet(request, _find(request, number))


@vary_on_headers("HX-Request")
@require_safe
@requires()
def progress(request: Request, tenant: str, number: int) -> HttpResponse:
    """One look at how far it has come; the whole page's region once nothing moves any more."""
    change_request = _find(request, number)
    if not wants_fragment(request):
        return redirect(change_request)
    context = _context(request, change_request)
    if context["reading"].progress.is_moving:
        return render(request, "changes/_progress.html", context)
    return reswap(retarget(render(request, FRAGMENT, context), "#change"), "outerHTML")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def change_edit(request: Request, tenant: str, number: int) -> HttpResponse:
    """Title and reason of a draft."""
    change_request = _find(request, number)
    if request.method != "POST":
        about = _about(change_request) if change_request.state == State.DRAFT else None
        return _sheet(request, change_request, about=about)
    form = AboutForm(request.POST)
    if not form.is_valid():
        return _sheet(request, change_request, about=form, status=422)
    actions.edit(change_request, by=request.user, **form.cleaned_data)
    return _done(request, change_request, _("Saved."))


@require_POST
@requires(Role.AUTHOR)
def submit(request: Request, tenant: str, number: int) -> HttpResponse:
    change_request = _find(request, number)
    actions.submit(change_request, by=request.user, content_hash=_read(request))
    return _done(request, change_request, _("Submitted for review."))


@require_POST
@requires(Role.AUTHOR)
def drop_object(request: Request, tenant: str, number: int) -> HttpResponse:
    change_request = _find(request, number)
    form = ObjectForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Nothing was removed. Reload the page and try again."))
    changed = _object(change_request, form.cleaned_data["position"])
    actions.drop(change_request, by=request.user, content_hash=form.cleaned_data["content_hash"], key=changed.key)
    return _done(request, change_request, _("Removed from this change."))


@require_POST
@requires(Role.AUTHOR)
def rebase(request: Request, tenant: str, number: int) -> HttpResponse:
    """Draft one object again on the tenant as it is now."""
    change_request = _find(request, number)
    form = ObjectForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Nothing was drafted again. Reload the page and try again."))
    changed = _object(change_request, form.cleaned_data["position"])
    actions.rebase(change_request, by=request.user, content_hash=form.cleaned_data["content_hash"], key=changed.key)
    return _done(request, change_request, _("Drafted again, on the tenant as it is now."))


@require_POST
@requires(Role.AUTHOR)
def acknowledge(request: Request, tenant: str, number: int) -> HttpResponse:
    """Confirm one point of an object that asks for it."""
    change_request = _find(request, number)
    form = AcknowledgeForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Nothing was recorded. Tick the box, keep the reason below 500 characters, and try again."))
    given = form.cleaned_data
    wanted = confirmed(_object(change_request, given["position"]), given["acknowledge"], given["reason"])
    actions.edit(change_request, by=request.user, content_hash=given["content_hash"], wanted=[wanted])
    return _done(request, change_request, _("Recorded with your name."))


@require_POST
@sensitive_post_parameters("password")
@requires()
def withdraw(request: Request, tenant: str, number: int) -> HttpResponse:
    change_request, read = _find(request, number), _read(request)
    act = partial(actions.withdraw, change_request, by=request.user, content_hash=read)
    return _sign(request, change_request, read, act, _("Withdrawn. It stays readable here."))


@require_GET
@requires(Role.AUTHOR, Role.APPROVER)
def change_confirm(request: Request, tenant: str, number: int) -> HttpResponse:
    """To Microsoft, to confirm that it is them who decides on the version they read, and back."""
    change_request, form = _find(request, number), ReadForm(request.GET)
    form.is_valid()
    read = form.cleaned_data.get("content_hash", "")
    if read != change_request.content_hash or change_request.state not in (State.DRAFT, State.IN_REVIEW):
        return _sheet(request, change_request, overtaken=_("Read what is shown now before you confirm."), status=409)
    if presence.asked(request, change_request, read).is_open:
        return redirect(f"{change_request.get_absolute_url()}#decision")
    back = f"{change_request.get_absolute_url()}#decision"
    return redirect(presence.lead(request, change_request, read, then=back))


@require_POST
@sensitive_post_parameters("password")
@requires(Role.APPROVER)
def approve(request: Request, tenant: str, number: int) -> HttpResponse:
    return _decide(request, number, Verdict.APPROVE, actions.approve, _("Approved with your name."))


@require_POST
@sensitive_post_parameters("password")
@requires(Role.APPROVER)
def give_back(request: Request, tenant: str, number: int) -> HttpResponse:
    return _decide(request, number, Verdict.RETURN, actions.give_back, _("Returned to its author."))


@require_POST
@sensitive_post_parameters("password")
@requires(Role.APPROVER)
def reject(request: Request, tenant: str, number: int) -> HttpResponse:
    return _decide(request, number, Verdict.REJECT, actions.reject, _("Rejected. It stays readable here."))


def _decide(request: Request, number: int, verdict: Verdict, act: Callable[..., None], told: str) -> HttpResponse:
    change_request = _find(request, number)
    form = DecisionForm(request.POST, change_request=change_request, verdict=verdict)
    read = request.POST.get("content_hash", "")
    if overtaken := queries.overtaken(change_request, by=request.user, content_hash=read):
        return _sheet(request, change_request, overtaken=overtaken, status=409)
    if not form.is_valid():
        return _sheet(request, change_request, form=form, status=422)
    given = {name: form.cleaned_data[name] for name in ("content_hash", "comment")}
    if verdict == Verdict.APPROVE and actions.has_approved(change_request, request.user, given["content_hash"]):
        return _done(request, change_request, told)  # pressed twice: the proof went with the first
    typed = {name: form.cleaned_data[name] for name in ("comment", "undone")}
    act_on = partial(act, change_request, by=request.user, **given)
    return _sign(request, change_request, given["content_hash"], act_on, told, form=form, typed=typed)


def _sign(
    request: Request,
    change_request: ChangeRequest,
    read: str,
    act: Callable[..., None],
    told: str,
    *,
    form: DecisionForm | None = None,
    typed: dict[str, Any] | None = None,
) -> HttpResponse:
    """What takes a signature; without proof that they are there, the page again with all that was typed."""
    try:  # not left to the middleware, whose page would lose what was typed
        presence.sign(request, change_request, read, act)
    except presence.Again as exc:
        presence.keep_typed(request, change_request, typed or {})
        if form is not None:
            form.add_error(None, str(exc.sentence))
        special = {"form": form} if form is not None else {}
        return _sheet(request, change_request, unproved=str(exc.sentence), status=exc.status, **special)
    return _done(request, change_request, told)


@require_POST
@requires(*ACTING)
def retry(request: Request, tenant: str, number: int) -> HttpResponse:
    change_request = _find(request, number)
    stopped.retry(change_request, by=request.user)
    return _done(request, change_request, _("It is tried again."))


@require_POST
@requires(Role.AUTHOR)
def redraft(request: Request, tenant: str, number: int) -> HttpResponse:
    drafted = stopped.redraft(_find(request, number), by=request.user)
    messages.success(request, _("Drafted anew, on the tenant as it is now."))
    return redirect(drafted)


@require_POST
@requires(Role.ADMINISTRATOR)
def connection_release(request: Request, tenant: str) -> HttpResponse:
    connection.release(request.tenant, by=request.user)
    messages.success(request, _("The connection is released. The workers try again."))
    return redirect("sync", tenant)


@require_POST
@requires(*ACTING)
def pushes_hold(request: Request, tenant: str) -> HttpResponse:
    connection.pause(request.tenant, by=request.user, reason=_why(request))
    messages.success(request, _("All pushes are held. Nothing more is sent until an administrator lets them go on."))
    return redirect("sync", tenant)


@require_POST
@requires(Role.ADMINISTRATOR)
def pushes_resume(request: Request, tenant: str) -> HttpResponse:
    connection.resume(request.tenant, by=request.user, reason=_why(request))
    messages.success(request, _("Pushes go on."))
    return redirect("sync", tenant)


def _why(request: Request) -> str:
    form = PauseForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Nothing was changed. Say why in at most 500 characters, and try again."))
    reason: str = form.cleaned_data["reason"]
    return reason


def _find(request: Request, number: int) -> ChangeRequest:
    return get_object_or_404(request.tenant.change_requests, number=number)


def _object(change_request: ChangeRequest, position: int) -> ChangedObject:
    for changed in objects_of(change_request.changes.all()):
        if changed.first.position == position:
            return changed
    raise Invalid(_("This is no longer part of the change. Reload and look again."))


def _read(request: Request) -> str:
    form = ReadForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("It is not clear which version this is about. Reload the page and try again."))
    content_hash: str = form.cleaned_data["content_hash"]
    return content_hash


def _about(change_request: ChangeRequest) -> AboutForm:
    return AboutForm(
        initial={
            "title": change_request.title,
            "reason": change_request.reason,
            "content_hash": change_request.content_hash,
        }
    )


def _done(request: Request, change_request: ChangeRequest, told: str) -> HttpResponse:
    messages.success(request, told)
    response = swap_or_redirect(request, FRAGMENT, _context(request, change_request), to=change_request)
    return replace_url(response, change_request.get_absolute_url())


def _sheet(request: Request, change_request: ChangeRequest, *, status: int = 200, **special: Any) -> HttpResponse:
    return render_page(request, PAGE, FRAGMENT, _context(request, change_request) | special, status=status)


def _context(request: Request, change_request: ChangeRequest) -> dict[str, Any]:
    """What the page shows, read anew: `change_request` may have been acted on since it was found."""
    current = queries.for_rows(request.tenant.change_requests.all()).get(pk=change_request.pk)
    return {
        "reading": Reading(current, request.user, request.roles),
        "is_piece": wants_fragment(request),
        "form": DecisionForm(change_request=current, initial=presence.typed(request, current)),
        "asked": presence.asked(request, current, current.content_hash),
    }
