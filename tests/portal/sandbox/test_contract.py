"""Contract section 10 as a table: what the sandbox refuses, and what it can be told to do."""

import pytest
import requests

from portal.sandbox.options import Options
from tests.portal.sandbox import batch_rows, event_rows
from tests.portal.sandbox.row import (
    BAD,
    CITATIONS,
    LABELS,
    RULE,
    SECURITY,
    TYPE_URL,
    TYPES,
    UNKNOWN,
    Row,
    behaves,
    entity,
    first,
    without,
)

DAYS = {"@odata.type": "#microsoft.graph.security.retentionDurationInDays", "days": 731}
FOREVER = {"@odata.type": "#microsoft.graph.security.retentionDurationForever"}
STAGE = {"stageNumber": "1", "name": "Review", "reviewersEmailAddresses": ["records@harrowvale.example"]}
LABEL = {
    "displayName": "New label",
    "behaviorDuringRetentionPeriod": "retain",
    "actionAfterRetentionPeriod": "delete",
    "retentionTrigger": "dateCreated",
    "retentionDuration": DAYS,
}
REVIEW = {"actionAfterRetentionPeriod": "startDispositionReview", "dispositionReviewStages": [STAGE]}
RECORD = {"behaviorDuringRetentionPeriod": "retainAsRecord"}
REGULATORY = {"behaviorDuringRetentionPeriod": "retainAsRegulatoryRecord"}
TAG = {"behaviorDuringRetentionPeriod": "doNotRetain", "actionAfterRetentionPeriod": "none"}
RELABEL = {"actionAfterRetentionPeriod": "relabel", "labelToBeApplied": "GEN Personal"}
EVENT = {
    "retentionTrigger": "dateOfEvent",
    "retentionEventType@odata.bind": f"{TYPE_URL}('<retentionEventTypes/Case closed>')",
}
PAYROLL = f"{LABELS}/<retentionLabels/HR Payroll tax 7y>"
PERSONNEL = f"{LABELS}/<retentionLabels/HR Personnel file 10y>"
TRADE = f"{LABELS}/<retentionLabels/FIN Trade record 6y>"
BATCH = f"{LABELS}/<retentionLabels/MFG Batch record 11y>"
IMMUTABLE = "propertyNotUpdateable"


def created(name, status=400, code="", /, *, less=(), **changes):
    """A row that creates a label; names with an at sign come as `bind`."""
    body = without({**LABEL, **changes.pop("also", {}), **changes}, *less)
    return Row(f"create: {name}", "POST", LABELS, body, status, code)


def patched(name, path, body, status=400, code="invalidRequest", **more):
    return Row(f"patch: {name}", "PATCH", path, body, status, code, **more)


def deleted(name, path, status=409, code="notAllowed"):
    return Row(f"delete: {name}", "DELETE", path, None, status, code)


def stages(*changes):
    return REVIEW | {
        "dispositionReviewStages": [STAGE | {"stageNumber": str(n + 1)} | c for n, c in enumerate(changes)]
    }


def described(bind):
    return {"descriptors": bind}


CITATION = "<citations/UK GDPR art 5>"
CATEGORY = "<categories/Governance>"

