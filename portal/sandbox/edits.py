"""What somebody else does to the tenant in Purview, past every rule that Graph has."""

from typing import Any

from portal.sandbox import events, propagation
from portal.sandbox.errors import malformed, not_found
from portal.sandbox.labels import BLANK, descriptors_of
from portal.sandbox.messages import Json, now
from portal.sandbox.schema import BOUND_SETS
from portal.sandbox.store import SETS, Store

EMPTY: dict[str, Json] = {
    "retentionLabels": {**BLANK, "dispositionReviewStages": [], "_eventType": None, "_templates": {}},
    "citations": {"citationUrl": None, "citationJurisdiction": None},
    "retentionEventTypes": {"description": None},
    "retentionEvents": {**events.BLANK, "_eventType": None},
}
SOMEBODY = "Somebody in Purview"


def edit(store: Store, action: str, name: str, target: str | None, body: Json, *, by: str = SOMEBODY) -> Json:
    """Create, patch or delete an object of set `name` and return what it was or is.

    `target` is an id or a display name. `body` is written as Graph would answer it; an event type, a category and
    descriptor values are given by display name: `{"retentionEventType": "Case closed"}`,
    `{"descriptors": {"category": {"displayName": "Personnel", "subcategory": {"displayName": "Contracts"}}}}`.
    """
    if name not in SETS or action not in ("create", "patch", "delete"):
        raise malformed(f"There is no '{action}' of '{name}'.")
    identity = {"user": {"id": None, "displayName": by}}
    if action == "create":
        entity = _create(store, name, body, identity)
    else:
        entity = find(store, name, target)
        if action == "delete":
            del store.objects[name][entity["id"]]
        else:
            entity.update(_resolved(store, body) | _modified(name, identity))
    store.save()
    return entity


def _create(store: Store, name: str, body: Json, identity: Json) -> Json:
    values: Json = {"displayName": "", **EMPTY.get(name, {}), "createdBy": identity, "createdDateTime": now()}
    if name == "retentionLabels":
        values["descriptors"] = descriptors_of({})
    return store.add(name, values | _modified(name, identity) | _resolved(store, body))


def _modified(name: str, identity: Json) -> Json:
    """Templates know no last change (contract section 3.6)."""
    if name not in ("retentionLabels", "retentionEventTypes", "retentionEvents"):
        return {}
    return {"lastModifiedBy": identity, "lastModifiedDateTime": now()}


def find(store: Store, name: str, target: Any) -> Json:
    """By id or by display name."""
    found = store.objects[name].get(str(target)) or store.find(name, str(target))
    if found is None:
        raise not_found(str(target))
    return found


def _resolved(store: Store, body: Json) -> Json:
    """`body` with names of other objects turned into what the store keeps."""
    values = dict(body)
    if "retentionEventType" in values:
        event_type = values.pop("retentionEventType")
        values["_eventType"] = event_type and find(store, "retentionEventTypes", event_type)["id"]
    if "category" in values:
        values["_category"] = find(store, "categories", values.pop("category"))["id"]
    if "descriptors" in values:
        values |= _described(store, values["descriptors"])
    return values


def _described(store: Store, given: Json) -> Json:
    """A value without a template of that name is kept as text, as Purview keeps it when a template goes."""
    templates = {}
    for name, source in BOUND_SETS.items():
        value = given.get(name)
        if value and (template := store.find(source, value["displayName"])):
            templates[name] = template
    copied = descriptors_of(templates) | {name: value for name, value in given.items() if value}
    if copied["category"]:
        copied["category"] = {"subcategory": None, **copied["category"]}
    return {"descriptors": copied, "_templates": {name: template["id"] for name, template in templates.items()}}


def set_in_use(store: Store, target: str, value: bool) -> Json:
    """Items start or stop carrying the label. That is no change of the label: its dates stay."""
    label = find(store, "retentionLabels", target)
    label["isInUse"] = value
    store.save()
    return label


def propagate(store: Store, target: str, step: Any) -> Json:
    """The event reaches a step of its way (`propagation.STEPS`) and stays there."""
    event = find(store, "retentionEvents", target)
    propagation.hold(event, step)
    store.save()
    return event
