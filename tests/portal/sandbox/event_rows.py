"""Retention events: contract sections 3.4, 7 (T5, T6, T11, T15 to T17, T24, T31), 9.7 and 10."""

from portal.sandbox.options import Options
from tests.portal.sandbox.row import BAD, RULE, SECURITY, TYPE_URL, TYPES, UNKNOWN, Row, behaves, entity, first, without

EVENTS = f"{SECURITY}/triggers/retentionEvents"
LEAVER = f"{EVENTS}/<retentionEvents/Leaver 40117>"
QUERIES = [
    {"queryType": "files", "query": "ComplianceAssetID:48151"},
    {"queryType": "messages", "query": '"employee 48151"'},
]
EVENT = {
    "displayName": "EVT-2026-000417 departure 48151",
    "description": "Left on 31 August 2026",
    "eventTriggerDateTime": "2026-08-31T00:00:00Z",
    "eventQueries": QUERIES,
    "retentionEventType@odata.bind": f"{TYPE_URL}/<retentionEventTypes/Employee separation>",
}
FRESH = {
    "eventStatus": {"status": "pending", "error": None},
    "eventPropagationResults": [],
    "lastStatusUpdateDateTime": "0001-01-01T00:00:00Z",
}


def created(name, status=400, code="", /, *, less=(), options=None, shows=None, **changes):
    body = without({**EVENT, **changes.pop("also", {}), **changes}, *less)
    return Row(f"event: {name}", "POST", EVENTS, body, status, code, options=options or Options(), shows=shows)


def bound(name, url, status=400, code=BAD):
    return created(f"type bound {name}", status, code, also={"retentionEventType@odata.bind": url})


def queried(name, *queries, status=400, code=BAD):
    return created(f"query {name}", status, code, eventQueries=list(queries))


def holds(**expected):
    return lambda _, answer: {name: entity(answer)[name] for name in expected} == expected


