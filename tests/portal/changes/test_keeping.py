"""What Fileplan alone keeps: approved by two whatever the policy, kept at once, and untouched by what Graph says."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from events.models import StandingApproval
from events.standing import rules
from portal.audit.models import Entry
from portal.changes import actions
from portal.changes.drift import cases
from portal.changes.models import ChangeRequest, Push, State
from portal.changes.objects import Wanted
from portal.changes.tasks import synchronise
from portal.errors import Stale
from portal.mirror import gone, kinds
from portal.mirror.kinds import Action
from portal.mirror.models import Cause, RunState
from portal.mirror.queries import gone_outside
from portal.sandbox.server import Sandbox
from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.allowing import allowed, in_force, request_of
from tests.changing import submitted
from tests.portal.changes.builders import agreed, mirror, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    agreed(tenant)
    mirror(tenant, {"displayName": "Employee separation", "description": ""}, "retentionEventType")
    return tenant


@pytest.fixture
def served(tenant: Tenant) -> Iterator[Tenant]:
    """Its Graph is the sandbox, read once."""
    with Sandbox(seed_labels=3) as sandbox:
        Tenant.objects.filter(pk=tenant.pk).update(sandbox_root=sandbox.root)
        tenant.refresh_from_db()
        for kind in kinds.listed():
            kind.rows(tenant).delete()
        synchronise(tenant, cause=Cause.COMMAND)
        yield tenant


@pytest.fixture
def row(tenant: Tenant, author: Person, approver: Person, second_approver: Person) -> StandingApproval:
    return in_force(tenant, author, [approver, second_approver])


def test_two_approve_it_whatever_the_policy_says(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person
) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(approvals_routine=1, approvals_irreversible=1)
    tenant.refresh_from_db()
    request = submitted(tenant, author, allowed())

    actions.approve(request, by=approver, content_hash=request.content_hash)
    after_one = (request.state, StandingApproval.objects.count())
    actions.approve(request, by=second_approver, content_hash=request.content_hash)

    assert after_one == (State.IN_REVIEW, 0)
    assert (request.state, StandingApproval.objects.count()) == (State.APPROVED, 1)


def test_it_is_kept_as_it_was_approved_with_one_entry(row: StandingApproval) -> None:
    change = request_of(row).changes.get()

    assert (row.document, row.agreed, row.agreed_hash) == (change.after, change.after, row.document_hash)
    assert (change.push, change.target, change.done_at is not None) == (Push.DONE, row.graph_id, True)
    (entry,) = Entry.objects.filter(verb="change.kept")
    assert told(entry)["facts"]["mirrored"] == [{"kind": row.kind, "key": row.graph_id, "document": row.document}]


def test_it_keeps_the_content_that_was_signed(row: StandingApproval) -> None:
    """Its key is known only later, and no part of what was decided."""
    assert {one.content_hash for one in request_of(row).decisions.all()} == {request_of(row).content_hash}


def test_what_expired_before_it_was_approved_is_not_kept(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = submitted(tenant, author, allowed())
    later = clock.now() + timedelta(days=201)
    monkeypatch.setattr(rules, "timezone", SimpleNamespace(now=lambda: later))

    with pytest.raises(Stale, match="no longer fits"):
        actions.approve(request, by=approver, content_hash=request.content_hash)

    assert not StandingApproval.objects.exists()


def test_a_change_ends_it(row: StandingApproval, author: Person, approver: Person, second_approver: Person) -> None:
    wanted = Wanted(row.kind, Action.DELETE, row.document, None, row.graph_id)

    request = submitted(row.tenant, author, wanted)
    for person in (approver, second_approver):
        actions.approve(request, by=person, content_hash=request.content_hash)

    row.refresh_from_db()
    assert (row.agreed, row.gone_at is not None, request.changes.get().push) == (None, True, Push.DONE)


def test_no_list_of_what_graph_has_names_it(row: StandingApproval) -> None:
    assert row.kind in {kind.name for kind in kinds.every()}
    assert row.kind not in {kind.name for kind in kinds.listed()}
    assert StandingApproval not in cases._rows(row.tenant)
    assert row.kind not in gone._known(row.tenant)


def test_it_is_never_drift_and_never_gone(row: StandingApproval) -> None:
    StandingApproval.objects.update(document_hash="0" * 64, gone_at=clock.now())

    assert (cases.count(row.tenant), gone_outside(row.tenant)) == (0, [])
    StandingApproval.objects.update(gone_at=None)
    assert cases.count(row.tenant) == 0


def test_no_address_of_drift_leads_to_it(row: StandingApproval, author: Person, client: Client) -> None:
    client.force_login(author, backend="portal.tenants.backends.Local")
    key = f"{row.kind}:{row.pk}:{row.document_hash}"

    page = client.get(f"/t/{row.tenant.slug}/drift/{row.kind}/{row.pk}/")
    chosen = [client.post(f"/t/{row.tenant.slug}/drift/{way}/", {"chosen": key}) for way in ("adopt", "revert")]

    assert (page.status_code, [one.status_code for one in chosen]) == (404, [422, 422])


def test_the_page_of_its_change_says_that_nothing_is_sent(
    row: StandingApproval, author: Person, client: Client
) -> None:
    client.force_login(author, backend="portal.tenants.backends.Local")

    page = client.get(request_of(row).get_absolute_url()).text

    assert "Nothing is sent to Purview: Fileplan alone keeps this." in page
    assert f"/standing-approvals/{row.pk}/" in page
    assert "At once: Fileplan alone keeps it." in page
    assert "What is sent to Purview" not in page


def test_requests_without_it_ask_for_what_the_policy_says(tenant: Tenant) -> None:
    request = ChangeRequest(tenant=tenant, number=99, author_id=1)
    request.pk = 0

    assert request.approvals_wanted == tenant.approvals_routine


def test_a_sync_leaves_it_alone(served: Tenant, author: Person, approver: Person, second_approver: Person) -> None:
    """It is listed by nobody, so nothing misses it: not even old."""
    row = in_force(served, author, [approver, second_approver])
    StandingApproval.objects.update(seen_at="2026-01-01T00:00:00Z")
    row.refresh_from_db()
    before = StandingApproval.objects.values().get()

    run = synchronise(served, cause=Cause.COMMAND)

    assert run is not None
    assert (run.state, run.gone, run.missing) == (RunState.COMPLETE, 0, [])
    assert StandingApproval.objects.values().get() == before