SHAPES = [
    created("a plain label", 201),
    created("spaced key", 400, BAD, **stages({"reviewersEmailAddresses ": ["a@b.example"]})),
    created("snake-case key", 400, BAD, also={"display_name": "New label"}),
    created("snake-case bind", 400, BAD, also={"retention_event_type@odata_bind": "x"}),
    created("numeric stage number", 400, BAD, **stages({"stageNumber": 1})),
    created("id on a stage", 400, BAD, **stages({"id": "1"})),
    created("unknown property", 400, BAD, isRecordLabel=True),
    created("unknown property of a descriptor", 400, BAD, **described({"authority": {"displayName": "Tax"}})),
    created("subcategory bind", 400, BAD, **described({"subcategoryTemplate@odata.bind": "x"})),
    *(
        created(f"read-only {name}", 400, BAD, **{name: value})
        for name, value in {"id": UNKNOWN, "isInUse": False, "createdBy": {}, "lastModifiedDateTime": "x"}.items()
    ),
    created("days without type", 400, BAD, retentionDuration={"days": 731}),
    created("abstract duration", 400, BAD, retentionDuration={}),
    created("days as text", 400, BAD, retentionDuration=DAYS | {"days": "731"}),
    created("days as fraction", 400, BAD, retentionDuration=DAYS | {"days": 731.0}),
    created("days as truth", 400, BAD, retentionDuration=DAYS | {"days": True}),
    created("days missing", 400, BAD, retentionDuration=without(DAYS, "days")),
    created("days of zero", 400, BAD, retentionDuration=DAYS | {"days": 0}),
    created("days beyond a century", 400, BAD, retentionDuration=DAYS | {"days": 36_526}),
    created("days of a century", 201, retentionDuration=DAYS | {"days": 36_525}),
    created("days on for ever", 400, BAD, retentionDuration=FOREVER | {"days": 1}),
    created("another duration type", 400, BAD, retentionDuration={"@odata.type": "#microsoft.graph.security.weeks"}),
    created("type without hash", 201, retentionDuration=DAYS | {"@odata.type": DAYS["@odata.type"][1:]}),
    *(
        created(f"{name} {value}", 400, BAD, **{name: value})
        for name, value in {
            "behaviorDuringRetentionPeriod": "Retain",
            "actionAfterRetentionPeriod": "unknownFutureValue",
            "retentionTrigger": "dateOpened",
            "defaultRecordBehavior": 0,
        }.items()
    ),
    *(created(f"no {name}", 400, less=[name]) for name in LABEL),
    created("null name", 400, BAD, displayName=None),
    created("number for a name", 400, BAD, displayName=7),
    created("stages that are one", 400, BAD, dispositionReviewStages=STAGE),
    created("stage that is a text", 400, BAD, dispositionReviewStages=["Review"]),
    created("reviewers that are one", 400, BAD, **stages({"reviewersEmailAddresses": "a@b.example"})),
    created("reviewer that is an object", 400, BAD, **stages({"reviewersEmailAddresses": [{}]})),
    created("type of another entity", 400, BAD, also={"@odata.type": "#microsoft.graph.security.citationTemplate"}),
    created("own type", 201, also={"@odata.type": "#microsoft.graph.security.retentionLabel"}),
    created("null descriptors", 400, BAD, descriptors=None),
    created("null stages", 400, BAD, dispositionReviewStages=None),
    Row("create: not JSON", "POST", LABELS, "{,}", 400, BAD),
    Row("create: a name twice", "POST", LABELS, '{"displayName": "a", "displayName": "b"}', 400, BAD),
    Row("create: a list", "POST", LABELS, "[]", 400, BAD),
    Row("create: not a number", "POST", LABELS, '{"days": NaN}', 400, BAD),
    Row("create: plain text", "POST", LABELS, LABEL, 415, headers={"Content-Type": "text/plain"}),
    Row("create: no content type", "POST", LABELS, None, 415),
    Row("patch: form", "PATCH", PAYROLL, {}, 415, headers={"Content-Type": "application/x-www-form-urlencoded"}),
]

BINDS = [
    created("event type bound by key", 201, **EVENT),
    created(
        "event type bound by segment",
        201,
        also=EVENT | {"retentionEventType@odata.bind": f"{TYPE_URL}/<retentionEventTypes/Case closed>"},
    ),
    *(
        created(f"event type bound {name}", 400, BAD, **EVENT | {"retentionEventType@odata.bind": url})
        for name, url in {
            "in the singular": f"{TYPE_URL[:-1]}('<retentionEventTypes/Case closed>')",
            "in another version": f"{TYPE_URL.replace('v1.0', 'beta')}('<retentionEventTypes/Case closed>')",
            "on another host": "https://graph.microsoft.com/v1.0/security/triggerTypes/retentionEventTypes('"
            "<retentionEventTypes/Case closed>')",
            "relatively": "/v1.0/security/triggerTypes/retentionEventTypes('<retentionEventTypes/Case closed>')",
            "by name": "Case closed",
            "to nothing": f"{TYPE_URL}('{UNKNOWN}')",
            "to a malformed id": f"{TYPE_URL}('1')",
            "to another set": f"<root>/v1.0/security/labels/citations('{CITATION}')",
        }.items()
    ),
    created(
        "descriptors",
        201,
        **described(
            {
                "categoryTemplate@odata.bind": f"<root>{SECURITY}/labels/categories('{CATEGORY}')",
                "citationTemplate@odata.bind": f"<root>{CITATIONS}/{CITATION}",
            }
        ),
    ),
    created(
        "descriptor of another set",
        400,
        BAD,
        **described({"authorityTemplate@odata.bind": f"<root>{SECURITY}/labels/categories('{CATEGORY}')"}),
    ),
    created(
        "descriptor that is unknown",
        400,
        BAD,
        **described({"authorityTemplate@odata.bind": f"<root>{SECURITY}/labels/authorities('{UNKNOWN}')"}),
    ),
]

