"""What a tenant holds, for whoever connects one that already lives."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labels.report import Report
from portal.tenants.access import Request, requires


@require_safe
@requires()
def report(request: Request, tenant: str) -> HttpResponse:
    return render(request, "labels/report.html", {"report": Report(request.tenant)})
