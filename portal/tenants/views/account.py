"""What somebody sets for themselves: look, keys, password."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from portal.tenants import actions
from portal.tenants.access import Request
from portal.tenants.forms import ChangePasswordForm, LookForm

A_YEAR = 365 * 24 * 60 * 60  # seconds
LOOK = {"theme": "auto", "keys": "on"}  # cookies and what holds without them


@require_safe
def account(request: Request) -> HttpResponse:
    return _page(request)


@require_POST
def account_look(request: Request) -> HttpResponse:
    form = LookForm(request.POST)
    if not form.is_valid():
        return _page(request, look_form=form)
    response = redirect("account")
    keep = partial(
        response.set_cookie, max_age=A_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    for name in LOOK:
        keep(settings.LOOK_COOKIES + name, form.cleaned_data[name])
    return response


@require_POST
@sensitive_post_parameters()
def account_password(request: Request) -> HttpResponse:
    if not _has_password(request):
        raise Http404
    form = ChangePasswordForm(request.POST, person=request.user)
    if not form.is_valid():
        return _page(request, password_form=form)
    actions.change_password(request.user, form.cleaned_data["new_password"])
    update_session_auth_hash(request, request.user)
    messages.success(request, _("Your password is changed. You are signed out everywhere else."))
    return redirect("account")


def _page(request: Request, **corrected: LookForm | ChangePasswordForm) -> HttpResponse:
    chosen = {name: request.COOKIES.get(settings.LOOK_COOKIES + name, usual) for name, usual in LOOK.items()}
    context: dict[str, Any] = {
        "look_form": LookForm(initial=chosen),
        "password_form": ChangePasswordForm(person=request.user),
        "has_password": _has_password(request),
    }
    return render(request, "tenants/account.html", context | corrected, status=422 if corrected else 200)


def _has_password(request: Request) -> bool:
    """Whether there is a password of theirs to change."""
    is_local = not request.user.is_of_microsoft or request.user.has_usable_password()
    return bool(settings.LOCAL_ACCOUNTS and is_local)
