"""Sync runs. `portal.urls` puts these below /t/<slug>/."""

from django.urls import path

from portal.mirror import views

urlpatterns = [
    path("sync/", views.sync, name="sync"),
    path("sync/now/", views.sync_now, name="sync-now"),
    path("sync/<int:pk>/confirm/", views.sync_confirm, name="sync-confirm"),
    path("sync/progress/", views.sync_progress, name="sync-progress"),
]