COMBINATIONS = [
    created("blank name", 400, RULE, displayName="  "),
    created("long name", 400, RULE, displayName="x" * 65),
    created("longest name", 201, displayName="x" * 64),
    created("name with outer space", 400, RULE, displayName="New label "),
    created("name with forbidden character", 400, RULE, displayName="New: label"),
    created("name in another script", 201, displayName="Übergabe (neu)"),
    created("taken name in other case", 409, "nameAlreadyExists", displayName="hr payroll TAX 7y"),
    created("long description", 400, RULE, descriptionForAdmins="x" * 1025),
    created("duration without trigger", 400, RULE, less=["retentionTrigger"]),
    created("just a tag", 201, also=TAG, less=["retentionTrigger", "retentionDuration"]),
    created("delete-only", 201, behaviorDuringRetentionPeriod="doNotRetain"),
    created("a tag with trigger alone", 400, RULE, also=TAG, less=["retentionDuration"]),
    created("for ever, then nothing", 201, retentionDuration=FOREVER, actionAfterRetentionPeriod="none"),
    created("for ever, then delete", 400, RULE, retentionDuration=FOREVER),
    created("event trigger without type", 400, RULE, retentionTrigger="dateOfEvent"),
    created("type without event trigger", 400, RULE, **EVENT | {"retentionTrigger": "dateCreated"}),
    created("event that does not retain", 400, RULE, **EVENT, behaviorDuringRetentionPeriod="doNotRetain"),
    created("event, then nothing", 400, RULE, **EVENT, actionAfterRetentionPeriod="none"),
    created("event, for ever", 400, RULE, **EVENT, retentionDuration=FOREVER),
    created("event, then another label", 201, **EVENT, **RELABEL),
    created("review", 201, **REVIEW),
    created("stages without review", 400, RULE, dispositionReviewStages=[STAGE]),
    created("no stages, no review", 201, dispositionReviewStages=[]),
    created("review without stages", 400, RULE, **stages()),
    created("review without retaining", 400, RULE, **REVIEW, behaviorDuringRetentionPeriod="doNotRetain"),
    created("five stages", 201, **stages(*({"name": str(n)} for n in range(5)))),
    created("six stages", 400, RULE, **stages(*({"name": str(n)} for n in range(6)))),
    created("stages with a gap", 400, RULE, **stages({}, {"name": "B", "stageNumber": "3"})),
    created("stages of one name", 400, RULE, **stages({}, {"name": "review"})),
    created("stage without name", 400, RULE, **stages({"name": " "})),
    created("stage without reviewer", 400, RULE, **stages({"reviewersEmailAddresses": []})),
    created(
        "eleven reviewers", 400, RULE, **stages({"reviewersEmailAddresses": [f"{n}@b.example" for n in range(11)]})
    ),
    created("reviewer without address", 400, RULE, **stages({"reviewersEmailAddresses": ["Rita"]})),
    created("unlocked record", 201, **RECORD, defaultRecordBehavior="startUnlocked"),
    created("locked without record", 201, defaultRecordBehavior="startLocked"),
    created("unlocked without record", 400, RULE, defaultRecordBehavior="startUnlocked"),
    created("unlocked regulatory record", 400, RULE, **REGULATORY, defaultRecordBehavior="startUnlocked"),
    created("record without period", 400, RULE, also=RECORD, less=["retentionTrigger", "retentionDuration"]),
    created("relabel", 201, **RELABEL),
    created("relabel without name", 400, RULE, actionAfterRetentionPeriod="relabel"),
    created("relabel to a blank", 400, RULE, **RELABEL | {"labelToBeApplied": " "}),
    created("relabel to nothing", 400, RULE, **RELABEL | {"labelToBeApplied": "No such label"}),
    created("relabel to itself", 400, RULE, **RELABEL | {"labelToBeApplied": "New label"}),
    created("next label without relabel", 400, RULE, labelToBeApplied="GEN Personal"),
    created("blank next label", 400, RULE, labelToBeApplied=""),
    created("null next label", 201, labelToBeApplied=None),
    created("relabel of a regulatory record", 400, RULE, **REGULATORY, **RELABEL),
]

