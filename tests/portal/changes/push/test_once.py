"""What happens once: found by its marker alone, never sent twice, and an incident wherever it came about otherwise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.models import RetentionEvent
from portal.audit.models import Entry
from portal.changes import push, stopped, waiting
from portal.changes.models import Attempt, Change, ChangeRequest, Push, Why
from portal.changes.push.steps import step
from portal.changes.tasks import synchronise
from portal.errors import Invalid, NotAllowed, Stale
from portal.mirror import markers
from portal.mirror.models import Cause
from portal.sandbox.server import Sandbox
from portal.tenants import clock, connection
from portal.tenants.models import Connection, Person, Tenant
from tests.happening import created, deleted, event
from tests.portal.changes.push.conftest import Approve

pytestmark = pytest.mark.django_db
POST = {"method": "POST", "path": "retentionEvents$"}
GET = {"method": "GET", "path": "retentionEvents/"}
OTHER = {"queryType": "files", "query": "ComplianceAssetID:4712"}
Drain = Callable[[], None]


def only(request: ChangeRequest) -> Change:
    return request.changes.get()


def posts(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [write for write in sandbox.ledger() if write["method"] == "POST"]


def attempts() -> list[tuple[str, str]]:
    return list(Attempt.objects.order_by("pk").values_list("method", "outcome"))


def test_an_approved_event_is_recorded_once_and_mirrored(sandbox: Sandbox, approve: Approve, drain: Drain) -> None:
    wanted = event()

    request = approve(created(wanted))
    drain()

    row = RetentionEvent.objects.get()
    assert (only(request).push, row.document, row.agreed, row.status) == (Push.DONE, wanted, wanted, "pending")
    (sent,) = posts(sandbox)
    assert sent["body"]["eventTriggerDateTime"] == "2026-10-30T23:00:00Z"
    assert sent["body"]["eventQueries"] == wanted["eventQueries"]


@pytest.mark.parametrize("effect", ["apply_then_drop", "refuse"])
def test_an_unsure_event_is_looked_up_by_its_marker_and_never_sent_twice(
    effect: str, sandbox: Sandbox, approve: Approve, drain: Drain
) -> None:
    """G2, G4: found once, it is adopted; found nowhere twice, it is sent again."""
    sandbox.faults([POST | {"effect": effect, "times": 1}])

    request = approve(created(event()))
    drain()

    assert (only(request).push, len(posts(sandbox))) == (Push.DONE, 1)


def test_looks_for_an_event_are_five_settle_times_apart(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 11: 300 s where others wait 60."""
    monkeypatch.setattr(step, "SETTLE", timedelta(seconds=60))
    sandbox.faults([POST | {"effect": "refuse", "times": 1}])

    request = approve(created(event()))
    for _ in range(3):
        push.drain(tenant.pk)

    change = only(request)
    assert (change.push, change.negatives, len(attempts())) == (Push.UNSURE, 1, 1)
    assert change.not_before is not None
    assert change.not_before > clock.now() + timedelta(seconds=290)


def test_a_namesake_without_the_marker_is_not_taken_for_it(sandbox: Sandbox, approve: Approve, drain: Drain) -> None:
    """Rule 7: match by marker only. Name, time and type of another event are the same."""
    first, second = event(), event("Departure 4711 again")
    second["displayName"] = f"Departure 4711 {markers.of(second)}"
    other = approve(created(first))
    drain()
    assert only(other).push == Push.DONE
    sandbox.faults([POST | {"effect": "refuse", "times": 1}])
    Change.objects.update(name="Somebody else’s")
    RetentionEvent.objects.update(bare_name="", search_key="")

    request = approve(created(second))
    drain()

    assert (only(request).push, len(posts(sandbox))) == (Push.DONE, 2)


def test_an_event_is_found_wherever_its_marker_stands(sandbox: Sandbox, approve: Approve, drain: Drain) -> None:
    """In its description alone, since its name came about otherwise: an incident, and never sent again."""
    wanted = event()
    sandbox.faults([POST | {"effect": "refuse", "times": 1}])
    request = approve(created(wanted))
    sandbox.edit("create", "retentionEvents", body={**wanted, "displayName": "Departure 4711"})

    drain()

    change = only(request)
    assert (change.push, change.why, posts(sandbox)) == (Push.STOPPED, Why.MISMATCH, [])


