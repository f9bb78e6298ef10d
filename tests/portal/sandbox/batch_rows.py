"""`$batch`: contract sections 6.2, 9.9 and 10."""

from portal.sandbox.options import Options
from tests.portal.sandbox import event_rows
from tests.portal.sandbox.row import BAD, CITATIONS, LABELS, TYPES, Row, without

BATCH = "/v1.0/$batch"
LOOSE = Options(loose_batches=True)
JSON = {"Content-Type": "application/json"}
ITEM = {"id": "1", "method": "GET", "url": "/security/labels/citations"}
CREATE = {
    "id": "1",
    "method": "POST",
    "url": "/security/labels/citations",
    "headers": JSON,
    "body": {"displayName": "New"},
}
TWICE = CREATE | {"id": "2"}
"""Refused after CREATE: the name is taken."""
OTHER = CREATE | {"id": "2", "body": {"displayName": "Other"}}
LAST = CREATE | {"id": "3", "body": {"displayName": "Last"}}


def batch(name, *items, status=200, code="", expected=None, shows=None, faults=(), options=None, **more):
    """A row; `expected` are the statuses by id."""

    def holds(ask, answer):
        found = {one["id"]: one for one in answer.json()["responses"]}
        same = expected is None or {id: one["status"] for id, one in found.items()} == expected
        return same and (shows is None or shows(ask, found))

    body = more.pop("body", {"requests": list(items)})
    return Row(
        f"batch: {name}",
        "POST",
        more.pop("path", BATCH),
        body,
        status,
        code,
        faults=list(faults),
        options=options or Options(),
        shows=holds if status == 200 else shows,
        **more,
    )


def refused(name, *items, **more):
    return batch(name, *items, status=400, code=BAD, **more)


def numbered(count):
    return [ITEM | {"id": str(number)} for number in range(count)]


def names(ask):
    return [one["displayName"] for one in ask.sandbox.state()["citations"]]


def follows(ask, found):
    link = found["1"]["body"]["@odata.nextLink"]
    return len(ask("GET", link.removeprefix(ask.sandbox.root)).json()["value"]) == 7


def leaves_alone(ask, _):
    return "New" not in names(ask)


REFUSALS = [
    refused("twenty-one items", *numbered(21)),
    refused("no items"),
    refused("an id twice", ITEM, ITEM),
    *(refused(f"no {name}", without(ITEM, name)) for name in ITEM),
    *(refused(f"blank {name}", ITEM | {name: ""}) for name in ITEM),
    refused("an id that is a number", ITEM | {"id": 1}),
    refused("an absolute url", ITEM | {"url": f"<root>{CITATIONS}"}),
    refused("a url without slash", ITEM | {"url": "security/labels/citations"}),
    refused("T20: depends_on", ITEM, ITEM | {"id": "2", "depends_on": ["1"]}),
    refused("depends on nothing", ITEM | {"dependsOn": ["7"]}),
    refused("depends on itself", ITEM | {"dependsOn": ["1"]}),
    refused("depends in a circle", ITEM | {"dependsOn": ["2"]}, ITEM | {"id": "2", "dependsOn": ["1"]}),
    refused("dependsOn that is a text", ITEM, ITEM | {"id": "2", "dependsOn": "1"}),
    refused("headers that are a list", ITEM | {"headers": []}),
    refused("a header that is a number", ITEM | {"headers": {"x": 1}}),
    refused("an item that is a text", "GET /"),
    refused("a list", body="[]"),
    refused("no requests", body={}),
    refused("requests that are one", body={"requests": ITEM}),
    refused("another member", body={"requests": [ITEM], "parallel": True}),
    refused("not JSON", body="{"),
    batch("plain text", ITEM, status=415, headers={"Content-Type": "text/plain"}),
    batch("no token", ITEM, status=401, token=""),
    batch("no role in Purview", ITEM, status=403, token="sandbox-norole"),
    Row("batch: get", path=BATCH, status=405),
    Row("batch: of no version", "POST", "/v2.0/$batch", {"requests": [ITEM]}, 400),
]

