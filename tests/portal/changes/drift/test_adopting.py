"""Agreeing to what the tenant holds: approved like any change, sent to nobody, and only if it is still so."""

import pytest
from django.db import IntegrityError, transaction

from portal.audit import trail
from portal.audit.models import Entry
from portal.changes import actions
from portal.changes.drift import adopting
from portal.changes.drift.adopting import adoption
from portal.changes.models import Carrier, Change, Push, State, Why
from portal.changes.push import order
from portal.changes.stopped import redraft
from portal.errors import Invalid, NotAllowed, Stale
from portal.mirror.kinds import Action
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.labels.builders import in_days, make_label
from tests.labels.factories import change_in_purview
from tests.portal.changes.builders import creation, drafted, mirror, refuse, released, submitted, told, update
from tests.portal.changes.drift.conftest import is_agreed, made_outside, outside

pytestmark = pytest.mark.django_db


def test_adopt_agrees_to_what_the_tenant_holds(
    tenant: Tenant, author: Person, approver: Person, changed: Mirrored
) -> None:
    request = released(tenant, author, [approver], adoption(changed))

    change = request.changes.get()
    assert is_agreed(changed)
    assert (change.push, change.carried_by, bool(change.done_at)) == (Push.DONE, Carrier.NOBODY, True)


def test_adopt_agrees_to_what_was_made_outside(
    tenant: Tenant, author: Person, approver: Person, made: Mirrored
) -> None:
    request = released(tenant, author, [approver], adoption(made))

    assert is_agreed(made)
    assert request.changes.get().base is None


@pytest.mark.parametrize("kind", ["authority", "retentionEventType"])
def test_adopt_takes_any_kind(tenant: Tenant, author: Person, approver: Person, kind: str) -> None:
    blank = {"description": ""} if kind == "retentionEventType" else {}
    row = made_outside(tenant, {"displayName": "Made outside", **blank}, kind)

    released(tenant, author, [approver], adoption(row))

    assert is_agreed(row)


def test_adopt_writes_one_entry_for_each_object(
    tenant: Tenant, author: Person, approver: Person, changed: Mirrored, made: Mirrored
) -> None:
    request = submitted(tenant, author, adoption(changed), adoption(made))
    before = Entry.objects.count()

    actions.approve(request, by=approver, content_hash=request.content_hash)

    entries = list(Entry.objects.order_by("pk")[before:])
    assert [entry.verb for entry in entries] == ["change.adopted", "change.adopted", "request.released"]
    assert told(entries[0])["changes"] == {"retentionDuration": [in_days(3653), in_days(1827)]}
    assert entries[0].actor == approver


def test_adopt_and_its_entry_stand_or_fall_together(
    monkeypatch: pytest.MonkeyPatch, tenant: Tenant, author: Person, approver: Person, changed: Mirrored
) -> None:
    request = submitted(tenant, author, adoption(changed))
    monkeypatch.setattr(trail, "record", refuse)

    with pytest.raises(RuntimeError):
        actions.approve(request, by=approver, content_hash=request.content_hash)

    request.refresh_from_db()
    assert (request.state, is_agreed(changed)) == (State.IN_REVIEW, False)


def test_adopt_waits_for_every_approval(tenant: Tenant, author: Person, approver: Person, changed: Mirrored) -> None:
    submitted(tenant, author, adoption(changed))

    assert not is_agreed(changed)


def test_adopt_takes_four_eyes(tenant: Tenant, author: Person, approver: Person, changed: Mirrored) -> None:
    tenant.memberships.create(person=author, role="approver")
    request = submitted(tenant, author, adoption(changed))

    with pytest.raises(NotAllowed, match="someone else"):
        actions.approve(request, by=author, content_hash=request.content_hash)

    assert not is_agreed(changed)


@pytest.mark.parametrize("what", ["changed again", "changed back", "gone", "agreed meanwhile"])
def test_adopt_is_refused_when_the_tenant_moved_on(
    tenant: Tenant, author: Person, approver: Person, changed: Mirrored, what: str
) -> None:
    request = submitted(tenant, author, adoption(changed))
    move_on(changed, what)

    with pytest.raises(Stale, match="no longer fits the tenant"):
        actions.approve(request, by=approver, content_hash=request.content_hash)

    request.refresh_from_db()
    assert request.state == State.IN_REVIEW


def move_on(row: Mirrored, what: str) -> None:
    if what == "changed again":
        change_in_purview(row, retentionDuration=in_days(730))
    elif what == "changed back":
        change_in_purview(row, **(row.agreed or {}))
    elif what == "gone":
        row.gone_at = row.seen_at
        row.save()
    else:
        type(row)._default_manager.filter(pk=row.pk).update(agreed=row.document, agreed_hash=row.document_hash)


@pytest.mark.parametrize("what", ["changed again", "gone", "agreed meanwhile"])
def test_carry_out_stops_at_a_tenant_that_moved_on_within_the_approval(
    tenant: Tenant, author: Person, approver: Person, changed: Mirrored, what: str
) -> None:
    """After the rules were asked and before the row is written."""
    change = submitted(tenant, author, adoption(changed)).changes.get()
    move_on(changed, what)
    before = Entry.objects.count()

    with transaction.atomic():
        adopting.carry_out(change, by=approver)

    change.refresh_from_db()
    assert (change.push, change.why) == (Push.STOPPED, Why.DRIFTED)
    assert [entry.verb for entry in Entry.objects.order_by("pk")[before:]] == ["change.stopped"]
    assert change.message == "“FIN Invoices 10y” was changed in Purview meanwhile. Nothing was agreed on."


