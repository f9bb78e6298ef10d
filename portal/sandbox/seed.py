"""From the plan to the objects of a tenant. Everything here is the same on every start, ids included."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from portal.sandbox import plan
from portal.sandbox.labels import BLANK, descriptors_of
from portal.sandbox.messages import Json
from portal.sandbox.schema import BOUND_SETS
from portal.sandbox.store import SETS

Objects = dict[str, dict[str, Json]]
Row = dict[str, str]
PLAN = Path(__file__).with_name("plan.csv")
BEHAVIORS = {
    "none": "doNotRetain",
    "retain": "retain",
    "record": "retainAsRecord",
    "regulatory": "retainAsRegulatoryRecord",
}
TRIGGERS = {"created": "dateCreated", "modified": "dateModified", "labelled": "dateLabeled", "event": "dateOfEvent"}
ACTIONS = {"none": "none", "delete": "delete", "review": "startDispositionReview", "relabel": "relabel"}
PEOPLE = ("Maren Okafor", "Rita Ferreira", "Tomasz Lind")
FIRST_DAY = datetime(2023, 2, 6, 9, 15, tzinfo=UTC)
SERIES: Row = {
    "name": "PRJ Project file series {:04}",
    "reference": "",
    "kept": "retain",
    "starts": "created",
    "then": "delete",
    "function": "Projects",
    "category": "Delivery",
    "subcategory": "Closed",
    "authority": "",
    "citation": "",
    "note": "",
}


def objects(labels: int) -> Objects:
    """A tenant of that many labels; none at all means an empty tenant, without descriptors and event types."""
    tenant: Objects = {name: {} for name in SETS}
    if labels:
        rows = _rows()
        _add_event_types(tenant)
        _add_templates(tenant, rows[:labels])
        for row in rows[:labels]:
            _add_label(tenant, row)
        for number in range(len(rows) + 1, labels + 1):
            _add_label(tenant, SERIES | {"name": SERIES["name"].format(number), "days": str(366 + number % 30 * 365)})
    return tenant


def _rows() -> list[Row]:
    """The plan. `starts` is a trigger or `event:` with its type, `then` an action, `review:` with the stages joined by
    `+`, or `relabel:` with the next label.
    """
    with PLAN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _add(tenant: Objects, name: str, display_name: str, values: Json, *, modified: bool = False) -> Json:
    """Add an object whose id and dates follow from its name and place."""
    number = len(tenant[name])
    stamp = (FIRST_DAY + timedelta(days=number * 3, minutes=number * 7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    person = {"user": {"id": None, "displayName": PEOPLE[number % len(PEOPLE)]}}
    entity: Json = {"id": _id(name, display_name), "displayName": display_name, **values}
    entity |= {"createdBy": person, "createdDateTime": stamp}
    if modified:
        entity |= {"lastModifiedBy": person, "lastModifiedDateTime": stamp}
    tenant[name][entity["id"]] = entity
    return entity


def _id(name: str, display_name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"https://harrowvale.example/{name}/{display_name}"))


def _add_event_types(tenant: Objects) -> None:
    for name, description in plan.EVENT_TYPES.items():
        _add(tenant, "retentionEventTypes", name, {"description": description}, modified=True)


def _add_templates(tenant: Objects, rows: list[Row]) -> None:
    """Every descriptor value these labels mention, once."""
    for row in rows:
        for source, column in (
            ("departments", "function"),
            ("authorities", "authority"),
            ("filePlanReferences", "reference"),
        ):
            _add_once(tenant, source, row[column], {})
        _add_once(tenant, "categories", row["category"], {})
        _add_once(tenant, "subcategories", row["subcategory"], {"_category": _id("categories", row["category"])})
    for name, (url, jurisdiction) in plan.CITATIONS.items():
        _add(tenant, "citations", name, {"citationUrl": url, "citationJurisdiction": jurisdiction})


def _add_once(tenant: Objects, name: str, value: str, values: Json) -> None:
    if value and _id(name, value) not in tenant[name]:
        _add(tenant, name, value, values)


def _add_label(tenant: Objects, row: Row) -> None:
    start, _, event_type = row["starts"].partition(":")
    then, _, following = row["then"].partition(":")
    values = BLANK | {
        "behaviorDuringRetentionPeriod": BEHAVIORS[row["kept"]],
        "actionAfterRetentionPeriod": ACTIONS[then],
        "retentionTrigger": TRIGGERS.get(start),
        "retentionDuration": _duration(row["days"]),
        "defaultRecordBehavior": "startUnlocked" if row["note"] == "unlocked" else "startLocked",
        "isInUse": row["note"] == "used",
        "labelToBeApplied": following if then == "relabel" else None,
        "descriptionForAdmins": f"{row['function']}, series {row['reference']}" if row["reference"] else None,
        "dispositionReviewStages": _stages(following if then == "review" else ""),
        "_eventType": _id("retentionEventTypes", event_type) if event_type else None,
    }
    _add(tenant, "retentionLabels", row["name"], values | _described(tenant, row), modified=True)


def _duration(days: str) -> Any:
    prefix = "#microsoft.graph.security.retentionDuration"
    if days == "forever":
        return {"@odata.type": f"{prefix}Forever"}
    return {"@odata.type": f"{prefix}InDays", "days": int(days)} if days.isdecimal() else None


def _stages(names: str) -> list[Json]:
    return [
        {"stageNumber": str(number), "name": plan.STAGES[name][0], "reviewersEmailAddresses": [*plan.STAGES[name][1]]}
        for number, name in enumerate(names.split("+") if names else [], start=1)
    ]


def _described(tenant: Objects, row: Row) -> Json:
    """Descriptors as labels carry them."""
    columns = {"department": "function", "filePlanReference": "reference"}
    templates = {}
    for name, source in BOUND_SETS.items():
        if value := row[columns.get(name, name)]:
            templates[name] = tenant[source][_id(source, value)]
    copied = descriptors_of(templates) | {"id": _id("descriptors", row["name"])}
    if row["subcategory"]:
        copied["category"]["subcategory"] = {"displayName": row["subcategory"]}
    return {"descriptors": copied, "_templates": {name: template["id"] for name, template in templates.items()}}
