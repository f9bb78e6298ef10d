"""Slowing down whoever tries passwords (S7): by account and address with django-axes, by address over all accounts."""

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_ip_address, get_cool_off
from axes.models import AccessAttempt
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

ADDRESS_LIMIT = 30  # failures within the cool-off; several people may share an address


def allows(request: HttpRequest, username: str) -> bool:
    """Whether this address may still try this account."""
    may_try_account: bool = AxesProxyHandler.is_allowed(request, {"username": username})
    return may_try_account and _failures_from(request) < ADDRESS_LIMIT


def locked(request: HttpRequest, *_ignored: object) -> HttpResponse:
    """The answer to somebody who tried too often; axes calls it too, with what it would have answered."""
    wait = get_cool_off(request)
    response = render(request, "tenants/locked.html", {"minutes": int(wait.total_seconds() // 60)}, status=429)
    response["Retry-After"] = str(int(wait.total_seconds()))
    return response


def _failures_from(request: HttpRequest) -> int:
    since = timezone.now() - get_cool_off(request)
    attempts = AccessAttempt.objects.filter(ip_address=get_client_ip_address(request), attempt_time__gte=since)
    failures: int = attempts.aggregate(failures=Sum("failures_since_start", default=0))["failures"]
    return failures
