import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from portal.sandbox.faults import BadRule
from portal.sandbox.options import Options
from portal.sandbox.server import Sandbox
from portal.sandbox.store import StateUnreadable

LABELS = "/v1.0/security/labels/retentionLabels"
CITATIONS = "/v1.0/security/labels/citations"


def test_answers_carry_the_headers_of_graph(ask):
    answer = ask("GET", LABELS, headers={"client-request-id": "7f0c"})

    assert answer.headers["client-request-id"] == "7f0c"
    assert len(answer.headers["request-id"]) == 36
    assert {"Date", "x-ms-ags-diagnostic"} <= set(answer.headers)


def test_errors_have_the_shape_of_graph(ask):
    answer = ask("GET", f"{LABELS}/x", headers={"client-request-id": "7f0c"})

    error = answer.json()["error"]
    assert set(error) == {"code", "message", "innerError"}
    assert error["innerError"]["client-request-id"] == "7f0c"
    assert error["innerError"]["request-id"] == answer.headers["request-id"]
    assert len(error["innerError"]["date"]) == len("2026-09-01T09:10:11")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_links_lead_to_the_host_that_was_asked(ask, name):
    ask.sandbox.options = Options(page_size=7)
    root = ask.sandbox.root.replace("127.0.0.1", name)

    answer = requests.get(root + LABELS, headers={"Authorization": "Bearer sandbox"}, timeout=5)

    assert answer.json()["@odata.nextLink"].startswith(root + LABELS)


def test_a_write_names_the_person(ask):
    answer = ask("POST", CITATIONS, {"displayName": "New"}, headers={"X-Sandbox-As": "Zoë Ågren".encode()})

    assert answer.json()["createdBy"] == {"user": {"id": None, "displayName": "Zoë Ågren"}}


def test_a_refused_write_leaves_the_connection_usable(ask):
    ask("POST", CITATIONS, "x" * 100_000)

    assert ask("GET", CITATIONS).status_code == 200


def test_a_body_without_length_is_refused(ask):
    answer = requests.post(ask.sandbox.root + CITATIONS, data=iter([b"{}"]), timeout=5)

    assert answer.status_code == 411


def test_ledger_holds_accepted_writes_only(ask):
    headers = {"client-request-id": "7f0c"}
    ask("POST", CITATIONS, {"displayName": "New"}, headers=headers)
    ask("POST", CITATIONS, {"displayName": "New"}, headers=headers)
    ask("DELETE", f"{CITATIONS}/<citations/New>")

    created, deleted = ask.sandbox.ledger()
    assert created["body"] == {"displayName": "New"}
    assert (created["client-request-id"], created["path"]) == ("7f0c", CITATIONS)
    assert (deleted["method"], deleted["displayName"], deleted["id"]) == ("DELETE", "New", created["id"])


def test_journal_holds_every_request(ask):
    ask("POST", CITATIONS, {"displayName": " "})
    ask.sandbox.faults([{"effect": "refuse"}])
    with pytest.raises(requests.ConnectionError):
        ask("GET", f"{LABELS}?$expand=descriptors")

    refused, dropped = ask.sandbox.journal()
    assert (refused["status"], refused["body"], refused["token"]) == (400, {"displayName": " "}, "sandbox")
    assert (dropped["status"], dropped["path"]) == (None, f"{LABELS}?$expand=descriptors")


def test_journal_and_ledger_hold_the_items_of_a_batch(ask):
    new = {"id": "1", "method": "POST", "url": "/security/labels/citations", "body": {"displayName": "New"}}
    headers = {"Content-Type": "application/json", "client-request-id": "7f0c"}

    ask("POST", "/v1.0/$batch", {"requests": [new | {"headers": headers}]}, headers={"X-Sandbox-As": "Rita"})

    assert [entry["path"] for entry in ask.sandbox.journal()] == [CITATIONS, "/v1.0/$batch"]
    (write,) = ask.sandbox.ledger()
    assert (write["path"], write["client-request-id"], write["by"]) == (CITATIONS, "7f0c", "Rita")


def test_journal_file_is_appended(tmp_path):
    file = tmp_path / "journal.jsonl"
    for _ in range(2):
        with Sandbox(seed_labels=0, journal_file=file) as sandbox:
            requests.get(sandbox.root + LABELS, timeout=5)

    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert [entry["status"] for entry in entries] == [401, 401]


def test_state_file_survives_a_restart(tmp_path):
    file = tmp_path / "state.json"
    headers = {"Authorization": "Bearer sandbox"}
    with Sandbox(seed_labels=3, state_file=file) as first:
        requests.post(first.root + CITATIONS, json={"displayName": "New"}, headers=headers, timeout=5)
        first.edit("delete", "retentionLabels", "COR Board paper 12y")

    with Sandbox(seed_labels=60, state_file=file) as second:
        assert second.state() == first.state()
        assert second.ledger() == first.ledger()
        assert len(second.state()["retentionLabels"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"objects": {"labels": {}}, "ledger": []}', '{"objects": 1}', "[" * 9999]
)
def test_state_file_that_is_none_is_refused(tmp_path, text):
    file = tmp_path / "state.json"
    file.write_text(text)

    with pytest.raises(StateUnreadable, match="cannot be read as one"):
        Sandbox(state_file=file)
    assert file.read_text() == text


