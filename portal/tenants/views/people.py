"""The people of a tenant and what they may do."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.errors import Invalid
from portal.tenants import actions, mappings, microsoft, queries
from portal.tenants.access import Request, requires
from portal.tenants.forms import MappingForm, PersonForm, PolicyForm, RoleForm
from portal.tenants.models import Person, Role
from portal.web.render import swap_or_redirect


@require_safe
@requires(Role.ADMINISTRATOR, Role.AUDITOR)
def people(request: Request, tenant: str) -> HttpResponse:
    return _page(request)


@require_POST
@requires(Role.ADMINISTRATOR)
def person_add(request: Request, tenant: str) -> HttpResponse:
    form = PersonForm(request.POST, tenant=request.tenant)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    try:  # not left to the middleware, whose page would lose what was typed
        person = actions.add_person(request.tenant, **form.cleaned_data, by=request.user)
    except Invalid as exc:
        form.add_error(None, str(exc.sentence))
        return _page(request, form=form, status=422)
    if queries.wants_first_link(person, request.tenant):
        return _link(request, person)
    return redirect("people", tenant)


@require_POST
@requires(Role.ADMINISTRATOR)
def mapping_add(request: Request, tenant: str) -> HttpResponse:
    form = MappingForm(request.POST)
    if not form.is_valid():
        return _page(request, mapping_form=form, status=422)
    try:
        mappings.add(request.tenant, **form.cleaned_data, by=request.user)
    except Invalid as exc:
        form.add_error("value", str(exc.sentence))
        return _page(request, mapping_form=form, status=422)
    messages.success(request, _("Added. It counts from each person's next sign-in."))
    return redirect("people", tenant)


@require_POST
@requires(Role.ADMINISTRATOR)
def mapping_remove(request: Request, tenant: str, pk: int) -> HttpResponse:
    mappings.remove(get_object_or_404(request.tenant.role_mappings, pk=pk), by=request.user)
    messages.success(request, _("Removed. Whoever had the role by it alone has it no longer."))
    return redirect("people", tenant)


@require_POST
@requires(Role.ADMINISTRATOR)
def person_link(request: Request, tenant: str, pk: int) -> HttpResponse:
    if not settings.LOCAL_ACCOUNTS:
        raise Http404
    return _link(request, _member(request, pk))


@require_POST
@requires(Role.ADMINISTRATOR)
def role_grant(request: Request, tenant: str, pk: int) -> HttpResponse:
    person = _member(request, pk)
    actions.grant(person, _role(request), tenant=request.tenant, by=request.user)
    return _row(request, person)


@require_POST
@requires(Role.ADMINISTRATOR)
def role_revoke(request: Request, tenant: str, pk: int) -> HttpResponse:
    person = _member(request, pk)
    actions.revoke(person, _role(request), tenant=request.tenant, by=request.user)
    return _row(request, person)


@require_POST
@requires(Role.ADMINISTRATOR)
def person_deactivate(request: Request, tenant: str, pk: int) -> HttpResponse:
    person = _member(request, pk)
    actions.deactivate(person, by=request.user)
    return _row(request, person)


@require_POST
@requires(Role.ADMINISTRATOR)
def person_reactivate(request: Request, tenant: str, pk: int) -> HttpResponse:
    person = _member(request, pk)
    actions.reactivate(person, by=request.user)
    return _row(request, person)


@require_POST
@requires(Role.ADMINISTRATOR)
def policy(request: Request, tenant: str) -> HttpResponse:
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, policy_form=form, status=422)
    actions.change_policy(request.tenant, **form.cleaned_data, by=request.user)
    return redirect("people", tenant)


def _page(request: Request, *, status: int = 200, **forms: Any) -> HttpResponse:
    tenant = request.tenant
    wanted = {
        "routine": tenant.approvals_routine,
        "irreversible": tenant.approvals_irreversible,
        "event_days_manual": tenant.event_days_manual,
        "event_days_automatic": tenant.event_days_automatic,
        "limits_queries": tenant.limits_queries,
    }
    context = {
        "members": queries.members_of(tenant),
        "may_manage": Role.ADMINISTRATOR in request.roles,
        "form": PersonForm(tenant=tenant),
        "policy_form": PolicyForm(initial=wanted),
        "mappings": list(tenant.role_mappings.all()),
        "mapping_form": MappingForm(),
        "with_microsoft": microsoft.is_offered(),
        "with_password": settings.LOCAL_ACCOUNTS,
        "many_directories": settings.SIGN_IN is not None and len(settings.SIGN_IN.directories) > 1,
    }
    return render(request, "tenants/people.html", context | forms, status=status)


def _row(request: Request, person: Person) -> HttpResponse:
    person.refresh_from_db()
    context = {
        "member": queries.member(request.tenant, person),
        "may_manage": True,
        "with_password": settings.LOCAL_ACCOUNTS,
    }
    return swap_or_redirect(request, "tenants/_person.html", context, to=reverse("people", args=[request.tenant.slug]))


def _link(request: Request, person: Person) -> HttpResponse:
    link = request.build_absolute_uri(actions.make_link(person, by=request.user))
    return render(request, "tenants/link.html", {"person": person, "link": link})


def _member(request: Request, pk: int) -> Person:
    return get_object_or_404(
        Person.objects.filter(is_system=False, memberships__tenant=request.tenant).distinct(), pk=pk
    )


def _role(request: Request) -> Role:
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("There is no such role. Reload the page and choose again."))
    role: Role = form.cleaned_data["role"]
    return role
