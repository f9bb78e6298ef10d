"""Coming in and leaving."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.tenants import actions, microsoft, paths, sessions, throttle
from portal.tenants.access import Request
from portal.tenants.backends import OF_MICROSOFT
from portal.tenants.forms import NewPasswordForm, SignInForm
from portal.tenants.models import Person

LEFT = ("fileplan", "microsoft")


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    target = paths.own(request.POST.get("next") or request.GET.get("next"))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target)
        return _sign_in_page(request, SignInForm(), target, status=200)
    _needs_local_accounts()
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, form, target, status=422)
    if not throttle.allows(request, form.cleaned_data["username"]):
        return throttle.locked(request)
    person = authenticate(request, **form.cleaned_data)
    if not isinstance(person, Person):
        actions.note_refusal(Person.objects.filter(email__iexact=form.cleaned_data["username"]).first())
        form.refuse()
        return _sign_in_page(request, form, target, status=422)
    with transaction.atomic():
        login(request, person)
        sessions.begin(request)
        actions.note_sign_in(person)
    return redirect(target)


def _sign_in_page(request: HttpRequest, form: SignInForm, target: str, *, status: int) -> HttpResponse:
    of_microsoft = microsoft.is_offered()
    left = request.GET.get("left", "")
    context = {
        "form": form,
        "next": target,
        "with_password": settings.LOCAL_ACCOUNTS,
        "with_microsoft": of_microsoft,
        "left": left in LEFT,
        "choose": left in LEFT or "choose" in request.GET,
        "leave_microsoft": microsoft.sign_out_address(request) if of_microsoft and left == "microsoft" else "",
    }
    return render(request, "tenants/sign_in.html", context, status=status)


@require_POST
def sign_out(request: Request) -> HttpResponse:
    """Ends the session here. The page it leads to offers to end the one at Microsoft."""
    was_microsoft = request.session.get(BACKEND_SESSION_KEY) == OF_MICROSOFT
    actions.note_sign_out(request.user)
    logout(request)
    return redirect(f"{reverse('sign-in')}?left={'microsoft' if was_microsoft else 'fileplan'}")


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, key: str, token: str) -> HttpResponse:
    _needs_local_accounts()
    person = _person(key)
    if person is None or not default_token_generator.check_token(person, token):
        return render(request, "tenants/link_ended.html", status=404)
    form = NewPasswordForm(request.POST or None, person=person)
    if not form.is_valid():
        context = {"form": form, "person": person}
        return render(request, "tenants/set_password.html", context, status=422 if form.is_bound else 200)
    actions.set_password(person, form.cleaned_data["new_password"], token=token)
    return redirect("sign-in")


def _needs_local_accounts() -> None:
    """Raises Http404 where nobody has a password."""
    if not settings.LOCAL_ACCOUNTS:
        raise Http404


def _person(key: str) -> Person | None:
    try:
        return Person.objects.filter(pk=int(urlsafe_base64_decode(key)), is_active=True, is_system=False).first()
    except (ValueError, OverflowError):
        return None