OLD_STAGES = ["HR records", "Legal counsel"]
KEPT = [{"name": name} for name in OLD_STAGES]
ARCHIVE = f"{LABELS}/<retentionLabels/PRJ Project file closed>"
PATCHES = [
    patched("descriptions", PAYROLL, {"descriptionForAdmins": "a", "descriptionForUsers": None}, 200, ""),
    patched("duration", PAYROLL, {"retentionDuration": DAYS}, 200, ""),
    patched("unchanged immutable", PAYROLL, {"displayName": "HR Payroll tax 7y", "descriptionForUsers": "b"}, 200, ""),
    *(
        patched(f"immutable {name}", PAYROLL, {name: value}, 400, IMMUTABLE)
        for name, value in {
            "displayName": "HR Payroll tax 8y",
            "behaviorDuringRetentionPeriod": "retain",
            "actionAfterRetentionPeriod": "none",
            "retentionTrigger": "dateModified",
            "descriptors": {"citationTemplate@odata.bind": f"<root>{CITATIONS}/{CITATION}"},
            "retentionEventType@odata.bind": f"{TYPE_URL}/<retentionEventTypes/Case closed>",
        }.items()
    ),
    patched("read-only", PAYROLL, {"isInUse": False}, 400, BAD),
    patched("unknown property", PAYROLL, {"publishedTo": []}, 400, BAD),
    patched("stages without action", PERSONNEL, without(stages(*KEPT), "actionAfterRetentionPeriod")),
    patched("stages renamed", PERSONNEL, stages({"name": "People"}, *KEPT[1:]), 200, ""),
    patched("stages re-staffed", PERSONNEL, stages(*KEPT), 200, ""),
    patched("stages appended", PERSONNEL, stages(*KEPT, {"name": "Third"}), 200, ""),
    patched("stage removed", PERSONNEL, stages(KEPT[0])),
    patched("stages moved", PERSONNEL, stages(*reversed(KEPT))),
    patched("stage put before", PERSONNEL, stages({"name": "New"}, *KEPT)),
    patched("labelled duration", TRADE, {"retentionDuration": DAYS | {"days": 4000}}),
    patched("labelled, unchanged duration", TRADE, {"retentionDuration": DAYS | {"days": 2192}}, 200, ""),
    patched("regulatory shrinks", BATCH, {"retentionDuration": DAYS}),
    patched("regulatory grows", BATCH, {"retentionDuration": DAYS | {"days": 5000}}, 200, ""),
    patched("for ever with review", PERSONNEL, {"retentionDuration": FOREVER}),
    patched("unlocked without record", ARCHIVE, {"defaultRecordBehavior": "startUnlocked"}),
    patched("next label", ARCHIVE, {"labelToBeApplied": "GEN Personal"}, 200, ""),
    patched("next label unknown", ARCHIVE, {"labelToBeApplied": "No such label"}),
    patched("next label in a circle", ARCHIVE, {"labelToBeApplied": "PRJ Project correspondence 3y"}),
    patched("no next label", ARCHIVE, {"labelToBeApplied": None}),
    patched(
        "answers the label",
        PAYROLL,
        {"descriptionForUsers": "b"},
        200,
        "",
        shows=lambda _, answer: entity(answer)["descriptionForUsers"] == "b",
    ),
]

DELETIONS = [
    deleted("unused record", f"{LABELS}/<retentionLabels/COR Shareholder resolution>", 204, ""),
    deleted("record in use", PAYROLL),
    deleted("standard label in use", f"{LABELS}/<retentionLabels/HR Training attendance>", 204, ""),
    deleted("event-based", f"{LABELS}/<retentionLabels/PRJ Project file 2019>"),
    deleted("regulatory", f"{LABELS}/<retentionLabels/MFG Device history file 15y>"),
    deleted("replacement of another", f"{LABELS}/<retentionLabels/LEG Contract archived 6y>"),
    deleted("template in use", f"{CITATIONS}/{CITATION}"),
    deleted("category in use", f"{SECURITY}/labels/categories/{CATEGORY}"),
    deleted("unused template", f"{CITATIONS}/<citations/Charities Act 2011 s 131>", 204, ""),
    deleted("event type in use", f"{TYPES}/<retentionEventTypes/Case closed>"),
    deleted("unused event type", f"{TYPES}/<retentionEventTypes/Product Lifetime (event type)>", 204, ""),
    deleted("unknown", f"{LABELS}/{UNKNOWN}", 404, "itemNotFound"),
    deleted("malformed id", f"{LABELS}/7", 400, BAD),
]

