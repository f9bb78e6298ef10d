from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labels.models import RetentionLabel
from portal.audit.models import Entry
from portal.changes import push
from portal.changes.models import Attempt, Change, Decision, Push, Why
from portal.changes.objects import Wanted
from portal.changes.push.lease import take
from portal.mirror import kinds
from portal.mirror.kinds import Action, Document
from portal.sandbox.server import Sandbox
from portal.tenants import clock, connection
from portal.tenants.models import Connection, Health, Tenant
from tests.portal.changes.push.conftest import Approve, create

pytestmark = pytest.mark.django_db


def row(tenant: Tenant, name: str) -> RetentionLabel:
    return RetentionLabel.objects.get(tenant=tenant, display_name=name)


def described(tenant: Tenant) -> Wanted:
    """A label of the tenant with another description."""
    held = RetentionLabel.objects.filter(tenant=tenant, trigger="dateCreated", action="delete", is_in_use=False)[0]
    after = held.document | {"descriptionForAdmins": "Series 12 of the schedule"}
    return Wanted(held.kind, Action.UPDATE, held.document, after, held.graph_id)


def verbs() -> list[str]:
    return list(Entry.objects.filter(verb__startswith="change.").order_by("pk").values_list("verb", flat=True))


def test_drain_creates_reads_back_and_mirrors(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    request = approve(create(label))

    drain()

    change = request.changes.get()
    assert (change.push, change.target != "") == (Push.DONE, True)
    assert [write["displayName"] for write in sandbox.ledger()] == ["FIN Travel claims 3y"]
    assert row(tenant, "FIN Travel claims 3y").document == row(tenant, "FIN Travel claims 3y").agreed == label
    assert verbs() == ["change.sending", "change.sent", "change.confirmed"]


def test_drain_sends_what_is_named_first(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    event_type = {"displayName": "Lease ended", "description": ""}
    wanted = label | {"retentionTrigger": "dateOfEvent", "retentionEventType": "Lease ended"}
    wanted |= {"descriptors": {**label["descriptors"], "category": "Leases", "subcategory": "Flats"}}
    category, sub = {"displayName": "Leases"}, {"displayName": "Flats", "category": "Leases"}

    request = approve(
        create(wanted),
        create(sub, "subcategory"),
        create(category, "category"),
        create(event_type, "retentionEventType"),
    )
    drain()

    names = [write["displayName"] for write in sandbox.ledger()]
    assert names == ["Leases", "Flats", "Lease ended", "FIN Travel claims 3y"]
    assert [change.push for change in request.changes.filter(carried_by="graph")] == [Push.DONE] * 4
    assert [change.push for change in request.changes.filter(carried_by="person")] == [Push.PERSON]


def test_drain_updates_only_changed_fields(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    label = RetentionLabel.objects.filter(tenant=tenant, trigger="dateCreated", action="delete", is_in_use=False)[0]
    after = label.document | {"descriptionForAdmins": "Series 12 of the schedule"}

    request = approve(Wanted("retentionLabel", Action.UPDATE, label.document, after, label.graph_id))
    drain()

    assert request.changes.get().push == Push.DONE
    assert [write["body"] for write in sandbox.ledger()] == [{"descriptionForAdmins": "Series 12 of the schedule"}]
    assert row(tenant, label.display_name).document == after


def test_drain_deletes_and_marks_the_row_gone(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    approve(create(label))
    drain()
    held = row(tenant, label["displayName"])

    request = approve(Wanted("retentionLabel", Action.DELETE, held.document, None, held.graph_id))
    drain()

    held.refresh_from_db()
    assert (request.changes.get().push, held.gone_at is not None) == (Push.DONE, True)
    assert sandbox.ledger()[-1]["method"] == "DELETE"


@pytest.mark.parametrize("effect", ["apply_then_drop", "apply_then_status", "apply_then_garbled"])
def test_drain_finds_its_own_lost_answer(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None], effect: str
) -> None:
    """G2, G4: it was applied, nobody told us, it is found and never sent again."""
    rule = {"method": "POST", "effect": effect, "times": 1}
    sandbox.faults([rule | {"status": 500}] if effect == "apply_then_status" else [rule])
    request = approve(create(label))

    drain()

    assert request.changes.get().push == Push.DONE
    assert len(sandbox.ledger()) == 1
    assert verbs() == ["change.sending", "change.unsure", "change.sent", "change.confirmed"]


def test_drain_repeats_a_create_only_after_two_looks(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """G4: nothing arrived; two complete look-ups say so before it is sent again."""
    sandbox.faults([{"method": "POST", "effect": "refuse", "times": 1}])
    request = approve(create(label))

    drain()

    assert request.changes.get().push == Push.DONE
    assert len(sandbox.ledger()) == 1
    assert verbs() == [
        "change.sending",
        "change.unsure",
        "change.looked_up",
        "change.looked_up",
        "change.sending",
        "change.sent",
        "change.confirmed",
    ]


def test_drain_does_not_count_a_look_that_broke_off(
    sandbox: Sandbox, approve: Approve, label: Document, tenant: Tenant
) -> None:
    """G4: a listing that did not end by itself proves nothing."""
    sandbox.faults(
        [
            {"method": "POST", "effect": "refuse", "times": 1},
            {"method": "GET", "path": "retentionLabels", "effect": "status", "status": 500},
        ]
    )
    request = approve(create(label))

    for _ in range(4):
        push.drain(tenant.pk)
        Change.objects.update(not_before=None)

    change = request.changes.get()
    assert (change.push, change.negatives, sandbox.ledger()) == (Push.UNSURE, 0, [])


def test_drain_waits_as_long_as_graph_says(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """G14: throttling only delays, and costs none of the sends."""
    sandbox.faults([{"method": "POST", "effect": "throttle", "retry_after": "40", "times": 1}])
    request = approve(create(label))

    drain()

    change = request.changes.get()
    attempt = Attempt.objects.get()
    assert (change.push, change.sends, attempt.outcome) == (Push.READY, 0, "throttled")
    assert (change.not_before - attempt.finished_at).total_seconds() >= 39.5
    Change.objects.update(not_before=None)
    Connection.objects.update(closed_until=None)
    drain()
    assert request.changes.get().push == Push.DONE


@pytest.mark.parametrize("effect", [{"effect": "throttle"}, {"effect": "status", "status": 503}])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_drain_asks_for_nothing_else_while_graph_wants_to_wait(
    tenant: Tenant,
    sandbox: Sandbox,
    approve: Approve,
    label: Document,
    drain: Callable[[], None],
    method: str,
    effect: dict[str, Any],
) -> None:
    """G14: it is the account that is asked to wait, whichever change it asked for, to write or to read."""
    sandbox.faults([effect | {"method": method, "retry_after": "40", "times": 1}])
    approve(create(label) if method == "POST" else described(tenant), create(label | {"displayName": "FIN Fares 3y"}))
    asked = len(sandbox.journal())

    drain()

    until = connection.waits_until(tenant)
    assert len(sandbox.journal()) == asked + 1
    assert until is not None
    assert (until - clock.now()).total_seconds() > 35


def test_drain_stops_at_a_refusal_with_graphs_words(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    sandbox.faults(
        [{"method": "POST", "effect": "status", "status": 400, "code": "invalidRequest", "times": 1}],
    )
    request = approve(create(label))

    drain()

    change = request.changes.get()
    assert (change.push, change.why) == (Push.STOPPED, Why.REJECTED)
    assert change.message.startswith("Purview did not accept “FIN Travel claims 3y”: ")
    assert change.support != ""


def test_drain_stops_what_needs_a_stopped_change(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    sandbox.faults([{"method": "POST", "path": "citations", "effect": "status", "status": 400}])
    citation = {"displayName": "Rent Act s. 4", "citationUrl": "", "citationJurisdiction": ""}
    wanted = label | {"descriptors": {**label["descriptors"], "citation": "Rent Act s. 4"}}
    request = approve(create(citation, "citation"), create(wanted))

    drain()

    assert [(change.push, change.why) for change in request.changes.all()] == [
        (Push.STOPPED, Why.REJECTED),
        (Push.STOPPED, Why.HELD),
    ]
    assert request.changes.last().message == "It needs “Rent Act s. 4”, which did not happen."


def test_drain_holds_the_connection_when_the_account_is_refused(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    sandbox.faults([{"method": "POST", "effect": "status", "status": 403, "code": "accessDenied"}])
    request = approve(create(label))

    drain()

    assert (request.changes.get().push, Connection.objects.get().health) == (Push.READY, Health.HELD)
    assert Attempt.objects.count() == 1


def test_drain_never_overwrites_an_outside_edit(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    """G13: somebody changed the same field in Purview after it was approved."""
    label = RetentionLabel.objects.filter(tenant=tenant, trigger="dateCreated", action="delete", is_in_use=False)[0]
    after = label.document | {"descriptionForAdmins": "Ours"}
    request = approve(Wanted("retentionLabel", Action.UPDATE, label.document, after, label.graph_id))
    sandbox.edit("patch", "retentionLabels", label.display_name, {"descriptionForAdmins": "Theirs"}, by="g.meyer")

    drain()

    change = request.changes.get()
    assert (change.push, change.why, [write for write in sandbox.ledger() if write.get("path")]) == (
        Push.STOPPED,
        Why.DRIFTED,
        [],
    )


def test_drain_adopts_nothing_that_differs(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """Rule 8: a namesake with other settings is a conflict to show, not to overwrite."""
    request = approve(create(label))
    sandbox.edit("create", "retentionLabels", None, _body(label) | {"descriptionForUsers": "Other"}, by="g.meyer")

    drain()

    change = request.changes.get()
    assert (change.push, change.why) == (Push.STOPPED, Why.REJECTED)


def _body(label: Document) -> dict[str, object]:
    names = ("displayName", "behaviorDuringRetentionPeriod", "actionAfterRetentionPeriod", "retentionTrigger")
    return {name: label[name] for name in (*names, "retentionDuration")}


def test_drain_sends_nothing_that_was_edited_behind_the_approvers(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """G1: the stored document is no longer what the approvals hash to."""
    request = approve(create(label))
    Change.objects.filter(request=request).update(after=label | {"descriptionForUsers": "Slipped in"})

    drain()

    change = request.changes.get()
    assert (change.push, change.why, sandbox.ledger()) == (Push.STOPPED, Why.HELD, [])
    assert change.message == "What is stored is not what was approved."


def test_drain_sends_nothing_without_its_approvals(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """G1: a request marked approved without the signatures for it."""
    request = approve(create(label))
    Decision.objects.filter(request=request).update(content_hash="0" * 64)

    drain()

    assert (request.changes.get().why, sandbox.ledger()) == (Why.HELD, [])


def test_drain_does_nothing_while_another_worker_holds_the_lease(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document
) -> None:
    """G5."""
    approve(create(label))
    held = take(tenant)
    push.drain(tenant.pk)

    assert (held is not None, sandbox.ledger()) == (True, [])


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE])
def test_drain_sends_no_body_that_says_something_else(
    monkeypatch: pytest.MonkeyPatch,
    tenant: Tenant,
    sandbox: Sandbox,
    approve: Approve,
    label: Document,
    drain: Callable[[], None],
    action: Action,
) -> None:
    """G1: the body, read back as a document, is not the one that was approved."""
    kind = kinds.of("retentionLabel")

    def body(document: Document, *args: Any) -> dict[str, Any]:
        return kind.body(document, *args) | {"descriptionForUsers": "Slipped in"}

    monkeypatch.setitem(kinds._kinds, "retentionLabel", replace(kind, body=body))
    request = approve(create(label) if action == Action.CREATE else described(tenant))

    drain()

    change = request.changes.get()
    assert (change.push, change.why, sandbox.ledger()) == (Push.STOPPED, Why.HELD, [])
    assert change.message == "The request to Purview would not say what was approved."