REFUSALS = [
    created("create", 201, shows=holds(**without(EVENT, "retentionEventType@odata.bind"), **FRESH)),
    created("expands nothing unasked", 201, shows=lambda _, answer: "retentionEventType" not in entity(answer)),
    created("T5: eventQuery", 400, BAD, less=["eventQueries"], also={"eventQuery": QUERIES}),
    created("T5: eventQuery beside eventQueries", 400, BAD, also={"eventQuery": QUERIES}),
    created("T20: event_query", 400, BAD, also={"event_query": QUERIES}),
    created("T20: snake-case bind", 400, BAD, also={"retention_event_type@odata_bind": "x"}),
    created("T15: retentionEventStatus", 400, BAD, also={"retentionEventStatus": {}}),
    created("no queries", 400, RULE, less=["eventQueries"]),
    created("empty queries", 400, RULE, eventQueries=[]),
    created("null queries", 400, BAD, eventQueries=None),
    created("no queries, allowed", 201, less=["eventQueries"], options=Options(unscoped_events=True)),
    created("no queries, lenient", 201, eventQueries=[], options=Options().lenient()),
    queried("of files alone", QUERIES[0], status=201, code=""),
    queried("with its type", QUERIES[0] | {"@odata.type": "#microsoft.graph.security.eventQuery"}, status=201, code=""),
    queried("of another type", QUERIES[0] | {"@odata.type": "#microsoft.graph.security.query"}),
    queried("null", QUERIES[0] | {"query": None}),
    queried("as number", QUERIES[0] | {"query": 48151}),
    queried("blank", QUERIES[0] | {"query": " "}, code=RULE),
    queried("missing", without(QUERIES[0], "query"), code=RULE),
    queried("without kind", without(QUERIES[0], "queryType"), code=RULE),
    queried("of unknown kind", QUERIES[0] | {"queryType": "chats"}),
    queried("of kind unknownFutureValue", QUERIES[0] | {"queryType": "unknownFutureValue"}),
    queried("with an unknown member", QUERIES[0] | {"workload": "SharePoint"}),
    queried("that is a text", "ComplianceAssetID:48151"),
    created("queries that are one", 400, BAD, eventQueries=QUERIES[0]),
    created("no type", 400, BAD, less=["retentionEventType@odata.bind"]),
    created("T6: type by name", 400, BAD, less=["retentionEventType@odata.bind"], also={"retentionEventType": "x"}),
    bound("in brackets", f"{TYPE_URL}('<retentionEventTypes/Employee separation>')", 201, ""),
    bound("in the singular (T6)", f"{TYPE_URL[:-1]}/<retentionEventTypes/Employee separation>"),
    bound("in another version", f"{TYPE_URL.replace('v1.0', 'beta')}/<retentionEventTypes/Employee separation>"),
    bound("on another host", f"https://graph.microsoft.com{TYPES}/<retentionEventTypes/Employee separation>"),
    bound("relatively", f"{TYPES}/<retentionEventTypes/Employee separation>"),
    bound("to nothing", f"{TYPE_URL}/{UNKNOWN}"),
    bound("to another set", f"<root>{SECURITY}/labels/citations/<citations/UK GDPR art 5>"),
    bound("to null", None),
    *(
        created(f"read-only {name}", 400, BAD, **{name: value})
        for name, value in {
            "id": UNKNOWN,
            "createdBy": {},
            "createdDateTime": EVENT["eventTriggerDateTime"],
            "lastModifiedBy": {},
            "lastModifiedDateTime": EVENT["eventTriggerDateTime"],
            **FRESH,
        }.items()
    ),
    created("unknown property", 400, BAD, also={"labels": []}),
    created("own type", 201, also={"@odata.type": "#microsoft.graph.security.retentionEvent"}),
    created("no name", 400, RULE, less=["displayName"]),
    created("null name", 400, BAD, displayName=None),
    created("blank name", 400, RULE, displayName=" "),
    created("long name", 400, RULE, displayName="x" * 65),
    created("longest name", 201, displayName="x" * 64),
    created("name that ends in a space", 400, RULE, displayName="Departure "),
    created("name with forbidden character", 400, RULE, displayName="Departure: 48151"),
    created("number for a description", 400, BAD, description=7),
    created("no description, no date", 201, less=["description", "eventTriggerDateTime"]),
    created("null date", 201, eventTriggerDateTime=None),
    created("date in the future", 201, eventTriggerDateTime="2040-01-01T00:00:00Z"),
    created(
        "date in a zone",
        201,
        eventTriggerDateTime="2026-08-31T01:30:00.5+02:00",
        shows=holds(eventTriggerDateTime="2026-08-30T23:30:00Z"),
    ),
    *(
        created(f"date {value!r}", 400, BAD, eventTriggerDateTime=value)
        for value in ("2026-08-31", "2026-08-31T00:00:00", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+01:00", "x", 7)
    ),
    created("second of a name", 201, displayName="Leaver 40117"),
    created(
        "second of a name, refused",
        409,
        "nameAlreadyExists",
        displayName="leaver 40117",
        options=Options(unique_event_names=True),
    ),
    Row("event: plain text", "POST", EVENTS, EVENT, 415, headers={"Content-Type": "text/plain"}),
]

WAYS = [
    Row("event: list", path=EVENTS, shows=lambda _, answer: len(entity(answer)["value"]) == 4),
    Row("event: get", path=LEAVER, shows=holds(displayName="Leaver 40117")),
    Row("event: key in brackets", path=f"{EVENTS}('<retentionEvents/Leaver 40117>')"),
    Row("event: count", path=f"{EVENTS}/$count", shows=lambda _, answer: answer.text == "4"),
    Row(
        "event: expanded type",
        path=f"{LEAVER}?$expand=retentionEventType",
        shows=lambda _, answer: entity(answer)["retentionEventType"]["displayName"] == "Employee separation",
    ),
    Row(
        "event: expanded type in a list",
        path=f"{EVENTS}?$expand=retentionEventType",
        shows=lambda _, answer: first(answer)["retentionEventType"]["displayName"] == "Employee separation",
    ),
    Row("event: expanded labels", path=f"{EVENTS}?$expand=labels", status=400, code=BAD),
    Row("event: filter", path=f"{EVENTS}?$filter=1", status=400, code=BAD),
    Row("event: type", path=f"{LEAVER}/retentionEventType", shows=holds(displayName="Employee separation")),
    Row("event: T31: patch its type", "PATCH", f"{LEAVER}/retentionEventType", {"description": "x"}, 405),
    Row("event: T31: delete its type", "DELETE", f"{LEAVER}/retentionEventType", None, 405),
    Row("event: T11: labels", path=f"{LEAVER}/labels/{UNKNOWN}", status=400, code=BAD),
    Row("event: patch", "PATCH", LEAVER, {"description": "x"}, 405),
    Row("event: put", "PUT", LEAVER, EVENT, 405),
    Row(
        "event: delete",
        "DELETE",
        LEAVER,
        None,
        204,
        shows=lambda ask, _: len(ask.sandbox.state()["retentionEvents"]) == 3,
    ),
    Row("event: delete by reference", "DELETE", f"{LEAVER}/$ref", None, 405),
    Row("event: delete unknown", "DELETE", f"{EVENTS}/{UNKNOWN}", None, 404, "itemNotFound"),
    Row("event: malformed id", path=f"{EVENTS}/7", status=400, code=BAD),
    Row("event: root", "PATCH", f"{SECURITY}/triggers", {}, 405),
    Row("event: app-only token", "POST", EVENTS, EVENT, 201, token="sandbox-app"),
    Row("event: read scope reads", path=EVENTS, token="sandbox-read"),
    Row("event: read scope writes", "POST", EVENTS, EVENT, 403, token="sandbox-read"),
    Row("event: no role in Purview", path=EVENTS, token="sandbox-norole", status=403),
    Row(
        "event type: delete, used by an event alone",
        "DELETE",
        f"{TYPES}/<retentionEventTypes/Contract or Agreement Expiration (event type)>",
        None,
        409,
        "notAllowed",
    ),
]


def ends(step, status, *of_workloads):
    """At once, by an option: the status of the event, and those of SharePoint and Exchange."""

    def shows(_, answer):
        event = entity(answer)
        seen = [result["status"] for result in event["eventPropagationResults"]]
        return (event["eventStatus"]["status"], *seen) == (status, *of_workloads)

    return Row(f"event ends: {step}", path=LEAVER, options=Options(propagation_ends=step), shows=shows)


def pages(ask, answer):
    page = ask("GET", answer.json()["@odata.nextLink"].removeprefix(ask.sandbox.root)).json()
    return len(page["value"]) == 1 and "@odata.nextLink" not in page and "retentionEventType" in page["value"][0]


def exists(ask, _):
    return ask.sandbox.store.find("retentionEvents", EVENT["displayName"]) is not None


def writes(name, effect, status, shows=exists, **rule):
    return behaves(f"event {name}", effect, "POST", EVENTS, EVENT, status, shows, **rule)


def answers(name, effect, shows, **rule):
    return behaves(f"event {name}", effect, path=LEAVER, shows=shows, **rule)


def appears_later(ask, answer):
    missing = ask("GET", f"{EVENTS}/{answer.json()['id']}").status_code == 404
    return missing and len(ask("GET", EVENTS).json()["value"]) == 4


ON_DEMAND = [
    ends("fresh", "pending"),
    ends("inProcessing", "pending", "inProcessing", "none"),
    ends("early", "success", "none", "none"),
    ends("success", "success", "success", "success"),
    ends("error", "error", "failed", "success"),
    ends("notAvaliable", "notAvaliable"),
    Row(
        "event ends: error says why",
        path=LEAVER,
        options=Options(propagation_ends="error"),
        shows=lambda _, answer: entity(answer)["eventStatus"]["error"]["code"] == "PropagationFailed",
    ),
    Row(
        "event ends: one query, one workload",
        path=f"{EVENTS}/<retentionEvents/Fiscal year 2021-22>",
        shows=lambda _, answer: (
            [result["serviceName"] for result in entity(answer)["eventPropagationResults"]] == ["SharePoint"]
        ),
    ),
    created(
        "spreads at once",
        201,
        options=Options(propagation_seconds=0),
        shows=lambda _, answer: entity(answer)["eventStatus"]["status"] == "success",
    ),
    created(
        "spreads everywhere without queries",
        201,
        less=["eventQueries"],
        options=Options(propagation_seconds=0, unscoped_events=True),
        shows=lambda _, answer: len(entity(answer)["eventPropagationResults"]) == 2,
    ),
    Row(
        "on demand: event pages",
        path=f"{EVENTS}?$expand=retentionEventType",
        options=Options(page_size=3),
        shows=pages,
    ),
    answers(
        "T5: eventQuery on reads",
        "renamed",
        lambda _, answer: entity(answer)["eventQuery"][0]["queryType"] == "files",
        property="eventQueries",
        to="eventQuery",
    ),
    answers(
        "T15: retentionEventStatus on reads",
        "renamed",
        lambda _, answer: entity(answer)["retentionEventStatus"]["status"] == "success",
        property="eventStatus",
        to="retentionEventStatus",
    ),
    answers(
        "T16: workload on reads",
        "renamed",
        lambda _, answer: entity(answer)["eventPropagationResults"][1]["workload"] == "Exchange",
        property="eventPropagationResults.serviceName",
        to="workload",
    ),
    answers(
        "T17: spelt right",
        "unknown_member",
        lambda _, answer: entity(answer)["eventStatus"]["status"] == "notAvailable",
        property="eventStatus.status",
        value="notAvailable",
    ),
    answers(
        "status of the future",
        "unknown_member",
        lambda _, answer: entity(answer)["eventPropagationResults"][0]["status"] == "throttled",
        property="eventPropagationResults.status",
        value="throttled",
    ),
    answers("T7: wrapped", "wrapped", lambda _, answer: entity(answer)["value"]["displayName"] == "Leaver 40117"),
    answers("fields of the future", "extra_fields", lambda _, answer: "futureProperty" in entity(answer)),
    answers("no person", "null_identity", holds(createdBy={"user": None}), part="user"),
    writes("echoed without queries", "unknown_member", 201, holds(eventQueries=[]), property="eventQueries", value=[]),
    writes("delayed visibility", "delay_visibility", 201, appears_later, ms=60_000),
    writes("applied, then 500", "apply_then_status", 500, also={"status": 500}),
    writes("applied, then 504", "apply_then_status", 504, also={"status": 504}),
    writes("applied, then dropped", "apply_then_drop", None),
    writes("applied, then torn", "apply_then_garbled", None, torn=True),
    writes("dropped before", "refuse", None, lambda ask, _: not exists(ask, _)),
    writes("throttled", "throttle", 429, lambda _, answer: answer.headers["Retry-After"] == "12", retry_after=12),
    writes("throttled without a time", "throttle", 429, lambda _, answer: "Retry-After" not in answer.headers),
    writes("unavailable", "status", 503, lambda ask, _: not exists(ask, _), also={"status": 503}),
    *(
        Row(
            f"on demand: event duplicate as {status}",
            "POST",
            EVENTS,
            EVENT | {"displayName": "Leaver 40117"},
            status,
            options=Options(unique_event_names=True),
            faults=[{"effect": "duplicate_as", "status": status}],
        )
        for status in (409, 400, 500)
    ),
    behaves("event deletion, then 504", "apply_then_status", "DELETE", LEAVER, None, 504, also={"status": 504}),
]

ROWS = [*REFUSALS, *WAYS, *ON_DEMAND]