SUBCATEGORIES = f"{SECURITY}/labels/categories/{CATEGORY}/subcategories"
OTHER_KINDS = [
    *(
        Row(f"template: list {name}", path=f"{SECURITY}/labels/{name}", shows=lambda _, answer: first(answer)["id"])
        for name in ("authorities", "categories", "citations", "departments", "filePlanReferences")
    ),
    Row("template: get", path=f"{CITATIONS}/{CITATION}", shows=lambda _, answer: "citationUrl" in entity(answer)),
    Row("event type: list", path=TYPES, shows=lambda _, answer: len(entity(answer)["value"]) == 15),
    Row("event type: get", path=f"{TYPES}/<retentionEventTypes/Case closed>"),
    Row("template: create", "POST", CITATIONS, {"displayName": "New", "citationUrl": "example.org"}, 201),
    Row("template: no name", "POST", CITATIONS, {"citationUrl": "x"}, 400, RULE),
    Row("template: blank name", "POST", CITATIONS, {"displayName": " "}, 400, RULE),
    Row("template: unknown property", "POST", CITATIONS, {"displayName": "New", "description": "x"}, 400, BAD),
    Row("template: long name", "POST", CITATIONS, {"displayName": "x" * 65}, 400, RULE),
    Row("template: taken name", "POST", CITATIONS, {"displayName": "uk gdpr ART 5"}, 409, "nameAlreadyExists"),
    Row("template: read-only", "POST", CITATIONS, {"displayName": "New", "createdBy": {}}, 400, BAD),
    Row(
        "template: of a citation only",
        "POST",
        f"{SECURITY}/labels/authorities",
        {"displayName": "New", "citationUrl": "x"},
        400,
        BAD,
    ),
    Row("template: patch", "PATCH", f"{CITATIONS}/{CITATION}", {"displayName": "x"}, 405),
    Row("template: by reference", "DELETE", f"{CITATIONS}/{CITATION}/$ref", None, 405),
    Row("subcategory: create", "POST", SUBCATEGORIES, {"displayName": "New"}, 201),
    Row("subcategory: name below another category", "POST", SUBCATEGORIES, {"displayName": "Trials"}, 409),
    Row("subcategory: get", path=f"{SUBCATEGORIES}/<subcategories/Board>"),
    Row("subcategory: of another category", path=f"{SUBCATEGORIES}/<subcategories/Trials>", status=404),
    Row("subcategory: patch", "PATCH", f"{SUBCATEGORIES}/<subcategories/Board>", {"displayName": "x"}, 405),
    Row("subcategory: delete", "DELETE", f"{SUBCATEGORIES}/<subcategories/Board>", None, 405),
    Row("subcategory: other casing", path=SUBCATEGORIES.replace("subc", "subC"), status=400),
    Row("event type: create", "POST", TYPES, {"displayName": "New", "description": None}, 201),
    Row("event type: no name", "POST", TYPES, {"description": "x"}, 400, RULE),
    Row("event type: blank name", "POST", TYPES, {"displayName": " "}, 400, RULE),
    Row("event type: long name", "POST", TYPES, {"displayName": "x" * 65}, 400, RULE),
    Row("event type: unknown property", "POST", TYPES, {"displayName": "New", "labels": []}, 400, BAD),
    Row("event type: taken name", "POST", TYPES, {"displayName": "case closed"}, 409, "nameAlreadyExists"),
    Row("event type: read-only", "POST", TYPES, {"displayName": "New", "createdBy": {}}, 400, BAD),
    Row("event type: describe", "PATCH", f"{TYPES}/<retentionEventTypes/Case closed>", {"description": "x"}),
    Row(
        "event type: rename",
        "PATCH",
        f"{TYPES}/<retentionEventTypes/Case closed>",
        {"displayName": "x"},
        400,
        IMMUTABLE,
    ),
    Row(
        "event type: rename, lenient",
        "PATCH",
        f"{TYPES}/<retentionEventTypes/Case closed>",
        {"displayName": "x"},
        options=Options().lenient(),
    ),
]

