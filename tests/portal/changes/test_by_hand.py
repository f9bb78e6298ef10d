"""What a person carries out in Purview is confirmed when a sync sees it."""

from collections.abc import Iterator
from typing import Any

import pytest

from labels.models import RetentionLabel
from portal.audit.models import Entry
from portal.changes.by_hand import settle
from portal.changes.models import Carrier, Change, ChangeRequest, Push
from portal.changes.tasks import synchronise
from portal.mirror.models import Cause
from portal.sandbox.server import Sandbox
from portal.tenants.models import Connection, Person, Tenant
from tests.factories import make_tenant
from tests.portal.changes.builders import mirror, released, told, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed_labels=6) as served:
        yield served


@pytest.fixture
def tenant(db: None, sandbox: Sandbox) -> Tenant:
    made = make_tenant(slug="harrow-vale", name="Harrow Vale", sandbox_root=sandbox.root)
    Connection.objects.create(tenant=made)
    return seen_again(made)


def seen_again(tenant: Tenant) -> Tenant:
    synchronise(tenant, cause=Cause.COMMAND)
    tenant.refresh_from_db()
    return tenant


def label(tenant: Tenant) -> RetentionLabel:
    return RetentionLabel.objects.filter(tenant=tenant).order_by("display_name")[0]


@pytest.fixture
def request_by_hand(tenant: Tenant, author: Person, approver: Person) -> ChangeRequest:
    """An existing label shall bear another authority, which Graph does not take."""
    row = label(tenant)
    other = {**row.document["descriptors"], "authority": None}
    return released(tenant, author, [approver], update(row, descriptors=other))


def do_it(sandbox: Sandbox, tenant: Tenant, **parts: Any) -> None:
    """Somebody does in Purview what the manual step says."""
    row = label(tenant)
    now = sandbox.find("retentionLabels", row.graph_id)["descriptors"]
    values = {**now, "authority": None, **parts}
    sandbox.edit("patch", "retentionLabels", row.graph_id, {"descriptors": values}, by="g.meyer")


def test_a_manual_step_waits_until_it_is_seen(tenant: Tenant, request_by_hand: ChangeRequest) -> None:
    seen_again(tenant)

    assert [(part.carried_by, part.push) for part in request_by_hand.changes.all()] == [(Carrier.PERSON, Push.PERSON)]


def test_a_manual_step_is_confirmed_by_the_sync_that_sees_it(
    tenant: Tenant, sandbox: Sandbox, request_by_hand: ChangeRequest
) -> None:
    do_it(sandbox, tenant)

    seen_again(tenant)

    change, row = request_by_hand.changes.get(), label(tenant)
    assert (change.push, change.done_at is not None, change.target) == (Push.DONE, True, row.graph_id)
    assert (row.document["descriptors"]["authority"], row.is_drifted) == (None, False)
    [entry] = Entry.objects.filter(verb="change.by_hand")
    assert told(entry)["facts"]["seen_made_by"] == "g.meyer"


def test_a_manual_step_is_confirmed_once(tenant: Tenant, sandbox: Sandbox, request_by_hand: ChangeRequest) -> None:
    do_it(sandbox, tenant)
    seen_again(tenant)

    seen_again(tenant)
    settle(tenant)

    assert Entry.objects.filter(verb="change.by_hand").count() == 1


def test_a_manual_step_that_was_done_otherwise_still_waits(
    tenant: Tenant, sandbox: Sandbox, request_by_hand: ChangeRequest
) -> None:
    do_it(sandbox, tenant, department={"displayName": "Somewhere else"})

    seen_again(tenant)

    assert (request_by_hand.changes.get().push, label(tenant).is_drifted) == (Push.PERSON, True)


def test_a_manual_step_agrees_on_its_own_fields_alone(
    tenant: Tenant, sandbox: Sandbox, request_by_hand: ChangeRequest
) -> None:
    """Somebody used the occasion to change more."""
    do_it(sandbox, tenant)
    sandbox.edit("patch", "retentionLabels", label(tenant).graph_id, {"descriptionForUsers": "Theirs"})

    seen_again(tenant)

    assert (request_by_hand.changes.get().push, label(tenant).is_drifted) == (Push.DONE, True)


def test_an_incomplete_sync_confirms_nothing(tenant: Tenant, sandbox: Sandbox, request_by_hand: ChangeRequest) -> None:
    do_it(sandbox, tenant)
    sandbox.faults([{"method": "GET", "path": "retentionLabels$", "effect": "status", "status": 500}])

    seen_again(tenant)

    assert request_by_hand.changes.get().push == Push.PERSON


@pytest.mark.parametrize("push", [Push.NONE, Push.CANCELLED, Push.STOPPED])
def test_a_step_nobody_waits_for_is_not_confirmed(
    tenant: Tenant, sandbox: Sandbox, request_by_hand: ChangeRequest, push: Push
) -> None:
    Change.objects.update(push=push, why="held" if push == Push.STOPPED else "")
    do_it(sandbox, tenant)

    seen_again(tenant)

    assert request_by_hand.changes.get().push == push


def test_a_manual_step_on_what_was_created_is_found_by_name(tenant: Tenant, request_by_hand: ChangeRequest) -> None:
    """Its id is not known when it is approved."""
    made = {**label(tenant).document, "displayName": "New label"}
    before = {**made, "descriptors": {**made["descriptors"], "subcategory": None}}
    assert made != before
    request_by_hand.changes.update(name="New label", target="", base=before, after=made)
    row = mirror(tenant, made)

    settle(tenant)

    change = request_by_hand.changes.get()
    assert (change.push, change.target) == (Push.DONE, row.graph_id)
