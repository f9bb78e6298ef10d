"""Sync runs on a page, and asking for one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import reswap, retarget

from portal.doorbell import ring
from portal.mirror import actions
from portal.mirror.progress import so_far
from portal.mirror.queries import Asked, Pulse
from portal.tenants.access import ACTING, Request, requires
from portal.tenants.models import Role
from portal.web.render import render_page, wants_fragment

PAGE, FRAGMENT = "mirror/runs.html", "mirror/_runs.html"
ROWS = 25


@require_safe
@requires()
def sync(request: Request, tenant: str) -> HttpResponse:
    return render_page(request, PAGE, FRAGMENT, _context(request, Asked()))


@vary_on_headers("HX-Request")
@require_safe
@requires()
def sync_progress(request: Request, tenant: str) -> HttpResponse:
    """One look at the run under way; the whole list once there is nothing to wait for."""
    if not wants_fragment(request):
        return redirect("sync", tenant)
    asked = Asked.of(request.GET.get("after", ""), request.GET.get("at", ""))
    context = _context(request, asked)
    if context["polls"]:
        return render(request, "mirror/_under_way.html", context)
    return reswap(retarget(render(request, FRAGMENT, context), "#runs"), "outerHTML")


@require_POST
@requires(*ACTING)
def sync_now(request: Request, tenant: str) -> HttpResponse:
    pulse = Pulse(request.tenant)
    if pulse.running:
        messages.info(request, _("A run is under way already."))
        return _answer(request, Asked())
    if pulse.waits_until:
        messages.info(request, _("Purview is not to be asked just now. The page says from when on."))
        return _answer(request, Asked())
    asked = _asked(request)
    ring(request.tenant.pk, "mirror.sync", by=request.user.pk)
    messages.success(request, _("A run is asked for. It is listed here as soon as a worker begins."))
    return _answer(request, asked)


@require_POST
@requires(Role.ADMINISTRATOR)
def sync_confirm(request: Request, tenant: str, pk: int) -> HttpResponse:
    run = get_object_or_404(request.tenant.sync_runs.select_related("tenant"), pk=pk)
    asked = _asked(request)
    actions.confirm_gone(run, by=request.user)
    messages.success(request, _("Confirmed. The next run looks for each of them once more and marks what is gone."))
    return _answer(request, asked)


def _asked(request: Request) -> Asked:
    newest = request.tenant.sync_runs.order_by("-pk").first()
    return Asked(newest.pk if newest else 0, int(timezone.now().timestamp()))


def _answer(request: Request, asked: Asked) -> HttpResponse:
    if wants_fragment(request):
        return render(request, FRAGMENT, _context(request, asked))
    return redirect("sync", request.tenant.slug)


def _context(request: Request, asked: Asked) -> dict[str, Any]:
    pulse = Pulse(request.tenant)
    runs = request.tenant.sync_runs.select_related("by", "confirmed_by")
    return {
        "pulse": pulse,
        "page": Paginator(runs, ROWS).get_page(request.GET.get("page")),
        "asked": asked,
        "polls": pulse.running is not None or asked.waits(request.tenant),
        "in_vain": asked.waits_in_vain(request.tenant),
        "so_far": so_far(pulse.running) if pulse.running else None,
        "may_sync": not request.roles.isdisjoint(ACTING),
        "may_release": Role.ADMINISTRATOR in request.roles,
    }
