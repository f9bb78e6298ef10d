"""The portal's addresses, and some that only go wrong."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from portal.errors import Invalid, NotAllowed, Stale
from portal.urls import urlpatterns as portal_urlpatterns

handler400 = "portal.web.problems.bad_request"
handler403 = "portal.web.problems.permission_denied"
handler404 = "portal.web.problems.not_found"
handler500 = "portal.web.problems.server_error"

REFUSALS = {"invalid": Invalid, "not-allowed": NotAllowed, "stale": Stale}


def refuse(request: HttpRequest, why: str) -> HttpResponse:
    raise REFUSALS[why]("“<b>FIN</b>” is taken. Choose another name.")


def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def burst(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret /srv/path SELECT * FROM token")


def plain(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


urlpatterns = [
    path("refuse/<slug:why>/", refuse),
    path("forbid/", forbid),
    path("burst/", burst),
    path("plain/", plain),
    *portal_urlpatterns,
]