def test_state_file_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(StateUnreadable, match="cannot be opened"):
        Sandbox(state_file=tmp_path)


def test_state_file_that_cannot_be_replaced_is_left_alone(tmp_path, monkeypatch):
    file = tmp_path / "state.json"
    sandbox = Sandbox(seed_labels=3, state_file=file)
    before = file.read_text()
    monkeypatch.setattr("os.replace", failing)

    with pytest.raises(OSError, match="disk full"):
        sandbox.edit("delete", "retentionLabels", "COR Board paper 12y")
    sandbox.stop()

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("state.json", before)]


def failing(*_):
    raise OSError("disk full")


def test_simultaneous_creates_make_one(ask):
    def create(_):
        headers = {"Authorization": "Bearer sandbox"}
        return requests.post(ask.sandbox.root + CITATIONS, json={"displayName": "New"}, headers=headers, timeout=5)

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(answer.status_code for answer in pool.map(create, range(8)))

    assert answers == [201, *[409] * 7]
    assert len(ask.sandbox.ledger()) == 1


def test_a_tenant_holds_a_thousand_labels():
    label = {
        "displayName": "One more",
        "behaviorDuringRetentionPeriod": "doNotRetain",
        "actionAfterRetentionPeriod": "none",
    }
    with Sandbox(seed_labels=1000) as sandbox:
        answer = requests.post(
            sandbox.root + LABELS, json=label, headers={"Authorization": "Bearer sandbox"}, timeout=5
        )

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalidRequest")


def test_other_machines_are_not_served():
    with pytest.raises(ValueError, match="this machine only"):
        Sandbox(host="0.0.0.0")


def test_stop_does_not_wait_for_clients():
    with Sandbox(seed_labels=0, latency_ms=60_000) as slow, requests.Session() as idle:
        slow.options = Options()
        idle.get(slow.root + LABELS, timeout=5)
        began = time.monotonic()
        slow.stop()

    assert time.monotonic() - began < 10


def test_latency_holds_answers_back(ask):
    ask.sandbox.faults([{"effect": "latency", "ms": 80, "times": 1}])
    began = time.monotonic()

    ask("GET", CITATIONS)

    assert time.monotonic() - began >= 0.08


def statuses(ask, count):
    return [ask("GET", CITATIONS).status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"nth": 2}, [200, 429, 200, 200]),
        ({"after": 2}, [200, 200, 429, 429]),
        ({"times": 2}, [429, 429, 200, 200]),
        ({"after": 1, "times": 1}, [200, 429, 200, 200]),
        ({"method": "POST"}, [200, 200, 200, 200]),
        ({"path": "cita.ions$"}, [429, 429, 429, 429]),
        ({"contains": "retentionLabels"}, [200, 200, 200, 200]),
        ({"probability": 0}, [200, 200, 200, 200]),
    ],
)
def test_rules_choose_their_requests(ask, rule, expected):
    ask.sandbox.faults([{"effect": "throttle", **rule}])

    assert statuses(ask, 4) == expected


def test_rules_of_one_seed_repeat_themselves(ask):
    rule = {"effect": "throttle", "probability": 0.5, "seed": 7}
    ask.sandbox.faults([rule])
    once = statuses(ask, 20)

    ask.sandbox.faults([rule])

    assert set(once) == {200, 429}
    assert statuses(ask, 20) == once


def test_rules_add_up(ask):
    ask.sandbox.faults([{"effect": "wrapped"}, {"effect": "extra_fields"}, {"effect": "numeric_stages"}])

    answer = ask("GET", f"{LABELS}/<retentionLabels/GEN Personal>")

    assert answer.json()["value"]["displayName"] == "GEN Personal"


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"effect": "explode"},
        {"effect": "throttle", "colour": 1},
        {"effect": "latency"},
        {"effect": "status"},
        {"effect": "status", "status": 500, "body": "xml"},
        {"effect": "refuse", "nth": "2"},
        {"effect": "refuse", "path": "("},
    ],
)
def test_rules_that_make_no_sense_are_refused(ask, rule):
    with pytest.raises(BadRule):
        ask.sandbox.faults([rule])


def test_hidden_objects_appear_in_time(ask):
    ask.sandbox.faults([{"effect": "delay_visibility", "ms": 60}])
    id = ask("POST", CITATIONS, {"displayName": "New"}).json()["id"]
    hidden = ask("GET", f"{CITATIONS}/{id}").status_code

    time.sleep(0.07)

    assert (hidden, ask("GET", f"{CITATIONS}/{id}").status_code) == (404, 200)
