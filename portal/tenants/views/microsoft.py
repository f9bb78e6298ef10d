"""Leading to Microsoft's sign-in, and what becomes of what comes back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from portal.graph.errors import NotSent
from portal.graph.identity import Claims, Forged, NotSignedIn
from portal.tenants import actions, arrivals, paths, pending, presence, refusals, sessions
from portal.tenants import microsoft as setup
from portal.tenants.access import Request
from portal.tenants.backends import OF_MICROSOFT

TOO_MANY_GROUPS = _(
    "You are in too many groups for Microsoft to name them, so no role comes from a group. Ask for app roles."
)


@login_not_required
@require_GET
def microsoft(request: Request, step: str | None = None) -> HttpResponse:
    """To Microsoft, and the answer it leads back with."""
    if not setup.is_offered():
        raise Http404
    return _answered(request) if step else _led(request)


def _led(request: HttpRequest) -> HttpResponse:
    """A link, not a form: the security policy lets no form lead to another host."""
    target = paths.own(request.GET.get("next"))
    if request.user.is_authenticated:
        return redirect(target)
    prompt = "select_account" if request.GET.get("choose") else None  # who came as the wrong one comes so again
    try:
        return redirect(setup.lead(request, then=target, prompt=prompt))
    except setup.Away:
        return _refused(request, "no_answer")


def _answered(request: Request) -> HttpResponse:
    """What Microsoft sent the browser back with, for whichever way it was led there."""
    way = pending.take(request.session, pending.SIGN_IN, request.GET.get("state", ""))
    if way is None:
        if pending.is_any(request.session, pending.SIGN_IN):
            actions.note_refusal(None, because="unknown_state")
        return _refused(request, "unknown_state")
    try:
        claims = setup.login().finish(way["flow"], request.GET.dict()).claims
    except NotSent:
        return _refused(request, "no_answer", way)
    except NotSignedIn as exc:
        return _noted(request, refusals.reason_of(exc), way)
    except Forged as exc:
        return _noted(request, "forged", way, check=str(exc))
    return _confirmed(request, way, claims) if "confirms" in way else _arrived(request, way, claims)


def _arrived(request: Request, way: dict[str, Any], claims: Claims) -> HttpResponse:
    if not setup.lets_in(claims.directory):
        return _noted(request, "directory", way)
    with transaction.atomic():
        arrival = arrivals.arrive(claims)
        if arrival.person is not None:
            login(request, arrival.person, backend=OF_MICROSOFT)
            sessions.begin(request)
    if arrival.person is None:
        return _refused(request, arrival.refused, way)
    if arrival.hides_groups:
        messages.warning(request, TOO_MANY_GROUPS)
    return redirect(way["then"])


def _confirmed(request: Request, way: dict[str, Any], claims: Claims) -> HttpResponse:
    refused = presence.confirm(request, way, claims)
    if refused:
        presence.note_refusal(request.user, refused)
        return _refused(request, refused, way)
    return redirect(way["then"])


def _noted(request: Request, reason: str, way: dict[str, Any], **facts: str) -> HttpResponse:
    """A refusal with its entry: about who wanted to confirm, or about somebody not known."""
    wanted = way.get("confirms", {}).get("person")
    person = request.user if request.user.is_authenticated and request.user.pk == wanted else None
    actions.note_refusal(person, because=reason, **facts)
    return _refused(request, reason, way)


def _refused(request: HttpRequest, reason: str, way: dict[str, Any] | None = None) -> HttpResponse:
    refusal = refusals.REFUSALS[reason]
    confirms = way is not None and "confirms" in way
    context = {"refusal": refusal, "reason": reason, "back": way["then"] if way and confirms else ""}
    return render(request, "tenants/refused.html", context, status=refusal.status)