STAGE_PATH = f"{PERSONNEL}/dispositionReviewStages"
READS = [
    Row(
        "read: inline stages, nothing expanded",
        path=PERSONNEL,
        shows=lambda _, answer: (
            len(entity(answer)["dispositionReviewStages"]) == 2
            and not {"descriptors", "retentionEventType"} & {*entity(answer)}
        ),
    ),
    Row(
        "read: no stages are an empty list",
        path=PAYROLL,
        shows=lambda _, answer: entity(answer)["dispositionReviewStages"] == [],
    ),
    Row("read: key in brackets", path=f"{LABELS}('<retentionLabels/HR Personnel file 10y>')"),
    Row("read: beta", path=LABELS.replace("v1.0", "beta")),
    Row(
        "read: expanded event type",
        path=f"{PERSONNEL}?$expand=retentionEventType",
        shows=lambda _, answer: entity(answer)["retentionEventType"]["displayName"] == "Employee separation",
    ),
    Row(
        "read: expanded descriptors",
        path=f"{PERSONNEL}?$expand=descriptors",
        shows=lambda _, answer: (
            entity(answer)["descriptors"]["category"]["subcategory"] == {"displayName": "Personnel file"}
        ),
    ),
    Row("read: expanded stages", path=f"{LABELS}?$expand=dispositionReviewStages"),
    Row("read: joined expand", path=f"{LABELS}?$expand=descriptors,retentionEventType", status=400, code=BAD),
    Row(
        "read: joined expand, allowed",
        path=f"{LABELS}?$expand=descriptors,retentionEventType",
        options=Options(joined_expand=True),
        shows=lambda _, answer: {"descriptors", "retentionEventType"} <= {*first(answer)},
    ),
    Row("read: unknown expand", path=f"{LABELS}?$expand=policies", status=400, code=BAD),
    Row("read: expand elsewhere", path=f"{TYPES}?$expand=labels", status=400, code=BAD),
    *(
        Row(f"read: {name}", path=f"{LABELS}?{name}=1", status=400, code=BAD)
        for name in ("$filter", "$top", "$orderby", "$search", "$select", "$skip", "$count")
    ),
    Row("read: filter, lenient", path=f"{LABELS}?$filter=isInUse eq true", options=Options().lenient()),
    Row("read: wrong page token", path=f"{LABELS}?$skiptoken=x", status=400, code=BAD),
    Row(
        "read: count",
        path=f"{LABELS}/$count",
        options=Options(page_size=7),
        shows=lambda _, answer: answer.text == "60",
    ),
    Row("read: unknown id", path=f"{LABELS}/{UNKNOWN}", status=404, code="itemNotFound"),
    Row("read: malformed id", path=f"{LABELS}/COR-001", status=400, code=BAD),
    Row("read: unknown segment", path=f"{PERSONNEL}/eventType", status=400, code=BAD),
    Row("read: unknown version", path=LABELS.replace("v1.0", "v1"), status=400, code=BAD),
    Row("read: event type of a label", path=f"{PERSONNEL}/retentionEventType"),
    Row("read: event type of a label without", path=f"{PAYROLL}/retentionEventType", status=404),
    Row("patch: event type through a label", "PATCH", f"{PERSONNEL}/retentionEventType", {"description": "x"}, 405),
    Row("delete: event type through a label", "DELETE", f"{PERSONNEL}/retentionEventType", None, 405),
    Row("read: descriptors of a label", path=f"{PERSONNEL}/descriptors"),
    Row("patch: descriptors of a label", "PATCH", f"{PERSONNEL}/descriptors", {}, 405),
    Row(
        "read: template of a label",
        path=f"{PERSONNEL}/descriptors/authorityTemplate",
        shows=lambda _, answer: entity(answer)["displayName"] == "Contractual",
    ),
    Row(
        "read: template a label has not",
        path=f"{LABELS}/<retentionLabels/GEN Personal>/descriptors/citationTemplate",
        status=404,
    ),
    Row("read: stages of a label", path=STAGE_PATH),
    Row("read: stage of a label", path=f"{STAGE_PATH}/2"),
    Row("read: stage a label has not", path=f"{STAGE_PATH}/3", status=404),
    Row("stages: create", "POST", STAGE_PATH, STAGE | {"stageNumber": "3"}, 405),
    Row("stages: patch", "PATCH", f"{STAGE_PATH}/1", {"name": "x"}, 405),
    Row("stages: delete", "DELETE", f"{STAGE_PATH}/1", None, 405),
    Row(
        "stages: create, allowed",
        "POST",
        STAGE_PATH,
        STAGE | {"stageNumber": "3"},
        201,
        options=Options(stage_writes=True),
    ),
    Row("stages: patch, allowed", "PATCH", f"{STAGE_PATH}/1", {"name": "x"}, options=Options(stage_writes=True)),
    Row("roots: patch", "PATCH", f"{SECURITY}/labels", {}, 405),
    Row("roots: delete", "DELETE", f"{SECURITY}/triggerTypes", None, 405),
    Row("put", "PUT", PAYROLL, LABEL, 405),
]

READ_ONLY, APP = "sandbox-read", "sandbox-app"
TOKENS = [
    Row("token: none", token="", status=401, code="InvalidAuthenticationToken"),
    Row("token: another", token="secret", status=401, code="InvalidAuthenticationToken"),
    Row("token: read scope reads", token=READ_ONLY),
    Row("token: read scope writes", "POST", LABELS, LABEL, 403, "Authorization_RequestDenied", token=READ_ONLY),
    Row("token: read scope deletes", "DELETE", PAYROLL, None, 403, "Authorization_RequestDenied", token=READ_ONLY),
    Row("token: app-only on labels", token=APP, status=403, code="Authorization_RequestDenied"),
    Row("token: app-only on labels, lenient", token=APP, options=Options(app_reads_labels=True)),
    Row(
        "token: app-only writes labels, lenient",
        "POST",
        LABELS,
        LABEL,
        403,
        token=APP,
        options=Options(app_reads_labels=True),
    ),
    Row("token: app-only on event types", "POST", TYPES, {"displayName": "New"}, 201, token=APP),
    Row("token: no role in Purview", path=TYPES, token="sandbox-norole", status=403, code="accessDenied"),
]


