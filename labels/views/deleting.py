"""Proposing that a label be deleted. It is only ever drafted here; somebody else decides."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labels import actions, queries
from labels.editor import CONFIRMS
from labels.forms import DeleteForm
from labels.models import RetentionLabel
from labels.places import Noted
from labels.sheets import Sheet, findings
from labels.summary import sentences
from portal.mirror.kinds import Finding, Level
from portal.tenants.access import Request, requires
from portal.tenants.models import Role


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def label_delete(request: Request, tenant: str, pk: int) -> HttpResponse:
    row = get_object_or_404(RetentionLabel.objects.here().select_related("tenant"), tenant=request.tenant, pk=pk)
    sheet = Sheet(request.tenant, row)
    found = findings(sheet, [sheet.unwanted()])[0][1]
    form = DeleteForm(request.POST or None, wanted=row.display_name)
    context: dict[str, Any] = {
        "label": row,
        "form": form,
        "findings": found,
        "is_blocked": any(one.level == Level.BLOCK for one in found),
        "confirms": _confirms(request, found),
        "summary": sentences(row.document),
        "relabels_from": queries.relabels_to(row),
    }
    if request.method != "POST":
        return render(request, "labels/delete.html", context)
    if not form.is_valid() or _is_refused(form, found, context["confirms"]):
        return render(request, "labels/delete.html", context, status=422)
    wanted = [sheet.unwanted({one.finding.rule: one.reason.strip() for one in context["confirms"]})]
    saved = actions.save(sheet, by=request.user, content_hash="", wanted=wanted, reason=form.cleaned_data["reason"])
    messages.success(request, _("Drafted. “%(change)s” is not sent for review yet.") % {"change": saved})
    return redirect(saved)


def _confirms(request: Request, found: list[Finding]) -> list[Noted]:
    """What has to be confirmed, as it was ticked and explained."""
    ticked = request.POST.getlist(CONFIRMS)
    return [
        Noted(one, "name", "#id_name", f"{one.rule}:name" in ticked, request.POST.get(f"reason-{one.rule}", ""))
        for one in found
        if one.level == Level.CONFIRM
    ]


def _is_refused(form: DeleteForm, found: list[Finding], confirms: list[Noted]) -> bool:
    """Whether a rule stands against it, or a confirmation is missing; the form says which."""
    blocks = [one.message for one in found if one.level == Level.BLOCK]
    for message in [*blocks, *(one.finding.message for one in confirms if not one.ticked)]:
        form.add_error(None, message)
    return bool(form.errors)
