"""Default deny: every page needs somebody signed in, unless its view says otherwise (S1)."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from portal.tenants import sessions

View = Callable[..., HttpResponseBase]


class signed_in(LoginRequiredMiddleware):  # noqa: N801  (named in settings beside functions)
    """Django's own, with an absolute end of sessions and an answer htmx can follow."""

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated:
            if sessions.is_over(request):
                logout(request)
            else:
                sessions.renew(request)
        elif SESSION_KEY in request.session:  # of somebody who may no longer come in that way
            request.session.flush()
        response: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        return response

    def handle_no_permission(self, request: HttpRequest, view_func: View) -> HttpResponseBase:  # type: ignore[override]
        """Lead to the sign-in page, and from there back to the page that was open."""
        htmx = getattr(request, "htmx", None)
        if htmx:
            return cast(HttpResponseBase, HttpResponseClientRedirect(_sign_in(htmx.current_url_abs_path)))
        if request.method not in ("GET", "HEAD"):
            return redirect_to_login("/", settings.LOGIN_URL)
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


def _sign_in(and_return_to: str | None) -> str:
    address = resolve_url(settings.LOGIN_URL)
    return f"{address}?{urlencode({'next': and_return_to})}" if and_return_to else address
