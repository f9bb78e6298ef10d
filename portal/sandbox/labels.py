"""Retention labels (contract L1 to L7, sections 3.2, 3.3 and 3.7)."""

from typing import Any
from uuid import uuid4

from portal.sandbox import event_types, rules, schema
from portal.sandbox.calls import Call
from portal.sandbox.errors import broken_rule, deletion_refused, malformed, not_found, not_updatable
from portal.sandbox.messages import Answer, Json
from portal.sandbox.templates import visible

LABELS = "retentionLabels"
UPDATABLE = (
    "descriptionForAdmins",
    "descriptionForUsers",
    "retentionDuration",
    "dispositionReviewStages",
    "defaultRecordBehavior",
    "labelToBeApplied",
)
BLANK: Json = {
    "behaviorDuringRetentionPeriod": "doNotRetain",
    "actionAfterRetentionPeriod": "none",
    "retentionTrigger": None,
    "retentionDuration": None,
    "defaultRecordBehavior": "startLocked",
    "isInUse": False,
    "labelToBeApplied": None,
    "descriptionForAdmins": None,
    "descriptionForUsers": None,
}


def list_all(call: Call) -> Answer:
    return call.collection([visible_label(label, call) for label in call.store.everything(LABELS)])


def get(call: Call) -> Answer:
    return call.entity(visible_label(call.store.get(LABELS, call.ids[0]), call))


def create(call: Call) -> Answer:
    body = schema.read_body(call.request)
    schema.check_members(body, schema.LABEL, "retentionLabel")
    rules.check_plain_name(body.get("displayName", ""))
    for name in ("behaviorDuringRetentionPeriod", "actionAfterRetentionPeriod"):
        if name not in body:
            raise malformed(f"Property '{name}' is required.")
    label = _new(body, call)
    rules.check_descriptions(label)
    rules.check_label(label, call.store)
    call.store.refuse_taken(LABELS, label["displayName"])
    if len(call.store.objects[LABELS]) >= rules.MOST_LABELS:
        raise broken_rule(f"A tenant holds at most {rules.MOST_LABELS} retention labels.")
    label = call.store.add(LABELS, label)
    call.accept(label, body)
    return call.entity(visible_label(label, call), status=201)


def _new(body: Json, call: Call) -> Json:
    event_type = (
        call.bound(body[schema.EVENT_TYPE_BIND], "retentionEventTypes") if schema.EVENT_TYPE_BIND in body else {}
    )
    plain = {name: value for name, value in body.items() if "@" not in name and name != "descriptors"}
    return (
        {"displayName": body["displayName"], **BLANK, "dispositionReviewStages": [], **plain}
        | call.stamps()
        | call.edit_stamps()
        | {"_eventType": event_type.get("id"), **_described(body.get("descriptors", {}), call)}
    )


def _described(binds: Json, call: Call) -> Json:
    """The labels carry copies of what the templates say, not their ids (contract section 4.5)."""
    templates = {}
    for name, source in schema.BOUND_SETS.items():
        if url := binds.get(f"{name}Template@odata.bind"):
            templates[name] = call.bound(url, source)
    return {
        "descriptors": descriptors_of(templates),
        "_templates": {name: template["id"] for name, template in templates.items()},
    }


def descriptors_of(templates: dict[str, Json]) -> Json:
    """A filePlanDescriptor with values copied from `templates`, keyed by its own property names."""
    values: Json = {"id": str(uuid4())}
    for name in schema.BOUND_SETS:
        template = templates.get(name)
        values[name] = template and {"displayName": template["displayName"]}
    if citation := templates.get("citation"):
        values["citation"] |= {part: citation[part] for part in ("citationUrl", "citationJurisdiction")}
    if values["category"]:
        values["category"]["subcategory"] = None
    return values


def update(call: Call) -> Answer:
    label = call.store.get(LABELS, call.ids[0])
    body = schema.read_body(call.request)
    schema.check_members(body, schema.LABEL, "retentionLabel")
    _refuse_immutable(label, body, call)
    changes = {name: body[name] for name in UPDATABLE if name in body}
    if "dispositionReviewStages" in changes and "actionAfterRetentionPeriod" not in body:
        raise broken_rule("'dispositionReviewStages' is sent together with 'actionAfterRetentionPeriod'.")
    after = {**label, **changes}
    rules.check_descriptions(after)
    if any(after[name] != label[name] for name in UPDATABLE[2:]):
        rules.check_label(after, call.store)
        rules.check_change(label, after)
    return _store(label, changes, body, call)


def _store(label: Json, changes: Json, body: Json, call: Call) -> Answer:
    label.update(changes | call.edit_stamps())
    call.accept(label, body)
    return call.entity(visible_label(label, call))


def _refuse_immutable(label: Json, body: Json, call: Call) -> None:
    """An unchanged value is accepted: stages have to be sent with the action they belong to (contract T13)."""
    for name, value in body.items():
        if name not in UPDATABLE and name != "@odata.type" and not _same(label, name, value, call):
            raise not_updatable(name)


def _same(label: Json, name: str, value: Any, call: Call) -> bool:
    if name == schema.EVENT_TYPE_BIND:
        return bool(call.bound(value, "retentionEventTypes")["id"] == label["_eventType"])
    if name == "descriptors":
        return bool(_described(value, call)["_templates"] == label["_templates"])
    return bool(label[name] == value)


def delete(call: Call) -> Answer:
    """Domain rules 2.3: a standard label in use goes, and takes the retention of its items with it."""
    label = call.store.get(LABELS, call.ids[0])
    behavior = label["behaviorDuringRetentionPeriod"]
    if label["retentionTrigger"] == "dateOfEvent":
        raise deletion_refused("An event-based label can't be deleted.")
    if behavior == "retainAsRegulatoryRecord":
        raise deletion_refused("A regulatory record label can't be deleted.")
    if behavior == "retainAsRecord" and label["isInUse"]:
        raise deletion_refused("The label is applied to items as a record and can't be deleted.")
    if _replaces_another(label, call):
        raise deletion_refused("Another label is replaced by this label, so it can't be deleted.")
    del call.store.objects[LABELS][label["id"]]
    call.accept(label)
    return Answer(204)


def _replaces_another(label: Json, call: Call) -> bool:
    name = label["displayName"].casefold()
    others = call.store.objects[LABELS].values()
    return any((other["labelToBeApplied"] or "").strip().casefold() == name for other in others)


def get_descriptors(call: Call) -> Answer:
    return call.entity(call.store.get(LABELS, call.ids[0])["descriptors"])


def get_template(call: Call) -> Answer:
    label = call.store.get(LABELS, call.ids[0])
    name = call.request.path.rpartition("/")[2].removesuffix("Template")
    if name not in label["_templates"]:
        raise not_found(f"{name}Template")
    return call.entity(visible(call.store.get(schema.BOUND_SETS[name], label["_templates"][name])))


def visible_label(label: Json, call: Call) -> Json:
    """As Graph answers it: stages inline, the other two navigation properties only when expanded."""
    shown = {name: value for name, value in label.items() if not name.startswith("_") and name != "descriptors"}
    if "descriptors" in call.expand:
        shown["descriptors"] = label["descriptors"]
    if event_types.TYPE in call.expand:
        shown[event_types.TYPE] = event_types.named_by(label, call)
    return shown
