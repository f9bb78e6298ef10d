"""History, below /t/<slug>/."""

from django.urls import path

from portal.history import views

tenant_urlpatterns = [
    path("history/", views.history, name="history"),
    path("history/export/", views.history_export, name="history-export"),
    path("history/verify_audit.py", views.history_verifier, name="history-verifier"),
    path("history/check/", views.history_check, name="history-check"),
    path("labels/<int:pk>/history/", views.label_history, name="label-history"),
    path("changes/<int:number>/history/", views.change_history, name="change-history"),
]
