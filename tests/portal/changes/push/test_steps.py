"""Single steps that once went wrong: doubts, refusals that come too early, parts that are missing."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from events.models import RetentionEventType
from labels.models import Descriptor, RetentionLabel
from portal.audit.models import Entry
from portal.changes import push, stopped
from portal.changes.models import Attempt, Change, Push, Why
from portal.changes.objects import Wanted
from portal.changes.push.steps import step, writing
from portal.changes.tasks import synchronise
from portal.mirror import sync
from portal.mirror.kinds import Action, Document, Raw
from portal.mirror.models import Cause
from portal.sandbox.server import Sandbox
from portal.tenants import clock
from portal.tenants.models import Connection, Health, Person, Tenant
from tests.portal.changes.push.conftest import Approve, create

pytestmark = pytest.mark.django_db
LIST = {"method": "GET", "path": "retentionLabels$"}
POST = {"method": "POST", "path": "retentionLabels$"}
PATCH = {"method": "PATCH", "path": "retentionLabels"}


def plain(tenant: Tenant) -> RetentionLabel:
    """A label that may be changed and deleted."""
    return RetentionLabel.objects.filter(tenant=tenant, trigger="dateCreated", action="delete", is_in_use=False)[0]


def described(row: RetentionLabel, text: str = "Ours") -> Wanted:
    after = row.document | {"descriptionForAdmins": text}
    return Wanted("retentionLabel", Action.UPDATE, row.document, after, row.graph_id)


def deleted(row: RetentionLabel) -> Wanted:
    return Wanted("retentionLabel", Action.DELETE, row.document, None, row.graph_id)


def due_at_once() -> None:
    Change.objects.update(not_before=None)


def attempts() -> list[tuple[str, str]]:
    return list(Attempt.objects.order_by("pk").values_list("method", "outcome"))


def looks() -> list[int]:
    """The numbers of the look-ups that did not find it, as the history tells them."""
    told = Entry.objects.filter(verb="change.looked_up").order_by("pk").values_list("body", flat=True)
    return [json.loads(body)["facts"]["look"] for body in told]


# Doubt


def test_a_look_that_breaks_off_after_a_refusal_is_a_doubt(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """Whether the refusal was of our own earlier success is not known: nothing is read back, nothing is sent."""
    sandbox.faults(
        [
            POST | {"effect": "status", "status": 400, "times": 1},
            LIST | {"effect": "status", "status": 500, "times": 1},
        ]
    )
    request = approve(create(label))

    push.drain(tenant.pk)

    change = request.changes.get()
    assert (change.push, change.negatives, change.target) == (Push.UNSURE, 0, "")
    assert change.not_before is not None
    due_at_once()
    drain()
    assert request.changes.get().push == Push.DONE
    assert attempts() == [("POST", "refused"), ("POST", "answered")]


def test_what_is_left_in_sending_is_never_read_back(tenant: Tenant, approve: Approve, label: Document) -> None:
    """A new holder of the lease turns it into a doubt first (C4 to C6)."""
    request = approve(create(label))
    change = request.changes.get()
    Change.objects.update(push=Push.SENDING)
    Attempt.objects.create(change=change, n=1, fence=1, method="POST", started_at=clock.now())

    push.drain(tenant.pk)

    assert attempts() == [("POST", "unsure"), ("POST", "answered")]
    verbs = Entry.objects.filter(verb__startswith="change.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[:3] == ["change.unsure", "change.looked_up", "change.looked_up"]


def test_looks_are_as_far_apart_as_the_remote_needs_to_settle(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G4: 0 POSTs without two complete negative look-ups at least SETTLE apart."""
    monkeypatch.setattr(step, "SETTLE", timedelta(seconds=60))
    sandbox.faults([POST | {"effect": "refuse", "times": 1}])
    request = approve(create(label))

    for _ in range(3):
        push.drain(tenant.pk)

    change = request.changes.get()
    assert (change.push, change.negatives, len(attempts())) == (Push.UNSURE, 1, 1)
    assert change.not_before > clock.now() + timedelta(seconds=55)
    due_at_once()
    push.drain(tenant.pk)
    assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)


