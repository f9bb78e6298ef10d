"""Every address. All that belongs to a tenant lies below /t/<slug>/."""

from django.urls import URLPattern, URLResolver, include, path

from portal import health
from portal.history import urls as history
from portal.tenants import urls as tenants

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include(tenants.urlpatterns)),
    path("t/<slug:tenant>/", include(tenants.tenant_urlpatterns)),
    path("t/<slug:tenant>/", include(history.tenant_urlpatterns)),
]

handler400 = "portal.web.problems.bad_request"
handler403 = "portal.web.problems.permission_denied"
handler404 = "portal.web.problems.not_found"
handler500 = "portal.web.problems.server_error"