def test_two_events_of_one_marker_are_an_incident(sandbox: Sandbox, approve: Approve, drain: Drain) -> None:
    """The honest limit of G2: it cannot be prevented, so it is found."""
    wanted = event()
    sandbox.faults([POST | {"effect": "apply_then_drop", "times": 1}])
    request = approve(created(wanted))
    sandbox.edit("create", "retentionEvents", body=wanted)

    drain()

    assert (only(request).push, only(request).why) == (Push.STOPPED, Why.DUPLICATE)


@pytest.mark.parametrize("member", ["eventQueries", "eventTriggerDateTime", "description"])
@pytest.mark.parametrize("where", [POST, GET])
def test_an_event_that_came_about_otherwise_is_an_incident(
    where: dict[str, str], member: str, sandbox: Sandbox, approve: Approve, drain: Drain
) -> None:
    """Contract 3.4: the echo and what is read back are what was sent, or somebody is told."""
    value = {"eventQueries": [], "eventTriggerDateTime": "2020-01-01T00:00:00Z", "description": "Other"}[member]
    sandbox.faults([where | {"effect": "unknown_member", "property": member, "value": value}])

    request = approve(created(event()))
    drain()

    change = only(request)
    assert (change.push, change.why, len(posts(sandbox))) == (Push.STOPPED, Why.MISMATCH, 1)
    assert (member in change.message, "cannot be taken back" in change.message) == (True, True)


def test_an_incident_is_neither_tried_nor_drafted_again_but_closed(
    sandbox: Sandbox, approve: Approve, drain: Drain, author: Person, auditor: Person
) -> None:
    sandbox.faults([GET | {"effect": "unknown_member", "property": "eventQueries", "value": []}])
    request = approve(created(event()))
    drain()

    for act in (stopped.retry, stopped.redraft):
        with pytest.raises(Invalid):
            act(request, by=author)
    with pytest.raises(NotAllowed):
        waiting.close(only(request), by=auditor, statement="Seen.")
    with pytest.raises(Invalid, match="what was done"):
        waiting.close(only(request), by=author, statement=" ")
    waiting.close(only(request), by=author, statement="Two files were relabelled.")
    with pytest.raises(Stale):
        waiting.close(only(request), by=author, statement="Again.")

    assert (only(request).push, len(posts(sandbox))) == (Push.CANCELLED, 1)
    assert Entry.objects.filter(verb="change.closed").count() == 1


def test_a_service_that_loses_markers_leaves_unsure_events_to_a_person(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Drain
) -> None:
    """Rule 7: what cannot be looked up is never sent again."""
    plain = {"effect": "unknown_member", "value": "Departure"}
    sandbox.faults([GET | plain | {"property": name} for name in ("displayName", "description")])
    approve(created(event()))
    drain()
    assert connection.loses_markers(tenant)
    sandbox.faults([POST | {"effect": "refuse", "times": 1}])

    request = approve(created(event("Departure 4712", queries=[OTHER])))
    drain()

    assert (only(request).push, only(request).why, len(posts(sandbox))) == (Push.STOPPED, Why.HELD, 1)


def test_a_refused_event_is_drafted_again_under_another_marker(
    sandbox: Sandbox, approve: Approve, drain: Drain, author: Person
) -> None:
    """The first certainly did not happen."""
    sandbox.faults([POST | {"effect": "status", "status": 400, "times": 1}])
    wanted = event()
    request = approve(created(wanted))
    drain()
    assert (only(request).push, only(request).why) == (Push.STOPPED, Why.REJECTED)

    again = only(stopped.redraft(request, by=author))

    assert markers.of(again.document) != markers.of(wanted)
    assert (again.marker, again.case) == (markers.of(again.document), markers.of(again.document))
    assert again.document | {"displayName": "", "description": ""} == wanted | {"displayName": "", "description": ""}


def test_a_deleted_event_is_gone(sandbox: Sandbox, approve: Approve, drain: Drain) -> None:
    approve(created(event()))
    drain()

    request = approve(deleted(RetentionEvent.objects.get()))
    drain()

    assert only(request).push == Push.DONE
    assert RetentionEvent.objects.get().gone_at is not None


# Waiting


def wait_for(tenant: Tenant, days: int) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(event_days_manual=days)
    tenant.refresh_from_db()


def a_day_passes() -> None:
    for change in Change.objects.filter(held_until__isnull=False):
        Change.objects.filter(pk=change.pk).update(held_until=change.held_until - timedelta(days=1))


def test_an_event_waits_for_its_day(tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Drain) -> None:
    wait_for(tenant, 1)

    request = approve(created(event()))
    drain()
    assert (only(request).push, only(request).is_waiting, attempts()) == (Push.READY, True, [])
    a_day_passes()
    drain()

    assert (only(request).push, len(posts(sandbox))) == (Push.DONE, 1)


