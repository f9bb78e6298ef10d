"""The page of a restored backup."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.backup import actions
from portal.backup.forms import ConfirmForm
from portal.backup.queries import Look
from portal.tenants.access import ACTING, Request, requires
from portal.tenants.models import Role


@require_safe
@requires()
def restored(request: Request, tenant: str) -> HttpResponse:
    return _page(request, None)


@require_POST
@requires(Role.ADMINISTRATOR)
def restored_confirm(request: Request, tenant: str) -> HttpResponse:
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    actions.confirm(request.tenant, by=request.user, **form.cleaned_data)
    messages.success(request, _("Confirmed. What was approved is looked up, and sent if it did not happen."))
    return redirect("restored", tenant)


def _page(request: Request, form: ConfirmForm | None, *, status: int = 200) -> HttpResponse:
    look = Look(request.tenant)
    context = {
        "look": look,
        "form": form or ConfirmForm(initial={"run": look.run.pk if look.run else None}),
        "may_confirm": Role.ADMINISTRATOR in request.roles,
        "may_sync": not request.roles.isdisjoint(ACTING),
    }
    return render(request, "backup/restored.html", context, status=status)
