"""Systems and their keys: administrators manage them, auditors look."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events.reports import types_of
from events.systems.forms import KeyForm, SystemForm
from portal.tenants import systems as actions
from portal.tenants.access import Request, requires
from portal.tenants.models import Key, Role, System


@require_safe
@requires(Role.ADMINISTRATOR, Role.AUDITOR)
def systems(request: Request, tenant: str) -> HttpResponse:
    listed = request.tenant.systems.prefetch_related("keys")
    return render(request, "systems/list.html", {"systems": listed, "may_manage": _may_manage(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.ADMINISTRATOR)
def system_new(request: Request, tenant: str) -> HttpResponse:
    form = SystemForm(request.POST or None, types=types_of(request.tenant).values())
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form)
    return redirect(actions.add(request.tenant, **form.cleaned_data, by=request.user))


@require_safe
@requires(Role.ADMINISTRATOR, Role.AUDITOR)
def system(request: Request, tenant: str, pk: int) -> HttpResponse:
    return _page(request, _find(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.ADMINISTRATOR)
def system_edit(request: Request, tenant: str, pk: int) -> HttpResponse:
    system = _find(request, pk)
    shown = {"name": system.name, "event_types": system.event_types}
    types = types_of(request.tenant).values()
    form = SystemForm(request.POST or None, types=types, chosen=system.event_types, initial=shown)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, system=system)
    actions.change(system, **form.cleaned_data, by=request.user)
    return redirect(system)


@require_POST
@requires(Role.ADMINISTRATOR)
def system_close(request: Request, tenant: str, pk: int) -> HttpResponse:
    system = _find(request, pk)
    actions.close(system, by=request.user)
    return redirect(system)


@require_POST
@requires(Role.ADMINISTRATOR)
def system_open(request: Request, tenant: str, pk: int) -> HttpResponse:
    system = _find(request, pk)
    actions.reopen(system, by=request.user)
    return redirect(system)


@require_POST
@requires(Role.ADMINISTRATOR)
def key_new(request: Request, tenant: str, pk: int) -> HttpResponse:
    system, form = _find(request, pk), KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, system, form=form, status=422)
    scopes = form.cleaned_data["scopes"]
    key, shown = actions.make_key(system, scopes=scopes, expires_at=form.expires_at, by=request.user)
    return render(request, "systems/key.html", {"system": system, "key": key, "shown": shown})


@require_POST
@requires(Role.ADMINISTRATOR)
def key_revoke(request: Request, tenant: str, pk: int) -> HttpResponse:
    key = get_object_or_404(Key.objects.select_related("system__tenant"), system__tenant=request.tenant, pk=pk)
    actions.revoke_key(key, by=request.user)
    return redirect(key.system)


def _find(request: Request, pk: int) -> System:
    return get_object_or_404(System.objects.select_related("tenant", "person"), tenant=request.tenant, pk=pk)


def _may_manage(request: Request) -> bool:
    return Role.ADMINISTRATOR in request.roles


def _form_page(request: Request, form: SystemForm, **context: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "systems/form.html", {"form": form, **context}, status=status)


def _page(request: Request, system: System, *, status: int = 200, form: KeyForm | None = None) -> HttpResponse:
    keys = list(system.keys.all())
    active = sum(key.state == "active" for key in keys)
    context = {
        "system": system,
        "keys": keys,
        "may_manage": _may_manage(request),
        "has_room": active < len(actions.SLOTS),
        "form": form or KeyForm(),
    }
    return render(request, "systems/detail.html", context, status=status)
