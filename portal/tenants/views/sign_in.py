"""Coming in and leaving."""

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.tenants import actions, paths, sessions, throttle
from portal.tenants.access import Request
from portal.tenants.forms import NewPasswordForm, SignInForm
from portal.tenants.models import Person


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    target = paths.own(request.POST.get("next") or request.GET.get("next"))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target)
        return _sign_in_page(request, SignInForm(), target, status=200)
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
    return render(request, "tenants/sign_in.html", {"form": form, "next": target}, status=status)


@require_POST
def sign_out(request: Request) -> HttpResponse:
    actions.note_sign_out(request.user)
    logout(request)
    return redirect("sign-in")


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, key: str, token: str) -> HttpResponse:
    person = _person(key)
    if person is None or not default_token_generator.check_token(person, token):
        return render(request, "tenants/link_ended.html", status=404)
    form = NewPasswordForm(request.POST or None, person=person)
    if not form.is_valid():
        context = {"form": form, "person": person}
        return render(request, "tenants/set_password.html", context, status=422 if form.is_bound else 200)
    actions.set_password(person, form.cleaned_data["new_password"], token=token)
    return redirect("sign-in")


def _person(key: str) -> Person | None:
    try:
        return Person.objects.filter(pk=int(urlsafe_base64_decode(key)), is_active=True, is_system=False).first()
    except (ValueError, OverflowError):
        return None