ITEMS = [
    batch("one item", ITEM, expected={"1": 200}, shows=lambda _, found: found["1"]["body"]["value"]),
    batch("twenty items", *numbered(20), shows=lambda _, found: len(found) == 20),
    batch(
        "of beta", ITEM, path="/beta/$batch", shows=lambda _, found: "/beta/" in found["1"]["body"]["@odata.context"]
    ),
    Row(
        "batch: another order",
        "POST",
        BATCH,
        {"requests": numbered(3)},
        shows=lambda _, answer: [one["id"] for one in answer.json()["responses"]] == ["2", "1", "0"],
    ),
    batch("each is judged alone", CREATE, TWICE, LAST, expected={"1": 201, "2": 409, "3": 201}),
    batch(
        "content type of an answer",
        ITEM,
        shows=lambda _, found: found["1"]["headers"] == {"Content-Type": "application/json"},
    ),
    batch("one that is not there", ITEM | {"url": "/security/labels/citations/7"}, expected={"1": 400}),
    batch("no body", CREATE | {"method": "PATCH"}, without(OTHER, "body"), expected={"1": 405, "2": 400}),
    batch("no content type", without(CREATE, "headers"), expected={"1": 415}),
    batch("a verb that does not exist", ITEM | {"method": "FETCH"}, expected={"1": 405}),
    batch("a batch in a batch", CREATE | {"url": "/$batch"}, expected={"1": 400}),
    batch("a version in the url", ITEM | {"url": CITATIONS}, expected={"1": 400}),
    batch(
        "deletion",
        ITEM | {"method": "DELETE", "url": "/security/triggers/retentionEvents/<retentionEvents/Leaver 40117>"},
        expected={"1": 204},
        shows=lambda _, found: "body" not in found["1"],
    ),
    batch(
        "count",
        ITEM | {"url": "/security/labels/retentionLabels/$count"},
        shows=lambda _, found: found["1"]["body"] == "NjA=",
    ),
    batch(
        "event",
        CREATE | {"url": "/security/triggers/retentionEvents", "body": event_rows.EVENT},
        OTHER
        | {
            "url": "/security/triggers/retentionEvents",
            "body": without(event_rows.EVENT, "eventQueries") | {"eventQuery": event_rows.QUERIES},
        },
        expected={"1": 201, "2": 400},
    ),
    batch("expanded", ITEM | {"url": "/security/labels/retentionLabels?$expand=descriptors"}, expected={"1": 200}),
    batch("next link", ITEM, options=Options(page_size=7), shows=follows),
    batch("an absolute url, loose", ITEM | {"url": f"<root>{CITATIONS}"}, options=LOOSE, expected={"1": 200}),
    batch("another version, loose", ITEM | {"url": f"<root>/beta{ITEM['url']}"}, options=LOOSE, status=400),
    batch("T20: depends_on, loose", ITEM | {"depends_on": ["7"]}, options=Options().lenient(), expected={"1": 200}),
    batch("a text, loose", "GET /", options=LOOSE, status=400),
    batch("no url, loose", without(ITEM, "url"), options=LOOSE, status=400),
    batch("scope of each", ITEM, TWICE, expected={"1": 200, "2": 403}, token="sandbox-read"),
    batch(
        "an item's own token",
        CREATE | {"headers": JSON | {"authorization": "Bearer sandbox"}},
        expected={"1": 403},
        token="sandbox-read",
    ),
    batch(
        "app-only",
        ITEM | {"url": "/security/labels/retentionLabels"},
        TWICE,
        expected={"1": 403, "2": 201},
        token="sandbox-app",
    ),
    batch(
        "in sequence",
        LAST | {"dependsOn": ["2"]},
        TWICE | {"dependsOn": ["1"]},
        CREATE,
        expected={"1": 201, "2": 409, "3": 424},
    ),
    batch(
        "a failure is passed on",
        CREATE,
        TWICE | {"dependsOn": ["1"]},
        LAST | {"dependsOn": ["2"]},
        ITEM | {"id": "4", "dependsOn": ["3"]},
        expected={"1": 201, "2": 409, "3": 424, "4": 424},
        shows=lambda ask, found: "Last" not in names(ask),
    ),
]

