"""Every address. All that belongs to a tenant lies below /t/<slug>/."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []

handler400 = "portal.web.problems.bad_request"
handler403 = "portal.web.problems.permission_denied"
handler404 = "portal.web.problems.not_found"
handler500 = "portal.web.problems.server_error"
