"""Event types and events, below /t/<slug>/. An event inside a change stands at its place there."""

from django.urls import path

from events.views import types

tenant_urlpatterns = [
    path("event-types/", types.event_types, name="event-types"),
    path("event-types/new/", types.event_type_new, name="event-type-new"),
    path("event-types/<int:pk>/", types.event_type, name="event-type"),
    path("event-types/<int:pk>/edit/", types.event_type_edit, name="event-type-edit"),
    path("event-types/<int:pk>/delete/", types.event_type_delete, name="event-type-delete"),
]
