"""Labels, below /t/<slug>/. A label inside a change stands at its place there."""

from django.urls import path

from labels.views import deleting, editing, reading, reporting

tenant_urlpatterns = [
    path("labels/", reading.labels, name="labels"),
    path("report/", reporting.report, name="report"),
    path("labels/new/", editing.label_new, name="label-new"),
    path("labels/<int:pk>/", reading.label, name="label"),
    path("labels/<int:pk>/edit/", editing.label_edit, name="label-edit"),
    path("labels/<int:pk>/delete/", deleting.label_delete, name="label-delete"),
    path("changes/<int:number>/labels/<int:position>/edit/", editing.label_in_change, name="label-in-change"),
]