THROTTLED = {"effect": "throttle", "method": "POST", "retry_after": 12, "times": 1}
ON_DEMAND = [
    batch(
        "one throttled",
        CREATE,
        OTHER,
        ITEM | {"id": "3"},
        faults=[THROTTLED],
        expected={"1": 429, "2": 201, "3": 200},
        shows=lambda ask, found: found["1"]["headers"]["Retry-After"] == "12" and leaves_alone(ask, found),
    ),
    batch(
        "one throttled without a time",
        ITEM,
        faults=[without(THROTTLED, "method", "retry_after")],
        expected={"1": 429},
        shows=lambda _, found: "Retry-After" not in found["1"]["headers"],
    ),
    batch(
        "what depends on one throttled",
        CREATE,
        OTHER | {"dependsOn": ["1"]},
        faults=[THROTTLED],
        expected={"1": 429, "2": 424},
    ),
    batch(
        "throttled as a whole",
        CREATE,
        status=429,
        faults=[THROTTLED | {"contains": "/$batch"}],
        shows=lambda ask, answer: answer.headers["Retry-After"] == "12" and leaves_alone(ask, answer),
    ),
    batch(
        "unavailable",
        CREATE,
        OTHER,
        faults=[{"effect": "status", "status": 503, "times": 1}],
        expected={"1": 503, "2": 201},
    ),
    *(
        batch(
            f"applied, then {status}",
            CREATE,
            faults=[{"effect": "apply_then_status", "status": status}],
            expected={"1": status},
            shows=lambda ask, _: "New" in names(ask),
        )
        for status in (500, 504)
    ),
    batch(
        "an item drops the connection",
        OTHER,
        CREATE | {"id": "1"},
        status=None,
        faults=[{"effect": "apply_then_drop", "nth": 2}],
        shows=lambda ask, _: {"New", "Other"} <= {*names(ask)},
    ),
    batch("an item tears the answer", CREATE, status=None, faults=[{"effect": "apply_then_garbled", "torn": True}]),
    batch(
        "an item in half",
        CREATE,
        faults=[{"effect": "apply_then_garbled"}],
        shows=lambda ask, found: isinstance(found["1"]["body"], str) and "New" in names(ask),
    ),
    batch("an item is late", CREATE, faults=[{"effect": "latency", "ms": 1}], expected={"1": 201}),
    batch(
        "applied as a whole, then 504",
        CREATE,
        status=504,
        faults=[{"effect": "apply_then_status", "status": 504, "path": r"\$batch$"}],
        shows=lambda ask, _: "New" in names(ask),
    ),
    batch(
        "delayed visibility",
        CREATE,
        faults=[{"effect": "delay_visibility", "ms": 60_000}],
        shows=lambda ask, found: ask("GET", f"{CITATIONS}/{found['1']['body']['id']}").status_code == 404,
    ),
    batch(
        "shapes of items",
        ITEM | {"url": "/security/labels/retentionLabels/<retentionLabels/HR Personnel file 10y>"},
        faults=[{"effect": "numeric_stages"}, {"effect": "wrapped"}],
        shows=lambda _, found: found["1"]["body"]["value"]["dispositionReviewStages"][0]["stageNumber"] == 1,
    ),
    batch(
        "patch without content",
        CREATE
        | {"method": "PATCH", "url": f"{TYPES.removeprefix('/v1.0')}/<retentionEventTypes/Case closed>"}
        | {"body": {"description": "x"}},
        faults=[{"effect": "no_content"}],
        expected={"1": 204},
    ),
    batch(
        "state of an event",
        ITEM | {"url": event_rows.LEAVER.removeprefix("/v1.0")},
        options=Options(propagation_ends="error"),
        shows=lambda _, found: found["1"]["body"]["eventStatus"]["status"] == "error",
    ),
    batch(
        "in-use deletion",
        ITEM | {"method": "DELETE", "url": f"{LABELS.removeprefix('/v1.0')}/<retentionLabels/HR Payroll tax 7y>"},
        expected={"1": 409},
    ),
]

ROWS = [*REFUSALS, *ITEMS, *ON_DEMAND]
