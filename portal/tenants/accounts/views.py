"""Connecting a tenant in the browser: a new tenant, the portal's registration, and the account the workers act as."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.doorbell import ring
from portal.errors import Invalid, Stale
from portal.graph.errors import NotSent
from portal.graph.identity import Forged, NotSignedIn
from portal.tenants import actions as tenants
from portal.tenants import clock, pending
from portal.tenants.access import Request, enter, for_administrators, requires
from portal.tenants.accounts import actions, asking
from portal.tenants.accounts.forms import RegistrationForm, TenantForm
from portal.tenants.accounts.token import login_of, wanted
from portal.tenants.models import Account, Role, Tenant
from portal.tenants.refusals import REFUSALS
from portal.web.render import wants_fragment

REFUSAL = "not connected"  # in the session: why the last sign-in came to nothing
OVER = REFUSALS["unknown_state"]
PATIENCE = 60  # seconds a page waits for a check


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def tenant_new(request: Request) -> HttpResponse:
    """Whoever administers one tenant may connect another, and administers that one too."""
    form = TenantForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/tenant.html", {"form": form}, status=422 if form.is_bound else 200)
    tenant = Tenant(**form.cleaned_data)
    with transaction.atomic():
        tenants.add_tenant(tenant, by=request.user)
        tenants.grant(request.user, Role.ADMINISTRATOR, tenant=tenant, by=request.user)
    return redirect("connection", tenant.slug)


@vary_on_headers("HX-Request")
@require_safe
@requires()
def connection(request: Request, tenant: str) -> HttpResponse:
    context = _context(request)
    if wants_fragment(request):
        return render(request, "accounts/_checked.html", context)
    return render(request, "accounts/connection.html", context)


@sensitive_post_parameters()
@require_POST
@requires(Role.ADMINISTRATOR)
def registration(request: Request, tenant: str) -> HttpResponse:
    form = RegistrationForm(request.POST, account=_account(request.tenant))
    if not form.is_valid():
        return render(request, "accounts/connection.html", _context(request, form=form), status=422)
    actions.register(request.tenant, **form.given, by=request.user)
    messages.success(request, _("Kept. Now sign in as the account the workers act as."))
    return redirect("connection", tenant)


@require_GET
@requires(Role.ADMINISTRATOR)
def connect(request: Request, tenant: str) -> HttpResponse:
    """To Microsoft, and from there back to `connect_answer`. A link: the page may only send forms to itself."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Invalid(_("Another site led here. Open Connection and begin there."))
    back = request.build_absolute_uri(reverse("connect-answer"))
    account = _account(request.tenant)
    hint = {"login_hint": account.username} if account and account.is_connected else {}
    try:
        flow = login_of(request.tenant).begin(wanted(request.tenant), back, prompt="select_account", **hint)
    except (NotSent, NotSignedIn, Invalid) as exc:
        return _refused(request, exc)
    pending.keep(request.session, pending.CONNECT, flow, {"tenant": tenant, "client": request.tenant.client_id})
    return HttpResponseRedirect(flow["auth_uri"])


@require_safe
def connect_answer(request: Request) -> HttpResponse:
    """Where Microsoft sends the browser back to, after a sign-in and after a consent."""
    if "admin_consent" in request.GET:
        return render(request, "accounts/consented.html", {"refused": request.GET.get("error_description", "")})
    under_way = pending.take(request.session, pending.CONNECT, request.GET.get("state", ""))
    if under_way is None:
        raise Stale(f"{OVER.title}. {OVER.sentence} {_('Open Connection and begin again.')}")
    enter(request, under_way["tenant"], (Role.ADMINISTRATOR,))
    if under_way["client"] != request.tenant.client_id:
        return _refused(request, Forged())
    try:
        answered = login_of(request.tenant).finish(under_way["flow"], request.GET.dict())
        actions.connect(request.tenant, answered, by=request.user)
    except (NotSent, NotSignedIn, Forged, Invalid) as exc:
        return _refused(request, exc)
    messages.success(request, _("Connected. The first look at the tenant is under way."))
    return _and_wait_for_the_check(request.tenant.slug)


@require_POST
@requires(Role.ADMINISTRATOR)
def connection_check(request: Request, tenant: str) -> HttpResponse:
    ring(request.tenant.pk, "accounts.check", by=request.user.pk)
    return _and_wait_for_the_check(tenant)


@require_POST
@requires(Role.ADMINISTRATOR)
def disconnect(request: Request, tenant: str) -> HttpResponse:
    actions.disconnect(request.tenant, by=request.user)
    messages.success(request, _("The sign-in is forgotten. Nothing is read or sent until somebody signs in again."))
    return redirect("connection", tenant)


def _and_wait_for_the_check(tenant: str) -> HttpResponse:
    return redirect(f"{reverse('connection', args=[tenant])}?asked={int(clock.now().timestamp())}")


def _refused(request: Request, exc: Exception) -> HttpResponse:
    """Told on the page of the connection: the address of this one holds what Microsoft's sign-in brought."""
    request.session[REFUSAL] = asking.sentence(exc)
    return redirect("connection", request.tenant.slug)


def _account(tenant: Tenant) -> Account | None:
    return Account.objects.filter(tenant=tenant).select_related("signed_in_by").first()


def _context(request: Request, *, form: RegistrationForm | None = None) -> dict[str, Any]:
    tenant, account = request.tenant, _account(request.tenant)
    kept = {"directory_id": tenant.directory_id, "client_id": tenant.client_id}
    asked = _asked(request)
    return {
        "account": account,
        "form": form or RegistrationForm(account=account, initial=kept),
        "refusal": request.session.pop(REFUSAL, ""),
        "may_manage": Role.ADMINISTRATOR in request.roles,
        "held": tenant.connection,
        "ask": asking.of(tenant, site=request.build_absolute_uri("/").rstrip("/")),
        "asked": asked,
        "polls": asked and not _has_been_checked(account, asked) and clock.now().timestamp() - asked < PATIENCE,
        "in_vain": asked and not _has_been_checked(account, asked),
        "mail": bool(settings.EMAIL_URL),
    }


def _asked(request: HttpRequest) -> int:
    """When a check was asked for, in seconds since 1970; 0 if none was."""
    text = request.GET.get("asked", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0


def _has_been_checked(account: Account | None, asked: int) -> bool:
    return account is not None and account.checked_at is not None and account.checked_at.timestamp() >= asked