def test_an_event_is_withdrawn_while_it_waits_and_never_after(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Drain, author: Person, auditor: Person
) -> None:
    wait_for(tenant, 1)
    waits, goes = approve(created(event())), approve(created(event("Departure 4712", queries=[OTHER])))
    with pytest.raises(NotAllowed):
        waiting.withdraw(only(waits), by=auditor, reason="Rehired.")
    with pytest.raises(Invalid, match="Say why"):
        waiting.withdraw(only(waits), by=author, reason="")

    waiting.withdraw(only(waits), by=author, reason="Rehired.")
    a_day_passes()
    drain()

    assert (only(waits).push, only(goes).push, len(posts(sandbox))) == (Push.CANCELLED, Push.DONE, 1)
    with pytest.raises(Stale, match="cannot be taken back"):
        waiting.withdraw(only(goes), by=author, reason="Too late.")
    assert Entry.objects.filter(verb="change.withdrawn").count() == 1


@pytest.mark.parametrize("state", [Push.SENDING, Push.UNSURE, Push.SENT])
def test_nothing_that_may_be_on_its_way_is_withdrawn(state: Push, approve: Approve, author: Person) -> None:
    request = approve(created(event()))
    Change.objects.update(push=state)

    with pytest.raises(Stale):
        waiting.withdraw(only(request), by=author, reason="Rehired.")


def test_a_follow_up_waits_for_the_first_and_its_own_days(
    sandbox: Sandbox, approve: Approve, drain: Drain, author: Person
) -> None:
    first = event()
    later = event("Departure 4711 +30d")
    request = approve(created(first), created(later, case=markers.of(first), after_days=30))
    drain()

    done, waits = request.changes.order_by("position")
    assert (done.push, waits.push, waits.is_waiting, waits.is_follow_up) == (Push.DONE, Push.READY, True, True)
    for _ in range(30):
        a_day_passes()
    drain()

    assert request.changes.filter(push=Push.DONE).count() == 2
    assert len(posts(sandbox)) == 2


def test_withdrawing_the_first_stops_what_repeats_it(
    tenant: Tenant, approve: Approve, drain: Drain, author: Person
) -> None:
    wait_for(tenant, 1)
    first = event()
    request = approve(created(first), created(event("Departure 4711 +30d"), case=markers.of(first), after_days=30))

    waiting.withdraw(request.changes.get(marker=markers.of(first)), by=author, reason="Rehired.")

    assert set(request.changes.values_list("push", flat=True)) == {Push.CANCELLED}


def test_an_unscoped_event_takes_two_approvers(
    sandbox: Sandbox, tenant: Tenant, approve: Approve, drain: Drain
) -> None:
    """VR-59; the sandbox allows it when told so."""
    sandbox.options = replace(sandbox.options, unscoped_events=True)

    request = approve(created(event(queries=[])))
    drain()

    assert (request.approvals_wanted, only(request).push) == (2, Push.DONE)
    assert not RetentionEvent.objects.get().is_scoped


# Holding all pushes


def test_nothing_is_sent_while_all_pushes_are_held(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Drain, author: Person, administrator: Person
) -> None:
    connection.pause(tenant, by=author, reason="Audit week.")
    request = approve(created(event()))
    drain()
    assert (only(request).push, attempts()) == (Push.READY, [])
    with pytest.raises(NotAllowed):
        connection.resume(tenant, by=author)

    connection.resume(tenant, by=administrator)
    drain()

    assert only(request).push == Push.DONE
    assert list(Entry.objects.filter(verb__startswith="pushes.").order_by("pk").values_list("verb", flat=True)) == [
        "pushes.held",
        "pushes.resumed",
    ]


def test_holding_needs_a_reason_and_a_role(tenant: Tenant, author: Person, auditor: Person) -> None:
    with pytest.raises(Invalid, match="Say why"):
        connection.pause(tenant, by=author, reason="  ")
    with pytest.raises(NotAllowed):
        connection.pause(tenant, by=auditor, reason="Audit week.")
    assert not Connection.objects.filter(paused_at__isnull=False).exists()


def test_events_made_outside_are_mirrored_and_told(tenant: Tenant, sandbox: Sandbox) -> None:
    sandbox.edit("create", "retentionEvents", body=event())

    synchronise(tenant, cause=Cause.COMMAND)

    row = RetentionEvent.objects.get()
    assert (row.event_type_name, row.is_drifted) == ("Employee separation", True)
    assert Entry.objects.filter(verb="mirror.created_outside", object_kind="retentionEvent").count() == 1