def test_adopt_that_stopped_is_drafted_again(
    tenant: Tenant, author: Person, approver: Person, changed: Mirrored
) -> None:
    request = released(tenant, author, [approver], adoption(changed))
    Change.objects.update(push=Push.STOPPED, why=Why.DRIFTED)
    change_in_purview(changed, retentionDuration=in_days(730))

    again = redraft(request, by=author)

    change = again.changes.get()
    assert (change.action, change.after) == (Action.ADOPT, changed.document)


def test_push_ignores_what_is_adopted(tenant: Tenant, author: Person, approver: Person, changed: Mirrored) -> None:
    released(tenant, author, [approver], adoption(changed))
    Change.objects.update(push=Push.READY)

    assert order.next_due(tenant) is None


def test_adopt_and_push_share_a_request(tenant: Tenant, author: Person, approver: Person, changed: Mirrored) -> None:
    request = released(tenant, author, [approver], adoption(changed), creation(make_label(displayName="New 10y")))

    assert dict(request.changes.values_list("action", "push")) == {"adopt": Push.DONE, "create": Push.READY}


def test_adopt_asks_for_nothing_but_its_approvals(tenant: Tenant, author: Person, approver: Person) -> None:
    """Whatever is wrong with it stands in the tenant already: it is told, never insisted on."""
    row = outside(tenant, descriptors=make_label()["descriptors"] | {"authority": None})
    request = submitted(tenant, author, adoption(row))

    assert {finding["level"] for finding in request.changes.get().findings} == {"warn"}
    assert request.approvals_wanted == 1


@pytest.mark.parametrize("carrier", [Carrier.GRAPH, Carrier.PERSON])
def test_database_lets_no_adoption_be_sent(tenant: Tenant, author: Person, changed: Mirrored, carrier: str) -> None:
    change = drafted(tenant, author, adoption(changed)).changes.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(carried_by=carrier)


def test_database_wants_what_an_adoption_agrees_to(tenant: Tenant, author: Person, changed: Mirrored) -> None:
    change = drafted(tenant, author, adoption(changed)).changes.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(after=None)


def test_adoption_is_not_edited_in_review(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person, changed: Mirrored
) -> None:
    request = submitted(tenant, author, adoption(changed))
    wanted = adoption(changed)
    other = type(wanted)(**{**wanted.__dict__, "after": {**changed.document, "dispositionReviewStages": []}})

    with pytest.raises(Invalid, match="only stages and descriptors"):
        actions.edit_in_review(request, by=approver, content_hash=request.content_hash, wanted=[other])


# Drafting again on the tenant as it is now


def test_rebase_drafts_again_on_the_tenant_as_it_is(
    tenant: Tenant, author: Person, approver: Person, changed: Mirrored
) -> None:
    request = drafted(tenant, author, adoption(changed))
    change_in_purview(changed, retentionDuration=in_days(730))
    before = Entry.objects.count()

    actions.rebase(request, by=author, content_hash=request.content_hash, key=adoption(changed).key)

    assert request.changes.get().after == changed.document
    assert [entry.verb for entry in Entry.objects.order_by("pk")[before:]] == ["request.edited"]
    actions.submit(request, by=author, content_hash=request.content_hash)


def test_rebase_keeps_what_the_author_wants(tenant: Tenant, author: Person, approver: Person) -> None:
    row = mirror(tenant, make_label())
    request = drafted(tenant, author, update(row, descriptionForUsers="Mine"))
    change_in_purview(row, descriptionForUsers="Theirs", descriptionForAdmins="Theirs too")

    actions.rebase(request, by=author, content_hash=request.content_hash, key=adoption(row).key)

    change = request.changes.get()
    assert (change.base, change.after) == (row.document, {**row.document, "descriptionForUsers": "Mine"})


@pytest.mark.parametrize("what", ["changed back", "gone", "another"])
def test_rebase_refuses_what_is_left_without_a_wish(
    tenant: Tenant, author: Person, changed: Mirrored, what: str
) -> None:
    request = drafted(tenant, author, adoption(changed))
    key = adoption(changed).key
    if what == "another":
        key = creation(make_label(displayName="Another")).key
    else:
        move_on(changed, what)

    with pytest.raises(Invalid, match="Remove it from the change"):
        actions.rebase(request, by=author, content_hash=request.content_hash, key=key)


def test_rebase_refuses_others_and_the_stale(
    tenant: Tenant, author: Person, approver: Person, changed: Mirrored
) -> None:
    request = drafted(tenant, author, adoption(changed))

    with pytest.raises(NotAllowed):
        actions.rebase(request, by=approver, content_hash=request.content_hash, key=adoption(changed).key)
    with pytest.raises(Stale):
        actions.rebase(request, by=author, content_hash="0" * 64, key=adoption(changed).key)
