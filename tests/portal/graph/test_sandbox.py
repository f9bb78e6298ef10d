"""The client against the stand-in tenant: two readings of one contract."""

import pytest

from portal.graph.client import Client
from portal.graph.errors import Rejected, Throttled, Unreadable, Unsure
from portal.graph.reading import bind_url, duration_body
from portal.graph.wire import session
from portal.sandbox.server import Sandbox

LABELS = "security/labels/retentionLabels"
TYPES = "security/triggerTypes/retentionEventTypes"
LABEL = {
    "displayName": "FIN Supplier invoices 7y",
    "behaviorDuringRetentionPeriod": "retain",
    "actionAfterRetentionPeriod": "delete",
    "retentionTrigger": "dateCreated",
    "retentionDuration": duration_body(2557),
}


@pytest.fixture
def sandbox():
    with Sandbox(seed_labels=5, page_size=2) as one:
        yield one


@pytest.fixture
def graph(sandbox):
    with session() as http:
        yield Client(sandbox.root, token=lambda: "sandbox", http=http, timeout=(1, 1))


def test_a_label_lives_from_create_to_delete(graph):
    created = graph.send("POST", LABELS, LABEL)
    path = f"{LABELS}/{created.body['id']}"
    graph.send("PATCH", path, {"retentionDuration": duration_body(4018)})
    read = graph.get(path)
    gone = graph.send("DELETE", path)

    assert (created.status, gone.status, gone.body) == (201, 204, {})
    assert read["retentionDuration"] == duration_body(4018)
    with pytest.raises(Rejected) as caught:
        graph.get(path)
    assert caught.value.gone


@pytest.mark.parametrize("parenthesised", [True, False])
def test_a_label_binds_its_event_type(graph, sandbox, parenthesised):
    event_type = graph.send("POST", TYPES, {"displayName": "Lease end"}).body["id"]
    bound = {
        "retentionTrigger": "dateOfEvent",
        "retentionEventType@odata.bind": bind_url(graph.root, graph.version, TYPES, event_type, parenthesised),
    }

    label = graph.send("POST", LABELS, LABEL | bound).body["id"]

    assert graph.get(f"{LABELS}/{label}?$expand=retentionEventType")["retentionEventType"]["id"] == event_type


def test_a_listing_is_read_to_its_end(graph):
    pages = list(graph.pages(LABELS))

    assert len(pages) >= 3
    assert len({label["id"] for page in pages for label in page.items}) == 5


def test_a_name_that_is_taken_is_refused(graph):
    graph.send("POST", LABELS, LABEL)

    with pytest.raises(Rejected) as caught:
        graph.send("POST", LABELS, LABEL)

    assert (caught.value.status, caught.value.code) == (409, "nameAlreadyExists")
    assert caught.value.request_id


@pytest.mark.parametrize(
    "effect",
    [
        {"effect": "apply_then_drop"},
        {"effect": "apply_then_status", "status": 504},
        {"effect": "apply_then_garbled"},
        {"effect": "apply_then_garbled", "torn": True},
        {"effect": "apply_then_wait", "ms": 1500},
    ],
)
def test_a_create_that_took_effect_unheard_is_unsure_and_not_repeated(graph, sandbox, effect):
    sandbox.faults([{"method": "POST", **effect}])

    with pytest.raises(Unsure):
        graph.send("POST", LABELS, LABEL)

    assert len(sandbox.ledger()) == 1


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ({"effect": "throttle", "retry_after": 12}, Throttled),
        ({"effect": "refuse"}, Unreadable),
        ({"effect": "redirect", "location": "https://evil.test/"}, Unreadable),
    ],
)
def test_a_listing_that_fails_on_its_second_page_does_not_end_well(graph, sandbox, effect, error):
    sandbox.faults([{"method": "GET", "nth": 2, **effect}])

    with pytest.raises(error):
        list(graph.pages(LABELS))