def test_an_answer_that_does_not_say_what_it_created_is_a_doubt(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    sandbox.faults([POST | {"effect": "without", "property": "id", "times": 1}])
    request = approve(create(label))

    drain()

    assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)
    assert attempts() == [("POST", "answered")]


def test_an_answer_with_another_name_stops(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """Reliability.md 8."""
    other = {"effect": "unknown_member", "property": "displayName", "value": "Something else"}
    sandbox.faults([POST | other])
    request = approve(create(label))

    drain()

    change = request.changes.get()
    assert (change.push, change.why, len(sandbox.ledger())) == (Push.STOPPED, Why.DRIFTED, 1)


@pytest.mark.parametrize("status", [500, 503, 302])
def test_a_write_that_may_have_arrived_is_looked_up(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None], status: int
) -> None:
    """Rule 6: any 3xx or 5xx."""
    effect = {"effect": "redirect", "location": "http://127.0.0.1:1/"} if status == 302 else {"effect": "status"}
    sandbox.faults([POST | effect | {"status": status, "times": 1}])
    request = approve(create(label))

    drain()

    assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)
    assert attempts() == [("POST", "unsure"), ("POST", "answered")]
    assert looks() == [1, 2]


def test_looks_are_counted_anew_after_each_send(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """G4: those that followed an earlier send say nothing of a later one."""
    sandbox.faults([POST | {"effect": "refuse", "times": 2}])
    request = approve(create(label))

    drain()
    due_at_once()
    drain()

    assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)
    assert looks() == [1, 2, 1, 2]


def test_an_unsure_update_is_looked_up_and_not_repeated(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    sandbox.faults([PATCH | {"effect": "apply_then_drop", "times": 1}])
    request = approve(described(plain(tenant)))

    drain()

    assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)


def test_an_unsure_deletion_is_looked_up_and_not_repeated(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    sandbox.faults([{"method": "DELETE", "effect": "apply_then_drop", "times": 1}])
    request = approve(deleted(plain(tenant)))

    drain()

    assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)


