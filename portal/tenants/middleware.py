"""Default deny: every page needs somebody signed in, unless its view says otherwise (S1), and a session ends (S6)."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

ABSOLUTE = 12 * 60 * 60  # seconds after sign-in, whatever the activity (S6)
RENEW = 60  # seconds; a session is written at most this often to show that it is in use
BEGAN, SEEN = "began", "seen"


class signed_in(LoginRequiredMiddleware):  # noqa: N801  (named in settings beside functions)
    """Django's own, with an absolute end of sessions and an answer htmx can follow."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated:
            _watch(request)
        response: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        return response

    def handle_no_permission(  # type: ignore[override]  (htmx cannot follow a plain redirect)
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """Lead to the sign-in page and from there back to the page that was open."""
        htmx = getattr(request, "htmx", None)
        if htmx:
            return cast(HttpResponseBase, HttpResponseClientRedirect(_sign_in(htmx.current_url_abs_path or "")))
        if request.method not in ("GET", "HEAD"):
            return redirect_to_login("/", settings.LOGIN_URL)
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


def _sign_in(path: str) -> str:
    address = resolve_url(settings.LOGIN_URL)
    return f"{address}?{urlencode({'next': path})}" if path else address


def _watch(request: HttpRequest) -> None:
    """End a session that is too old; note that a younger one is in use, which moves its idle end."""
    now = int(timezone.now().timestamp())
    began = request.session.setdefault(BEGAN, now)
    if now - began >= ABSOLUTE:
        logout(request)
    elif now - request.session.get(SEEN, 0) >= RENEW:
        request.session[SEEN] = now
