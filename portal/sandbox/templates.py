"""The five sets of file plan descriptors and the subcategories (contract F1 to F7, section 3.6)."""

from portal.sandbox import rules, schema
from portal.sandbox.calls import Call
from portal.sandbox.errors import deletion_refused, not_found
from portal.sandbox.messages import Answer, Json

SINGULAR = {source: f"{name}Template" for name, source in schema.BOUND_SETS.items()}


def list_all(call: Call) -> Answer:
    return call.collection([visible(template) for template in call.store.everything(_set(call))])


def get(call: Call) -> Answer:
    return call.entity(visible(call.store.get(_set(call), call.ids[0])))


def create(call: Call) -> Answer:
    return _create(call, _set(call), SINGULAR[_set(call)], {})


def delete(call: Call) -> Answer:
    """Refused while a label carries the value. Subcategories are contained, so they go with their category."""
    name, template = _set(call), call.store.get(_set(call), call.ids[0])
    labels = call.store.objects["retentionLabels"].values()
    if any(template["id"] in label["_templates"].values() for label in labels):
        raise deletion_refused("The value is used by a label and can't be deleted.")
    children = call.store.objects["subcategories"]
    for child in [child for child in children.values() if child["_category"] == template["id"]]:
        del children[child["id"]]
    del call.store.objects[name][template["id"]]
    call.accept(template)
    return Answer(204)


def list_subcategories(call: Call) -> Answer:
    parent = call.store.get("categories", call.ids[0])
    return call.collection([visible(child) for child in _children(call, parent["id"])])


def get_subcategory(call: Call) -> Answer:
    parent = call.store.get("categories", call.ids[0])
    child = call.store.get("subcategories", call.ids[1])
    if child["_category"] != parent["id"]:
        raise not_found(call.ids[1])
    return call.entity(visible(child))


def create_subcategory(call: Call) -> Answer:
    """Names are unique in the tenant, not only below their category (VR-52)."""
    parent = call.store.get("categories", call.ids[0])
    return _create(call, "subcategories", "subcategoryTemplate", {"_category": parent["id"]})


def _create(call: Call, name: str, type_name: str, extra: Json) -> Answer:
    body = schema.read_body(call.request)
    checks = schema.CITATION if name == "citations" else schema.TEMPLATE
    schema.check_members(body, checks, type_name)
    rules.check_name(body.get("displayName"))
    call.store.refuse_taken(name, body["displayName"])
    values = {part: body.get(part) for part in checks}
    template = call.store.add(name, values | call.stamps() | extra)
    call.accept(template, body)
    return call.entity(visible(template), status=201)


def visible(entity: Json) -> Json:
    return {name: value for name, value in entity.items() if not name.startswith("_")}


def _set(call: Call) -> str:
    return call.resource.split("/")[1]


def _children(call: Call, category: str) -> list[Json]:
    return [child for child in call.store.everything("subcategories") if child["_category"] == category]
