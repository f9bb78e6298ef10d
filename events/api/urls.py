"""Below /api/v1/. Systems come with keys of their own, so their doors ask for no session."""

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, path

from events.api import pages
from events.api.views import api


def _doors() -> list[URLPattern]:
    found = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name in ("calls", "call")]
    for one in found:
        login_not_required(one.callback)
    return found


urlpatterns = [
    *_doors(),
    path("", pages.api_try, name="api-try"),
    path("openapi.json", pages.api_schema, name="api-schema"),
]
