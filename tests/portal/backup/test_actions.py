"""What an administrator confirms after a restore, and what has to be so before."""

import json
from datetime import timedelta

import pytest

from portal.audit import checkpoints, restored
from portal.audit.models import Chain, Confirmation, Entry
from portal.audit.trail import ThePortal, record
from portal.audit.verify import verify
from portal.backup import actions
from portal.backup.queries import Look
from portal.errors import Invalid, NotAllowed, Stale
from portal.mirror import markers
from portal.mirror.models import RunState, SyncRun
from portal.tenants import clock
from portal.tenants.models import Connection, Person, Tenant
from tests.changing import create, drafted, mirrored, ran
from tests.happening import event
from tests.labels.factories import change_in_purview, mirror

REASON = "The disk died; every object was looked at."


@pytest.fixture
def held(tenant: Tenant) -> Tenant:
    """A tenant whose database, and the portal's, is behind what is known outside."""
    Connection.objects.create(tenant=tenant)
    record(ThePortal(), "tenant.added")
    record(tenant, "policy.changed")
    checkpoints.mark("portal", 4, "a" * 64)
    checkpoints.mark(f"tenant-{tenant.pk}", 9, "a" * 64)
    restored.notice()
    return tenant


@pytest.fixture
def read(held: Tenant) -> SyncRun:
    """A complete run since."""
    return ran(held, ago=-1)


def test_confirm_lets_the_tenant_go_on_with_an_entry_in_each_history(
    held: Tenant, read: SyncRun, administrator: Person, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        actions.confirm(held, by=administrator, run=read.pk, reason=REASON)

    told = Entry.objects.filter(verb="restore.confirmed").order_by("pk")
    assert [(one.chain.name, json.loads(one.body)["facts"]["opened"]) for one in told] == [
        ("portal", [5]),
        (f"tenant-{held.pk}", [10]),
    ]
    assert not restored.is_held(held)
    assert all(verify(chain).is_unbroken for chain in Chain.objects.all())
    assert [lost.by for lost in verify(Chain.objects.get(tenant=held)).lost] == [administrator.name]


def test_confirm_twice_changes_nothing(held: Tenant, read: SyncRun, administrator: Person) -> None:
    for _time in range(2):
        actions.confirm(held, by=administrator, run=read.pk, reason=REASON)

    assert Confirmation.objects.count() == 1
    assert Entry.objects.filter(chain__tenant=held, verb="restore.confirmed").count() == 1


def test_confirm_is_for_administrators(held: Tenant, read: SyncRun, author: Person) -> None:
    with pytest.raises(NotAllowed):
        actions.confirm(held, by=author, run=read.pk, reason=REASON)

    assert restored.is_held(held)


def test_confirm_wants_a_reason(held: Tenant, read: SyncRun, administrator: Person) -> None:
    with pytest.raises(Invalid, match="Say why"):
        actions.confirm(held, by=administrator, run=read.pk, reason=" ")


@pytest.mark.parametrize(("state", "ago"), [(RunState.INCOMPLETE, -1), (RunState.COMPLETE, 600)])
def test_confirm_wants_a_complete_run_since(held: Tenant, administrator: Person, state: RunState, ago: float) -> None:
    run = ran(held, state, ago=ago)

    with pytest.raises(Invalid, match="not been read completely"):
        actions.confirm(held, by=administrator, run=run.pk, reason=REASON)


def test_confirm_refuses_a_run_that_is_no_longer_the_last(held: Tenant, read: SyncRun, administrator: Person) -> None:
    ran(held, ago=-2)

    with pytest.raises(Stale):
        actions.confirm(held, by=administrator, run=read.pk, reason=REASON)


def test_confirm_is_for_one_tenant(held: Tenant, read: SyncRun, administrator: Person, other_tenant: Tenant) -> None:
    Tenant.objects.filter(pk=other_tenant.pk).update(created_at=clock.now() - timedelta(days=1))
    other_tenant.refresh_from_db()
    actions.confirm(held, by=administrator, run=read.pk, reason=REASON)

    assert restored.is_held(other_tenant)


def test_a_tenant_that_was_added_since_is_not_held(held: Tenant, other_tenant: Tenant) -> None:
    Tenant.objects.filter(pk=other_tenant.pk).update(created_at=clock.now() + timedelta(seconds=1))
    other_tenant.refresh_from_db()

    assert not restored.is_held(other_tenant)


def test_look_tells_what_each_history_lost(held: Tenant) -> None:
    assert Look(held).missing == [(True, 2, 4), (False, 2, 9)]


def test_look_finds_what_would_be_made_again(held: Tenant, author: Person) -> None:
    """An event recorded after the backup bears a marker nobody here gave; a label of that name is drafted again."""
    mirrored(held, "Agreed")
    mirror(held, "retentionEventType", {"displayName": "Employee separation", "description": ""})
    lost = mirror(held, "retentionEvent", event("Departure 1", marker=markers.new()))
    twin = mirrored(held, "Invoices")
    for row in (lost, twin):
        type(row).objects.filter(pk=row.pk).update(agreed=None, agreed_hash="")
    request = drafted(held, author, create("invoices"))
    change_in_purview(mirrored(held, "Permits"), descriptionForUsers="Theirs.")

    found = {one.row.display_name: one for one in Look(held).found}

    assert "Agreed" not in found
    assert found[lost.display_name].bears_unknown_marker
    assert found["Invoices"].requests == (request,)
    assert (found["Permits"].is_new, found["Permits"].bears_unknown_marker) == (False, False)
    assert next(iter(found)) == "Invoices"


def test_look_is_empty_while_nothing_was_restored(tenant: Tenant) -> None:
    look = Look(tenant)

    assert (look.restoration, look.run, look.missing) == (None, None, [])