def exists(ask, _):
    return ask.sandbox.store.find("retentionLabels", "New label") is not None


def appears_later(ask, answer):
    missing = ask("GET", f"{LABELS}/{answer.json()['id']}").status_code == 404
    unlisted = answer.json()["id"] not in [label["id"] for label in ask("GET", LABELS).json()["value"]]
    return missing and unlisted and exists(ask, answer)


def changed_since(ask, answer):
    now = ask.sandbox.find("retentionLabels", "HR Payroll tax 7y")
    return (entity(answer)["descriptionForUsers"], now["descriptionForUsers"]) == (None, "edited")


def leads_on(ask, answer):
    page = ask("GET", answer.json()["@odata.nextLink"].removeprefix(ask.sandbox.root))
    return answer.json()["value"] == [] and len(page.json()["value"]) == 60


def ends_empty(ask, answer):
    page = ask("GET", answer.json()["@odata.nextLink"].removeprefix(ask.sandbox.root)).json()
    return page["value"] == [] and "@odata.nextLink" not in page


def pages(ask, answer):
    names, page = [], answer.json()
    while True:
        names += [label["displayName"] for label in page["value"]]
        if "@odata.nextLink" not in page:
            return len(names) == len(set(names)) == 60 and "descriptors" in page["value"][0]
        page = ask("GET", page["@odata.nextLink"].removeprefix(ask.sandbox.root)).json()


