"""Retention event types (contract Y1 to Y5, section 3.5)."""

from portal.sandbox import rules, schema
from portal.sandbox.calls import Call
from portal.sandbox.errors import deletion_refused, not_found, not_updatable
from portal.sandbox.messages import Answer, Json
from portal.sandbox.templates import visible

TYPES = "retentionEventTypes"
TYPE = "retentionEventType"
USERS = {"retentionLabels": "a label", "retentionEvents": "an event"}


def list_all(call: Call) -> Answer:
    return call.collection([visible(item) for item in call.store.everything(TYPES)])


def get(call: Call) -> Answer:
    return call.entity(visible(call.store.get(TYPES, call.ids[0])))


def create(call: Call) -> Answer:
    body = schema.read_body(call.request)
    schema.check_members(body, schema.EVENT_TYPE, "retentionEventType")
    rules.check_name(body.get("displayName"))
    call.store.refuse_taken(TYPES, body["displayName"])
    values = {"displayName": body["displayName"], "description": body.get("description")}
    event_type = call.store.add(TYPES, values | call.stamps() | call.edit_stamps())
    call.accept(event_type, body)
    return call.entity(visible(event_type), status=201)


def update(call: Call) -> Answer:
    """The description; the name only where the server was told so (contract section 3.5)."""
    event_type = call.store.get(TYPES, call.ids[0])
    body = schema.read_body(call.request)
    schema.check_members(body, schema.EVENT_TYPE, "retentionEventType")
    name = {**event_type, **body}["displayName"]
    if name != event_type["displayName"]:
        if not call.options.renames_event_types:
            raise not_updatable("displayName")
        rules.check_name(name)
        call.store.refuse_taken(TYPES, name)
    changes = {part: value for part, value in body.items() if part in schema.EVENT_TYPE}
    event_type.update(changes | call.edit_stamps())
    call.accept(event_type, body)
    return call.entity(visible(event_type))


def delete(call: Call) -> Answer:
    event_type = call.store.get(TYPES, call.ids[0])
    for name, user in USERS.items():
        if any(item["_eventType"] == event_type["id"] for item in call.store.objects[name].values()):
            raise deletion_refused(f"The event type is used by {user} and can't be deleted.")
    del call.store.objects[TYPES][event_type["id"]]
    call.accept(event_type)
    return Answer(204)


def get_of(call: Call) -> Answer:
    """The event type of the label or the event in the path."""
    named = named_by(call.store.get(call.resource.split("/")[1], call.ids[0]), call)
    if named is None:
        raise not_found(TYPE)
    return call.entity(named)


def named_by(entity: Json, call: Call) -> Json | None:
    """The event type that a label or an event refers to, as it is answered."""
    event_type = call.store.objects[TYPES].get(entity["_eventType"] or "")
    return event_type and visible(event_type)
