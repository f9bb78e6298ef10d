"""Every address. All that belongs to a tenant lies below /t/<slug>/."""

from django.urls import URLPattern, URLResolver, include, path

from events import urls as events
from labels import urls as labels
from portal import home
from portal.backup import urls as backup
from portal.changes import urls as changes
from portal.health import views as health
from portal.history import urls as history
from portal.mirror import urls as mirror
from portal.tenants import urls as tenants

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", home.desk, name="desk"),
    path("", include(tenants.urlpatterns)),
    path("api/v1/", include(events.api_urlpatterns)),
    path("t/<slug:tenant>/", home.tenant_desk, name="tenant-desk"),
    path("t/<slug:tenant>/", include(tenants.tenant_urlpatterns)),
    path("t/<slug:tenant>/", include(labels.tenant_urlpatterns)),
    path("t/<slug:tenant>/", include(events.tenant_urlpatterns)),
    path("t/<slug:tenant>/", include(history.tenant_urlpatterns)),
    path("t/<slug:tenant>/", include(backup.tenant_urlpatterns)),
    path("t/<slug:tenant>/", include(changes.urlpatterns)),
    path("t/<slug:tenant>/", include(mirror.urlpatterns)),
]

handler400 = "portal.web.problems.bad_request"
handler403 = "portal.web.problems.permission_denied"
handler404 = "portal.web.problems.not_found"
handler500 = "portal.web.problems.server_error"