BLANKS = (None, "", " ")
ON_DEMAND = [
    Row("on demand: pages", path=f"{LABELS}?$expand=descriptors", options=Options(page_size=7), shows=pages),
    behaves("an empty page", "empty_page", times=1, shows=leads_on),
    behaves("an empty last page", "empty_last_page", times=1, shows=ends_empty),
    behaves(
        "a repeated link",
        "next_link",
        shows=lambda ask, answer: answer.json()["@odata.nextLink"] == ask.sandbox.root + LABELS,
    ),
    behaves(
        "a link elsewhere",
        "next_link",
        url="https://evil.example/x",
        shows=lambda _, answer: answer.json()["@odata.nextLink"] == "https://evil.example/x",
    ),
    behaves("patch without content", "no_content", "PATCH", PAYROLL, {"retentionDuration": DAYS}, 204),
    behaves(
        "durations without hash",
        "durations_without_hash",
        path=PAYROLL,
        shows=lambda _, answer: entity(answer)["retentionDuration"]["@odata.type"].startswith("micro"),
    ),
    behaves(
        "numeric stage numbers",
        "numeric_stages",
        path=PERSONNEL,
        shows=lambda _, answer: entity(answer)["dispositionReviewStages"][1]["stageNumber"] == 2,
    ),
    behaves(
        "a wrapped entity",
        "wrapped",
        path=PAYROLL,
        shows=lambda _, answer: entity(answer)["value"]["displayName"] == "HR Payroll tax 7y",
    ),
    behaves("stages omitted", "stages_omitted", shows=lambda _, answer: "dispositionReviewStages" not in first(answer)),
    behaves(
        "stages omitted unless expanded",
        "stages_omitted",
        path=f"{LABELS}?$expand=dispositionReviewStages",
        shows=lambda _, answer: "dispositionReviewStages" in first(answer),
    ),
    *(
        behaves(
            f"next label {value!r}",
            "blank_next_label",
            value=value,
            path=PAYROLL,
            shows=lambda _, answer, value=value: entity(answer)["labelToBeApplied"] == value,
        )
        for value in BLANKS
    ),
    behaves(
        "no name of a person",
        "null_identity",
        shows=lambda _, answer: first(answer)["createdBy"]["user"]["displayName"] is None,
    ),
    behaves(
        "no person",
        "null_identity",
        part="user",
        shows=lambda _, answer: first(answer)["lastModifiedBy"] == {"user": None},
    ),
    behaves(
        "an unknown enum member",
        "unknown_member",
        path=PAYROLL,
        shows=lambda _, answer: entity(answer)["actionAfterRetentionPeriod"] == "archiveThenDelete",
    ),
    behaves("fields of the future", "extra_fields", shows=lambda _, answer: "futureProperty" in first(answer)),
    behaves(
        "a missing field", "without", property="displayName", shows=lambda _, answer: "displayName" not in first(answer)
    ),
    behaves("delayed visibility", "delay_visibility", "POST", LABELS, LABEL, 201, ms=60_000, shows=appears_later),
    behaves("applied, then 500", "apply_then_status", "POST", LABELS, LABEL, 500, also={"status": 500}, shows=exists),
    behaves("applied, then 504", "apply_then_status", "POST", LABELS, LABEL, 504, also={"status": 504}, shows=exists),
    behaves("applied, then dropped", "apply_then_drop", "POST", LABELS, LABEL, None, shows=exists),
    behaves("applied, then torn", "apply_then_garbled", "POST", LABELS, LABEL, None, torn=True, shows=exists),
    behaves("applied, then garbled", "apply_then_garbled", "POST", LABELS, LABEL, 201, shows=exists),
    behaves("applied, answered late", "apply_then_wait", "POST", LABELS, LABEL, 201, ms=1, shows=exists),
    behaves("dropped before", "refuse", "POST", LABELS, LABEL, None, shows=lambda ask, _: not exists(ask, _)),
    behaves("throttled", "throttle", status=429, shows=lambda _, answer: "Retry-After" not in answer.headers),
    *(
        behaves(
            f"throttled for {value!r}",
            "throttle",
            status=429,
            retry_after=value,
            shows=lambda _, answer, value=value: answer.headers["Retry-After"] == str(value),
        )
        for value in (12, "soon", "-1")
    ),
    behaves(
        "throttled until a date",
        "throttle",
        status=429,
        retry_after_date=60,
        shows=lambda _, answer: answer.headers["Retry-After"].endswith("GMT"),
    ),
    behaves(
        "unavailable",
        "status",
        status=503,
        also={"status": 503},
        retry_after=3,
        shows=lambda _, answer: answer.json()["error"]["code"] == "serviceNotAvailable",
    ),
    behaves(
        "bad gateway in HTML",
        "status",
        status=502,
        also={"status": 502, "body": "html"},
        shows=lambda _, answer: answer.headers["Content-Type"] == "text/html",
    ),
    behaves(
        "invalid JSON",
        "status",
        status=500,
        also={"status": 500, "body": "invalid"},
        shows=lambda _, answer: answer.text == '{"error": {"code":',
    ),
    behaves(
        "empty body",
        "status",
        status=401,
        also={"status": 401, "body": "empty"},
        shows=lambda _, answer: not answer.text,
    ),
    behaves(
        "unknown error",
        "status",
        status=500,
        also={"status": 500, "body": "unknown"},
        shows=lambda _, answer: answer.json()["error"]["message"] == "",
    ),
    behaves(
        "a redirect",
        "redirect",
        status=302,
        location="https://evil.example/",
        shows=lambda _, answer: answer.headers["Location"] == "https://evil.example/",
    ),
    *(
        behaves(
            f"duplicate as {status}",
            "duplicate_as",
            "POST",
            LABELS,
            LABEL | {"displayName": "GEN Personal"},
            status,
            also={"status": status},
        )
        for status in (409, 400, 500)
    ),
    behaves(
        "edited after the read",
        "edit_between",
        path=PAYROLL,
        change={"descriptionForUsers": "edited"},
        shows=changed_since,
    ),
    behaves("edited, but nothing is there", "edit_between", status=404, change={}, target="No such label"),
    behaves(
        "edited before the write",
        "edit_between",
        "PATCH",
        PAYROLL,
        {"descriptionForAdmins": "mine"},
        change={"descriptionForUsers": "edited"},
        shows=lambda _, answer: entity(answer)["descriptionForUsers"] == "edited",
    ),
]

ROWS = [
    *SHAPES,
    *BINDS,
    *COMBINATIONS,
    *PATCHES,
    *DELETIONS,
    *OTHER_KINDS,
    *READS,
    *TOKENS,
    *ON_DEMAND,
    *event_rows.ROWS,
    *batch_rows.ROWS,
]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_contract(ask, row):
    ask.sandbox.options = row.options
    ask.sandbox.faults(row.faults)
    before = ask.sandbox.state()

    try:
        answer = ask(row.method, row.path, row.body, token=row.token, headers=row.headers)
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        answer = None

    ask.sandbox.faults([])
    assert row.status == (answer.status_code if answer is not None else None)
    if row.code:
        error = answer.json()["error"]
        assert row.code in (error["code"], error["innerError"].get("code"))
    if row.shows:
        assert row.shows(ask, answer)
    if row.status and row.status >= 400 and not row.faults:
        assert (ask.sandbox.state(), ask.sandbox.ledger()) == (before, [])