def test_twins_are_left_to_a_person(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    sandbox.faults([POST | {"effect": "refuse", "times": 1}])
    request = approve(create(label))
    for _ in range(2):
        sandbox.edit("create", "retentionLabels", None, {"displayName": label["displayName"]})

    drain()

    change = request.changes.get()
    assert (change.push, change.why, sandbox.ledger()) == (Push.STOPPED, Why.DUPLICATE, [])


# Refusals


def test_a_refusal_of_our_own_earlier_success_is_one(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """G2: the first answer was lost on the way and the name is taken, by us (rule 6)."""
    sandbox.faults([POST | {"effect": "apply_then_status", "status": 409, "times": 1}])
    request = approve(create(label))

    drain()

    assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)
    assert attempts() == [("POST", "refused")]


def test_a_refusal_of_what_names_something_new_is_tried_again(
    tenant: Tenant,
    sandbox: Sandbox,
    approve: Approve,
    label: Document,
    drain: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rule 2: more often than a change may be sent, until the remote must know what was created."""
    monkeypatch.setattr(writing, "backoff", lambda sends: clock.now())
    monkeypatch.setattr(step, "SETTLE", timedelta(seconds=60))
    sandbox.faults([POST | {"effect": "status", "status": 400, "times": 11}])
    citation = {"displayName": "Rent Act s. 4", "citationUrl": "", "citationJurisdiction": ""}
    wanted = label | {"descriptors": {**label["descriptors"], "citation": "Rent Act s. 4"}}
    request = approve(create(citation, "citation"), create(wanted))

    drain()

    assert [change.push for change in request.changes.all()] == [Push.DONE, Push.DONE]
    assert request.changes.get(kind="retentionLabel").attempts.count() == 12


def test_a_refusal_of_what_names_something_known_stops(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    sandbox.faults([POST | {"effect": "status", "status": 400}])
    citation = {"displayName": "Rent Act s. 4", "citationUrl": "", "citationJurisdiction": ""}
    wanted = label | {"descriptors": {**label["descriptors"], "citation": "Rent Act s. 4"}}
    request = approve(create(citation, "citation"), create(wanted))

    drain()

    assert request.changes.get(kind="retentionLabel").why == Why.REJECTED


def test_a_refused_account_costs_no_send(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, administrator: Person
) -> None:
    """One lost role must not reject 200 changes, however often somebody releases the connection too early."""
    sandbox.faults([POST | {"effect": "status", "status": 403}])
    request = approve(create(label))

    for _ in range(9):
        Connection.objects.update(health=Health.OK)
        due_at_once()
        push.drain(tenant.pk)

    change = request.changes.get()
    assert (change.push, change.sends, Attempt.objects.count()) == (Push.READY, 0, 9)


# Reads


def test_reads_that_work_in_between_keep_the_circuit_closed(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    """Rule 12 counts failures in a row."""
    Connection.objects.update(failures=4)
    approve(described(plain(tenant)))
    sandbox.faults([PATCH | {"effect": "status", "status": 500, "times": 1}])

    drain()

    assert (Connection.objects.get().failures, Connection.objects.get().closed_until) == (0, None)


def test_the_circuit_opens_after_five_failures_in_a_row(tenant: Tenant, sandbox: Sandbox, approve: Approve) -> None:
    sandbox.faults([{"method": "GET", "effect": "status", "status": 503}])
    approve(described(plain(tenant)))

    for _ in range(8):
        due_at_once()
        push.drain(tenant.pk)

    connection = Connection.objects.get()
    assert connection.failures == 5
    assert connection.closed_until > clock.now() + timedelta(seconds=50)


def test_an_incomplete_answer_is_read_again(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    """Absence never reads as empty, and needs no person when it passes."""
    row = plain(tenant)
    request = approve(described(row))
    sandbox.faults([{"method": "GET", "path": row.graph_id, "effect": "without", "property": "descriptors"}])

    push.drain(tenant.pk)
    change = request.changes.get()
    assert (change.push, change.not_before is not None, sandbox.ledger()) == (Push.READY, True, [])

    sandbox.faults([])
    due_at_once()
    drain()
    assert request.changes.get().push == Push.DONE


def test_a_missing_part_is_no_deletion(tenant: Tenant, sandbox: Sandbox, approve: Approve) -> None:
    """A 404 for the stages of a label that is there would confirm a deletion that never happened."""
    row = plain(tenant)
    request = approve(deleted(row))
    sandbox.faults(
        [
            {"method": "GET", "path": row.graph_id, "effect": "stages_omitted"},
            {"method": "GET", "path": "dispositionReviewStages", "effect": "status", "status": 404},
        ]
    )

    push.drain(tenant.pk)

    assert (request.changes.get().push, sandbox.ledger()) == (Push.READY, [])


@pytest.mark.parametrize("state", [Push.READY, Push.UNSURE, Push.SENT])
def test_a_missing_parent_stops_a_change_from_where_it_is(tenant: Tenant, approve: Approve, state: Push) -> None:
    """And leaves the worker its lease: the next change goes on."""
    category = Descriptor.objects.filter(kind="category", tenant=tenant)[0]
    sub = {"displayName": "Flats", "category": category.display_name}
    request = approve(create(sub, "subcategory"), create({"displayName": "Leases"}, "department"))
    request.changes.filter(kind="subcategory").update(push=state, target="id-1" if state == Push.SENT else "")
    Descriptor.objects.filter(pk=category.pk).update(gone_at=clock.now())

    push.drain(tenant.pk)

    first, second = request.changes.all()
    assert (first.push, first.why, second.push) == (Push.STOPPED, Why.HELD, Push.DONE)
    assert not Entry.objects.filter(verb="push.lost").exists()


# Deletions and syncs


def test_a_sync_that_read_before_a_deletion_does_not_bring_it_back(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page was read, then the label was deleted and confirmed, then the run writes."""
    row = plain(tenant)
    monkeypatch.setattr(sync, "SETTLE", timedelta(0))
    write = sync.write

    def deleted_meanwhile(*args: Any, **options: Any) -> None:
        approve(deleted(row))
        drain()
        write(*args, **options)

    monkeypatch.setattr(sync, "write", deleted_meanwhile)

    synchronise(tenant, cause=Cause.COMMAND)

    row.refresh_from_db()
    assert (row.gone_at is not None, row.agreed) == (True, None)
    assert not Entry.objects.filter(verb="mirror.created_outside").exists()


def test_a_sync_between_sending_and_reading_back_leaves_the_row_to_the_push(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    row = plain(tenant)
    request = approve(described(row))
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForAdmins": "Ours"}, by="Fileplan")
    request.changes.update(push=Push.SENT, sent_at=clock.now())

    synchronise(tenant, cause=Cause.COMMAND)
    row.refresh_from_db()
    assert row.document["descriptionForAdmins"] != "Ours"
    drain()

    row.refresh_from_db()
    assert (request.changes.get().push, row.document["descriptionForAdmins"]) == (Push.DONE, "Ours")
    assert not row.is_drifted
    assert not Entry.objects.filter(verb="mirror.changed_outside").exists()


def test_what_was_read_back_is_as_old_as_the_question(
    tenant: Tenant, approve: Approve, label: Document, drain: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that a sync asks for while the answer is on its way knows better than the answer."""
    asked: list[datetime] = []
    fetch = step.fetch

    def noted(*args: Any, **options: Any) -> Raw:
        asked.append(clock.now())
        return fetch(*args, **options)

    monkeypatch.setattr(step, "fetch", noted)
    approve(create(label))

    drain()

    assert RetentionLabel.objects.get(tenant=tenant, display_name=label["displayName"]).seen_at <= asked[-1]


# What the tenant holds by now


def test_what_changed_before_it_was_read_back_is_drift(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    """G13: an edit between the look and the write cannot be seen before, so the read-back tells it."""
    row = plain(tenant)
    request = approve(described(row))
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForAdmins": "Theirs"}, by="g.meyer")
    request.changes.update(push=Push.SENT, sent_at=clock.now())

    drain()

    change = request.changes.get()
    assert (change.push, change.why, sandbox.ledger()) == (Push.STOPPED, Why.DRIFTED, [])


def test_an_unsure_update_that_met_another_edit_stops(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    """G13: what is neither as it was nor as it was to be needs no second look."""
    row = plain(tenant)
    request = approve(described(row))
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForAdmins": "Theirs"}, by="g.meyer")
    request.changes.update(push=Push.UNSURE)

    drain()

    change = request.changes.get()
    assert (change.push, change.why, looks(), sandbox.ledger()) == (Push.STOPPED, Why.DRIFTED, [], [])


def test_an_update_that_is_there_already_is_not_sent(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    row = plain(tenant)
    request = approve(described(row))
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForAdmins": "Ours"}, by="g.meyer")

    drain()

    assert (request.changes.get().push, attempts()) == (Push.DONE, [])
    row.refresh_from_db()
    assert not row.is_drifted


def test_an_edit_of_another_field_stays_and_is_drift(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    """G13: only what was approved is written, and only it is agreed on."""
    row = plain(tenant)
    request = approve(described(row))
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForUsers": "Theirs"}, by="g.meyer")

    drain()

    row.refresh_from_db()
    assert request.changes.get().push == Push.DONE
    assert (row.document["descriptionForAdmins"], row.document["descriptionForUsers"]) == ("Ours", "Theirs")
    assert row.is_drifted


def test_a_deletion_of_what_changed_meanwhile_stops(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    row = plain(tenant)
    request = approve(deleted(row))
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForUsers": "Theirs"}, by="g.meyer")

    drain()

    change = request.changes.get()
    assert (change.push, change.why, sandbox.ledger()) == (Push.STOPPED, Why.DRIFTED, [])


def test_a_deletion_of_what_is_in_use_by_now_waits_for_a_person(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """Rule 10, VR-47: it was approved as a deletion that takes nothing from any item."""
    approve(create(label))
    drain()
    row = RetentionLabel.objects.get(display_name=label["displayName"])
    request = approve(deleted(row))
    sandbox.in_use(row.display_name)

    drain()

    change = request.changes.get()
    assert (change.push, change.why, len(sandbox.ledger())) == (Push.STOPPED, Why.HELD, 1)
    assert change.message.startswith("This was not so when it was approved: ")


def test_a_deletion_of_what_may_be_in_use_waits_for_a_person(
    sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    """VR-47: absence never reads as “not in use”."""
    approve(create(label))
    drain()
    row = RetentionLabel.objects.get(display_name=label["displayName"])
    request = approve(deleted(row))
    sandbox.faults([{"method": "GET", "path": row.graph_id, "effect": "without", "property": "isInUse"}])

    drain()

    change = request.changes.get()
    assert (change.push, change.why, len(sandbox.ledger())) == (Push.STOPPED, Why.HELD, 1)


def test_a_deletion_of_a_record_in_use_is_refused(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    """Rule 10, VR-48."""
    row = plain(tenant)
    assert row.behavior == "retainAsRecord"
    request = approve(deleted(row))
    sandbox.in_use(row.display_name)

    drain()

    change = request.changes.get()
    assert (change.push, change.why, sandbox.ledger()) == (Push.STOPPED, Why.REJECTED, [])


def test_a_deletion_of_what_another_label_leads_to_by_now_is_refused(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    """VR-46: nothing led to it when its deletion was approved, and Purview may not stand in the way."""
    row = plain(tenant)
    request = approve(deleted(row))
    leads = {"actionAfterRetentionPeriod": "relabel", "labelToBeApplied": row.display_name}
    sandbox.edit("create", "retentionLabels", None, {"displayName": "FIN Drafts 2y", **leads})
    synchronise(tenant, cause=Cause.COMMAND)

    drain()

    change = request.changes.get()
    assert (change.push, change.why, attempts()) == (Push.STOPPED, Why.REJECTED, [])
    assert change.message == "“FIN Drafts 2y” relabels to this label. Change “FIN Drafts 2y” first."


def test_a_deletion_of_a_value_that_a_label_bears_by_now_waits_for_a_person(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    """VR-56: it was approved as the deletion of a value that no label bears."""
    approve(create({"displayName": "Spare"}, "department"))
    drain()
    row = Descriptor.objects.get(tenant=tenant, display_name="Spare")
    request = approve(Wanted("department", Action.DELETE, row.document, None, row.graph_id))
    bears = {"descriptors": {"department": {"displayName": "Spare"}}}
    sandbox.edit("patch", "retentionLabels", plain(tenant).display_name, bears)
    synchronise(tenant, cause=Cause.COMMAND)

    drain()

    change = request.changes.get()
    assert (change.push, change.why) == (Push.STOPPED, Why.HELD)
    assert ("DELETE", "answered") not in attempts()


def test_a_deletion_of_what_is_gone_already_is_done(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, drain: Callable[[], None]
) -> None:
    row = plain(tenant)
    request = approve(deleted(row))
    sandbox.edit("delete", "retentionLabels", row.display_name)

    drain()

    assert (request.changes.get().push, attempts()) == (Push.DONE, [])


# Trying again


def test_a_creation_that_was_answered_is_tried_again_by_reading_it(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, author: Person, drain: Callable[[], None]
) -> None:
    """G2: Graph takes a second event type of another name only, so nothing would show that it was sent twice."""
    sandbox.faults([{"method": "GET", "path": "retentionEventTypes/", "effect": "status", "status": 500}])
    request = approve(create({"displayName": "Lease ended", "description": ""}, "retentionEventType"))
    push.drain(tenant.pk)
    change = request.changes.get()
    assert change.push == Push.SENT
    Change.objects.update(push=Push.STOPPED, why=Why.HELD)
    sandbox.faults([])

    stopped.retry(request, by=author)
    drain()

    assert (request.changes.get().push, attempts()) == (Push.DONE, [("POST", "answered")])
    assert RetentionEventType.objects.filter(display_name="Lease ended").count() == 1


# A tenant nobody can talk to


def test_a_tenant_without_an_account_does_not_ring_for_ever(
    tenant: Tenant, approve: Approve, label: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setitem(push.drain.__globals__, "ring", lambda tenant_id, **options: rung.append(tenant_id))
    request = approve(create(label))
    Tenant.objects.update(cloud="global", sandbox_root="")

    push.drain(tenant.pk)

    assert (rung, request.changes.get().push, Connection.objects.get().lease_until) == ([], Push.READY, None)
