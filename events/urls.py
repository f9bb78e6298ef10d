"""Event types, events and the systems that report them, below /t/<slug>/. An event inside a change stands at its place
there. What systems call is no page: it lies below /api/v1/."""

from django.urls import path

from events.api import urls as api
from events.leavers import views as leavers
from events.standing import views as standing
from events.systems import views as systems
from events.types import views as types
from events.views import reading, waiting, writing

api_urlpatterns = api.urlpatterns

tenant_urlpatterns = [
    path("events/", reading.events, name="events"),
    path("events/<int:pk>/", reading.event, name="event"),
    path("events/<int:pk>/spread/", reading.event_spread, name="event-spread"),
    path("events/new/", writing.event_new, name="event-new"),
    path("events/leavers/", leavers.event_leavers, name="event-leavers"),
    path("events/due/", waiting.events_due, name="events-due"),
    path("events/withdraw/<int:pk>/", waiting.event_withdraw, name="event-withdraw"),
    path("events/<int:pk>/stop-repeating/", waiting.event_stop_repeating, name="event-stop-repeating"),
    path("events/close/<int:pk>/", waiting.incident_close, name="incident-close"),
    path("changes/<int:number>/events/<int:position>/edit/", writing.event_in_change, name="event-in-change"),
    path("standing-approvals/", standing.standing_approvals, name="standing-approvals"),
    path("standing-approvals/new/", standing.standing_approval_new, name="standing-approval-new"),
    path("standing-approvals/<int:pk>/", standing.standing_approval, name="standing-approval"),
    path(
        "standing-approvals/<int:pk>/withdraw/", standing.standing_approval_withdraw, name="standing-approval-withdraw"
    ),
    path(
        "changes/<int:number>/standing-approvals/<int:position>/edit/",
        standing.standing_approval_in_change,
        name="standing-approval-in-change",
    ),
    path("systems/", systems.systems, name="systems"),
    path("systems/new/", systems.system_new, name="system-new"),
    path("systems/<int:pk>/", systems.system, name="system"),
    path("systems/<int:pk>/edit/", systems.system_edit, name="system-edit"),
    path("systems/<int:pk>/close/", systems.system_close, name="system-close"),
    path("systems/<int:pk>/open/", systems.system_open, name="system-open"),
    path("systems/<int:pk>/keys/new/", systems.key_new, name="key-new"),
    path("systems/keys/<int:pk>/revoke/", systems.key_revoke, name="key-revoke"),
    path("event-types/", types.event_types, name="event-types"),
    path("event-types/new/", types.event_type_new, name="event-type-new"),
    path("event-types/<int:pk>/", types.event_type, name="event-type"),
    path("event-types/<int:pk>/edit/", types.event_type_edit, name="event-type-edit"),
    path("event-types/<int:pk>/delete/", types.event_type_delete, name="event-type-delete"),
]
