"""What is watched. /healthz and /readyz are open to all, so only ages are told; /metrics wants a token."""

from hmac import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from portal.health import checks
from portal.health import metrics as figures


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether the web can do its work; with it what only tells, such as ages that grow when workers stop."""
    try:
        told, is_ready = checks.answers()
    except DatabaseError:
        return JsonResponse({"database": False}, status=503)
    return JsonResponse(told, status=200 if is_ready else 503)


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for who bears METRICS_TOKEN. Without that setting there is nothing here."""
    if not settings.METRICS_TOKEN:
        raise Http404
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse("METRICS_TOKEN is wanted as bearer token.\n", "text/plain", 401, headers=CHALLENGE)
    return HttpResponse(figures.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


CHALLENGE = {"WWW-Authenticate": "Bearer"}
