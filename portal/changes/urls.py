"""Requests. `portal.urls` puts these below /t/<slug>/."""

from django.urls import path

from portal.changes import views
from portal.changes.drift import views as drift

urlpatterns = [
    path("changes/", views.changes, name="changes"),
    path("changes/<int:number>/", views.change, name="change"),
    path("changes/<int:number>/progress/", views.progress, name="change-progress"),
    path("changes/<int:number>/edit/", views.change_edit, name="change-edit"),
    path("changes/<int:number>/submit/", views.submit, name="submit"),
    path("changes/<int:number>/drop/", views.drop_object, name="drop-object"),
    path("changes/<int:number>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("changes/<int:number>/confirm/", views.change_confirm, name="change-confirm"),
    path("changes/<int:number>/withdraw/", views.withdraw, name="withdraw"),
    path("changes/<int:number>/approve/", views.approve, name="approve"),
    path("changes/<int:number>/return/", views.give_back, name="return"),
    path("changes/<int:number>/reject/", views.reject, name="reject"),
    path("changes/<int:number>/retry/", views.retry, name="retry"),
    path("changes/<int:number>/redraft/", views.redraft, name="redraft"),
    path("changes/<int:number>/rebase/", views.rebase, name="rebase"),
    path("drift/", drift.drift, name="drift"),
    path("drift/adopt/", drift.adopt, name="drift-adopt"),
    path("drift/revert/", drift.revert, name="drift-revert"),
    path("drift/<slug:kind>/<int:pk>/", drift.drift_case, name="drift-case"),
    path("connection/release/", views.connection_release, name="connection-release"),
    path("pushes/hold/", views.pushes_hold, name="pushes-hold"),
    path("pushes/resume/", views.pushes_resume, name="pushes-resume"),
]
