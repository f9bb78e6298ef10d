"""Proposing that a label be deleted. It is only ever drafted here; somebody else decides."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labels import actions, queries
from labels.forms import DeleteForm
from labels.models import RetentionLabel
from labels.sheets import Sheet, findings
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
    context = {
        "label": row,
        "form": form,
        "findings": found,
        "is_blocked": any(one.level == Level.BLOCK for one in found),
        "confirmed": request.POST.getlist("acknowledged"),
        "relabels_from": queries.relabels_to(row),
    }
    if request.method != "POST":
        return render(request, "labels/delete.html", context)
    confirmed = _confirmed(request, found)
    if not form.is_valid() or _is_refused(form, found, confirmed):
        return render(request, "labels/delete.html", context, status=422)
    wanted = [sheet.unwanted(confirmed)]
    saved = actions.save(sheet, by=request.user, content_hash="", wanted=wanted, reason=form.cleaned_data["reason"])
    messages.success(request, _("Drafted. “%(change)s” is not sent for review yet.") % {"change": saved})
    return redirect(saved)


def _confirmed(request: Request, found: list[Finding]) -> dict[str, str]:
    """The confirmations given, each with its reason."""
    given = {rule.partition(":")[0] for rule in request.POST.getlist("acknowledged")}
    confirms = [one.rule for one in found if one.level == Level.CONFIRM and one.rule in given]
    return {rule: request.POST.get(f"reason-{rule}", "") for rule in confirms}


def _is_refused(form: DeleteForm, found: list[Finding], confirmed: dict[str, str]) -> bool:
    """Whether a rule stands against it, or a confirmation is missing; the form says which."""
    for one in found:
        if one.level == Level.BLOCK:
            form.add_error(None, one.message)
        elif one.level == Level.CONFIRM and one.rule not in confirmed:
            form.add_error(None, _("Confirm: %(what)s") % {"what": one.message})
    return bool(form.errors)
