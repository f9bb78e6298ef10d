"""Retention events (contract E1 to E5, section 3.4). They are created and deleted, never changed."""

from datetime import UTC, datetime

from portal.sandbox import event_types, propagation, rules, schema
from portal.sandbox.calls import Call
from portal.sandbox.errors import malformed
from portal.sandbox.messages import Answer, Json, stamp
from portal.sandbox.templates import visible

EVENTS = "retentionEvents"
BLANK: Json = {"description": None, "eventTriggerDateTime": None, "eventQueries": []}


def list_all(call: Call) -> Answer:
    return call.collection([visible_event(event, call) for event in call.store.everything(EVENTS)])


def get(call: Call) -> Answer:
    return call.entity(visible_event(call.store.get(EVENTS, call.ids[0]), call))


def create(call: Call) -> Answer:
    """A second event of a name is accepted unless the server was told otherwise: the worst case for a client."""
    body = schema.read_body(call.request)
    schema.check_members(body, schema.EVENT, "retentionEvent")
    rules.check_plain_name(body.get("displayName", ""))
    rules.check_queries(body.get("eventQueries", []), may_lack=call.options.unscoped_events)
    if schema.EVENT_TYPE_BIND not in body:
        raise malformed(f"'{schema.EVENT_TYPE_BIND}' is required.")
    event_type = call.bound(body[schema.EVENT_TYPE_BIND], event_types.TYPES)
    if call.options.unique_event_names:
        call.store.refuse_taken(EVENTS, body["displayName"])
    event = call.store.add(EVENTS, _new(body) | call.stamps() | call.edit_stamps() | {"_eventType": event_type["id"]})
    call.accept(event, body)
    return call.entity(visible_event(event, call), status=201)


def _new(body: Json) -> Json:
    queries = [{name: query[name] for name in schema.EVENT_QUERY} for query in body.get("eventQueries", [])]
    moment = body.get("eventTriggerDateTime")
    return {
        "displayName": body["displayName"],
        "description": body.get("description"),
        "eventTriggerDateTime": moment and stamp(datetime.fromisoformat(moment).astimezone(UTC)),
        "eventQueries": queries,
    }


def delete(call: Call) -> Answer:
    """The event is forgotten; what it started goes on (contract section 3.4)."""
    event = call.store.get(EVENTS, call.ids[0])
    del call.store.objects[EVENTS][event["id"]]
    call.accept(event)
    return Answer(204)


def visible_event(event: Json, call: Call) -> Json:
    """As Graph answers it: the event type only when it is expanded."""
    known = visible(event) | propagation.shown(event, call.options)
    if event_types.TYPE in call.expand:
        known[event_types.TYPE] = event_types.named_by(event, call)
    return known
