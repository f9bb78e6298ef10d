from datetime import UTC, datetime, timedelta

import pytest

from portal.sandbox.options import Options

LABELS = "/v1.0/security/labels/retentionLabels"
EVENTS = "/v1.0/security/triggers/retentionEvents"
LEAVER = f"{EVENTS}/<retentionEvents/Leaver 40117>"
PAYROLL = f"{LABELS}/<retentionLabels/HR Payroll tax 7y>"


def edit(ask, **body):
    return ask("POST", "/sandbox/edit", body, token="")


def test_edit_bypasses_what_is_fixed(ask):
    body = {"retentionTrigger": "dateLabeled", "retentionDuration": None}

    answer = edit(ask, action="patch", set="retentionLabels", displayName="HR Payroll tax 7y", body=body, by="Eve")

    seen = ask("GET", PAYROLL).json()
    assert answer.status_code == 200
    assert seen | body == seen
    assert seen["lastModifiedBy"]["user"]["displayName"] == "Eve"


def test_edit_sets_references_by_name(ask):
    category = {"displayName": "Clinical", "subcategory": {"displayName": "Trials"}}
    body = {"retentionEventType": "Case closed", "descriptors": {"category": category}}

    edit(ask, action="patch", set="retentionLabels", displayName="HR Payroll tax 7y", body=body)

    assert ask("GET", f"{PAYROLL}/retentionEventType").json()["displayName"] == "Case closed"
    assert ask("GET", f"{PAYROLL}/descriptors").json()["category"] == category
    assert ask("GET", f"{PAYROLL}/descriptors/categoryTemplate").json()["displayName"] == "Clinical"
    assert ask("GET", f"{PAYROLL}/descriptors/authorityTemplate").status_code == 404


def test_edit_creates_what_graph_would_refuse(ask):
    answer = edit(ask, action="create", set="retentionLabels", body={"displayName": "<b>x</b>"})

    seen = ask("GET", f"{LABELS}/{answer.json()['id']}").json()
    assert seen["displayName"] == "<b>x</b>"
    assert seen["dispositionReviewStages"] == []


@pytest.mark.parametrize("name", ["citations", "departments", "retentionEventTypes", "retentionEvents"])
def test_edit_creates_whole_objects(ask, name):
    edit(ask, action="create", set=name, body={"displayName": "New"})

    created = ask.sandbox.find(name, "New")
    assert set(created) == set(ask.sandbox.state()[name][0])


def test_edit_creates_a_subcategory_below_its_category(ask):
    edit(ask, action="create", set="subcategories", body={"displayName": "New", "category": "Clinical"})

    below = ask("GET", "/v1.0/security/labels/categories/<categories/Clinical>/subcategories").json()["value"]
    assert [child["displayName"] for child in below] == ["Trials", "New"]


def test_edit_deletes_whatever_it_is(ask):
    edit(ask, action="delete", set="retentionLabels", displayName="FIN Trade record 6y")

    assert len(ask("GET", LABELS).json()["value"]) == 59


@pytest.mark.parametrize(
    "body",
    [
        {"action": "patch", "set": "retentionLabels", "displayName": "No such label", "body": {}},
        {"action": "melt", "set": "retentionLabels"},
        {"action": "create", "set": "policies"},
        {"set": "retentionLabels"},
        [],
    ],
)
def test_edit_refuses_what_it_does_not_understand(ask, body):
    assert ask("POST", "/sandbox/edit", body).status_code in (400, 404)


def test_in_use_changes_nothing_else(ask):
    before = ask.sandbox.find("retentionLabels", "HR Payroll tax 7y")

    ask("POST", "/sandbox/in-use", {"displayName": "HR Payroll tax 7y", "isInUse": False}, token="")

    assert ask.sandbox.find("retentionLabels", "HR Payroll tax 7y") == before | {"isInUse": False}
    assert ask("DELETE", PAYROLL).status_code == 204


