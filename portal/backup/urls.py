"""A restored backup, below /t/<slug>/."""

from django.urls import path

from portal.backup import views

tenant_urlpatterns = [
    path("restored/", views.restored, name="restored"),
    path("restored/confirm/", views.restored_confirm, name="restored-confirm"),
]