def propagated(ask, step, name="Leaver 40117"):
    return ask("POST", "/sandbox/propagation", {"displayName": name, "step": step}, token="")


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("fresh", "pending"),
        ("inProcessing", "pending"),
        ("early", "success"),
        ("success", "success"),
        ("error", "error"),
        ("notAvaliable", "notAvaliable"),
    ],
)
def test_propagation_goes_where_it_is_told(ask, step, status):
    assert propagated(ask, step).status_code == 200

    event = ask("GET", LEAVER).json()
    assert event["eventStatus"]["status"] == status
    assert (event["lastStatusUpdateDateTime"] == "0001-01-01T00:00:00Z") == (step == "fresh")


def test_propagation_told_so_stays_there(ask):
    propagated(ask, "inProcessing")

    ask.sandbox.options = Options(propagation_seconds=0)

    assert ask("GET", LEAVER).json()["eventStatus"]["status"] == "pending"


def test_propagation_leaves_the_event_alone(ask):
    before = ask("GET", LEAVER).json()

    propagated(ask, "error")

    after = ask("GET", LEAVER).json()
    moving = {"eventStatus", "eventPropagationResults", "lastStatusUpdateDateTime"}
    assert {name for name in before if before[name] != after[name]} == moving


@pytest.mark.parametrize(("step", "name", "status"), [("melted", "Leaver 40117", 400), ("error", "No such event", 404)])
def test_propagation_refuses_what_it_does_not_understand(ask, step, name, status):
    assert propagated(ask, step, name).status_code == status


@pytest.mark.parametrize(
    ("seconds", "status", "workloads"),
    [(20, "pending", []), (40, "pending", ["inProcessing", "none"]), (70, "success", ["success", "success"])],
)
def test_propagation_goes_on_by_itself(ask, seconds, status, workloads):
    created = datetime.now(UTC) - timedelta(seconds=seconds)
    body = {"createdDateTime": created.isoformat(timespec="seconds")}

    edit(ask, action="patch", set="retentionEvents", displayName="Leaver 40117", body=body)

    event = ask("GET", LEAVER).json()
    assert event["eventStatus"]["status"] == status
    assert [result["status"] for result in event["eventPropagationResults"]] == workloads


def test_propagation_says_when_it_went_on(ask):
    body = {"createdDateTime": "2026-09-01T09:00:05Z"}

    edit(ask, action="patch", set="retentionEvents", displayName="Leaver 40117", body=body)

    assert ask("GET", LEAVER).json()["lastStatusUpdateDateTime"] == "2026-09-01T09:01:05Z"


def test_faults_are_set_shown_and_cleared(ask):
    ask("POST", "/sandbox/faults", [{"effect": "throttle", "times": 1}], token="")
    throttled = ask("GET", LABELS).status_code

    shown = ask("GET", "/sandbox/faults", token="").json()

    assert throttled == 429
    assert shown == [{"effect": "throttle", "times": 1, "seen": 1, "fired": 1}]
    assert ask("DELETE", "/sandbox/faults", token="").json() == []
    assert ask("GET", "/sandbox/faults", token="").json() == []


def test_faults_that_make_no_sense_leave_the_old_ones(ask):
    ask("POST", "/sandbox/faults", [{"effect": "refuse", "after": 9}])

    answers = [ask("POST", "/sandbox/faults", body).status_code for body in ([{"effect": "x"}], {}, "[", [1])]

    assert answers == [400, 400, 400, 400]
    assert len(ask("GET", "/sandbox/faults").json()) == 1


@pytest.mark.parametrize("name", ["journal", "ledger", "state"])
def test_control_paths_show_what_python_shows(ask, name):
    ask("POST", "/v1.0/security/labels/citations", {"displayName": "New"})

    assert ask("GET", f"/sandbox/{name}", token="").json() == getattr(ask.sandbox, name)()


def test_reset_starts_again(ask):
    ask.sandbox.reset()
    seeded = ask.sandbox.state()
    ask("POST", "/v1.0/security/labels/citations", {"displayName": "New"})

    ask("POST", "/sandbox/reset", token="")

    assert (ask.sandbox.state(), ask.sandbox.ledger(), ask.sandbox.journal()) == (seeded, [], [])


def test_control_paths_that_do_not_exist(ask):
    assert ask("GET", "/sandbox/magic").status_code == 404
    assert ask("PUT", "/sandbox/state").status_code == 405
