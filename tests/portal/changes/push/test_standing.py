"""S27: an event under a standing approval is sent only while that approves it, at the very moment it is sent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError

from events.models import StandingApproval
from events.standing import apply
from events.standing.actions import withdraw
from portal.audit.models import Entry
from portal.changes import approvals, push, stopped
from portal.changes.content import content_hash
from portal.changes.models import Change, ChangeRequest, Decision, Hand, Part, Push, State, Why
from portal.changes.objects import Wanted
from portal.errors import Invalid
from portal.mirror import markers
from portal.mirror.kinds import Action
from portal.sandbox.server import Sandbox
from portal.tenants import clock
from portal.tenants.models import Membership, Person, System, Tenant
from tests.allowing import COVERED, covered, in_force, make_system, request_of
from tests.changing import submitted
from tests.happening import created, event
from tests.portal.changes.builders import told
from tests.portal.changes.push.conftest import create
from tests.portal.changes.push.test_lease import several_writers

pytestmark = pytest.mark.django_db
Drain = Callable[[], None]
OTHER = {"queryType": "files", "query": "ComplianceAssetID:4712"}


@pytest.fixture
def system(tenant: Tenant) -> System:
    Tenant.objects.filter(pk=tenant.pk).update(event_days_automatic=0, event_days_manual=3)
    tenant.refresh_from_db()
    return make_system(tenant)


@pytest.fixture
def row(tenant: Tenant, author: Person, approver: Person, second_approver: Person) -> StandingApproval:
    return in_force(tenant, author, [approver, second_approver])


def reported(system: System, tenant: Tenant, *wanted: Wanted) -> ChangeRequest:
    return submitted(tenant, system.person, *(wanted or (created(covered()),)), title="Reported", reason="HR says so.")


@pytest.fixture
def released(tenant: Tenant, system: System, row: StandingApproval) -> ChangeRequest:
    request = reported(system, tenant)
    assert apply(request, system)
    return request


def posts(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [write for write in sandbox.ledger() if write["method"] == "POST"]


def refused(request: ChangeRequest, sandbox: Sandbox) -> str:
    """Why it was not sent, once it was not."""
    change = request.changes.get()
    assert (change.push, change.why, posts(sandbox)) == (Push.STOPPED, Why.UNCOVERED, [])
    assert change.message.endswith("Decide on it by hand.")
    return change.message


def test_what_it_covers_is_sent_and_cites_it(
    released: ChangeRequest, row: StandingApproval, sandbox: Sandbox, drain: Drain
) -> None:
    drain()

    under = request_of(row)
    assert (released.state, released.under, released.under_hash) == (State.APPROVED, under, under.content_hash)
    assert (released.changes.get().push, len(posts(sandbox)), released.decisions.count()) == (Push.DONE, 1, 0)
    (entry,) = Entry.objects.filter(verb="request.released_under")
    facts = told(entry)["facts"]
    assert (facts["standing"], facts["standing_content"]) == (under.number, under.content_hash)
    assert (facts["system"], facts["content"], entry.actor_name) == ("hr-core", released.content_hash, "hr-core")


def test_it_waits_as_long_as_what_systems_report(
    tenant: Tenant, system: System, row: StandingApproval, sandbox: Sandbox, drain: Drain
) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(event_days_automatic=14)
    tenant.refresh_from_db()

    request = reported(system, tenant)
    assert apply(request, system)
    drain()

    until = request.changes.get().held_until
    assert until is not None
    assert timedelta(days=13, hours=23) < until - clock.now() <= timedelta(days=14)
    assert posts(sandbox) == []


def test_a_repetition_is_sent_after_the_event_it_repeats(
    tenant: Tenant, system: System, row: StandingApproval, drain: Drain
) -> None:
    first = covered()
    again = created(event(f"{COVERED} +30d"), case=markers.of(first), after_days=30)

    request = reported(system, tenant, created(first), again)
    assert apply(request, system)
    drain()

    assert [one.push for one in request.changes.order_by("position")] == [Push.DONE, Push.READY]


# What is looked at again just before it is sent


def test_not_sent_once_it_was_withdrawn(
    released: ChangeRequest, row: StandingApproval, approver: Person, sandbox: Sandbox, drain: Drain
) -> None:
    assert withdraw(row, by=approver, reason="HR reports nonsense.") == 1

    drain()

    assert "was withdrawn" in refused(released, sandbox)


def test_not_sent_once_it_was_ended_by_a_change(
    released: ChangeRequest, row: StandingApproval, sandbox: Sandbox, drain: Drain
) -> None:
    StandingApproval.objects.filter(pk=row.pk).update(agreed=None, agreed_hash="")

    drain()

    assert "was withdrawn" in refused(released, sandbox)


def test_not_sent_once_it_has_expired(
    released: ChangeRequest, row: StandingApproval, sandbox: Sandbox, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_day_after = datetime.combine(row.expires_on + timedelta(days=1), datetime.min.time(), UTC)
    monkeypatch.setattr(approvals, "clock", SimpleNamespace(now=lambda: the_day_after))

    drain()

    assert "has expired" in refused(released, sandbox)


def test_sent_on_its_last_day(
    released: ChangeRequest, row: StandingApproval, sandbox: Sandbox, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = datetime.combine(row.expires_on, datetime.max.time(), UTC)
    monkeypatch.setattr(approvals, "clock", SimpleNamespace(now=lambda: last))

    drain()

    assert len(posts(sandbox)) == 1


def test_not_sent_under_another_hash(released: ChangeRequest, sandbox: Sandbox, drain: Drain) -> None:
    ChangeRequest.objects.filter(pk=released.pk).update(under_hash="0" * 64)

    drain()

    assert "is another one" in refused(released, sandbox)


def test_not_sent_under_what_another_tenant_approved(
    released: ChangeRequest, row: StandingApproval, sandbox: Sandbox, drain: Drain
) -> None:
    elsewhere = Tenant.objects.create(slug="else", name="Else", cloud="global")
    ChangeRequest.objects.filter(pk=request_of(row).pk).update(tenant=elsewhere)
    StandingApproval.objects.update(tenant=elsewhere)

    drain()

    assert "is another one" in refused(released, sandbox)


def test_not_sent_under_what_was_altered_since(
    released: ChangeRequest, row: StandingApproval, sandbox: Sandbox, drain: Drain
) -> None:
    """In the request that was signed, past every action."""
    change = request_of(row).changes.get()
    Change.objects.filter(pk=change.pk).update(after={**(change.after or {}), "asset_id_longest": 40})

    drain()

    assert "was not approved" in refused(released, sandbox)


def test_not_sent_under_what_was_altered_with_its_hash(
    released: ChangeRequest, row: StandingApproval, sandbox: Sandbox, drain: Drain
) -> None:
    """The signatures are of another content then."""
    under = request_of(row)
    under.changes.update(after={**row.document, "asset_id_longest": 40})
    altered = content_hash(under)
    ChangeRequest.objects.filter(pk=under.pk).update(content_hash=altered)
    ChangeRequest.objects.filter(pk=released.pk).update(under_hash=altered)

    drain()

    assert "was not approved" in refused(released, sandbox)


def test_not_sent_under_one_signature(
    released: ChangeRequest, row: StandingApproval, second_approver: Person, sandbox: Sandbox, drain: Drain
) -> None:
    Tenant.objects.update(approvals_irreversible=1)
    Decision.objects.filter(request=request_of(row), by=second_approver).delete()

    drain()

    assert "was not approved" in refused(released, sandbox)


def test_not_sent_where_a_signer_wrote_part_of_it(
    released: ChangeRequest, row: StandingApproval, second_approver: Person, sandbox: Sandbox, drain: Drain
) -> None:
    """VR-74."""
    Hand.objects.filter(request=request_of(row), person=second_approver).update(part=Part.WROTE)

    drain()

    assert "was not approved" in refused(released, sandbox)


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.REJECTED, State.WITHDRAWN])
def test_not_sent_under_a_request_in_another_state(
    state: State, released: ChangeRequest, row: StandingApproval, sandbox: Sandbox, drain: Drain
) -> None:
    ChangeRequest.objects.filter(pk=request_of(row).pk).update(state=state)

    drain()

    assert "was not approved" in refused(released, sandbox)


def test_not_sent_for_another_system(released: ChangeRequest, sandbox: Sandbox, drain: Drain) -> None:
    ChangeRequest.objects.filter(pk=released.pk).update(under_source="payroll")

    drain()

    assert "for another system" in refused(released, sandbox)


def test_not_sent_under_what_was_approved_for_another_system(
    released: ChangeRequest, system: System, sandbox: Sandbox, drain: Drain
) -> None:
    """Although the system it cites wrote it and may ask."""
    System.objects.filter(pk=system.pk).update(slug="payroll")
    ChangeRequest.objects.filter(pk=released.pk).update(under_source="payroll")

    drain()

    assert "for another system" in refused(released, sandbox)


def test_not_sent_once_its_system_bears_another_name(
    released: ChangeRequest, system: System, sandbox: Sandbox, drain: Drain
) -> None:
    System.objects.filter(pk=system.pk).update(slug="payroll")

    drain()

    assert "for another system" in refused(released, sandbox)


def test_not_sent_of_a_closed_system(released: ChangeRequest, system: System, sandbox: Sandbox, drain: Drain) -> None:
    """Closing one also deactivates its person, so this says what the system alone is worth."""
    System.objects.filter(pk=system.pk).update(is_active=False)

    drain()

    assert "for another system" in refused(released, sandbox)


def test_not_sent_for_another_author(released: ChangeRequest, author: Person, sandbox: Sandbox, drain: Drain) -> None:
    ChangeRequest.objects.filter(pk=released.pk).update(author=author)

    drain()

    assert "for another system" in refused(released, sandbox)


def test_not_sent_where_a_person_wrote_part_of_it(
    released: ChangeRequest, author: Person, sandbox: Sandbox, drain: Drain
) -> None:
    Hand.objects.create(request=released, person=author, part=Part.WROTE)

    drain()

    assert "for another system" in refused(released, sandbox)


def test_not_sent_once_the_system_may_not_ask_any_more(
    released: ChangeRequest, system: System, sandbox: Sandbox, drain: Drain
) -> None:
    Membership.objects.filter(person=system.person).delete()

    drain()

    assert "for another system" in refused(released, sandbox)


@pytest.mark.parametrize(
    "altered",
    [
        {"eventQueries": []},
        {"eventQueries": [OTHER]},
        {"retentionEventType": "Case closed"},
        {"displayName": "Departure 4712 2026-10-31 FPE-7777777777"},
    ],
)
def test_not_sent_when_it_is_not_what_is_covered(
    altered: dict[str, Any], released: ChangeRequest, sandbox: Sandbox, drain: Drain
) -> None:
    """Stored with its hash, so that this check alone is left."""
    change = released.changes.get()
    Change.objects.filter(pk=change.pk).update(after={**(change.after or {}), **altered})
    ChangeRequest.objects.filter(pk=released.pk).update(content_hash=content_hash(released))

    drain()

    assert "does not cover it" in refused(released, sandbox)


@pytest.mark.parametrize("altered", [{"kind": "retentionEventType"}, {"action": Action.UPDATE, "base": {}}])
def test_covers_nothing_but_what_is_made_once(altered: dict[str, Any], released: ChangeRequest) -> None:
    """The document of an event, in a change that would do something else with it."""
    Change.objects.filter(request=released).update(**altered)
    ChangeRequest.objects.filter(pk=released.pk).update(content_hash=content_hash(released))

    with pytest.raises(approvals.Uncovered, match="does not cover it"):
        approvals.must_be_approved(released.changes.get())


def test_not_sent_when_two_approvers_are_asked_for(released: ChangeRequest, sandbox: Sandbox, drain: Drain) -> None:
    """What cannot be undone for another reason than that it is an event."""
    finding = {"rule": "VR-59", "level": "confirm", "field": "eventQueries", "message": "All.", "two_approvers": True}
    released.changes.update(findings=[finding])

    drain()

    assert "does not cover it" in refused(released, sandbox)


def test_what_was_not_sent_is_drafted_by_a_person_under_another_marker(
    released: ChangeRequest, row: StandingApproval, author: Person, sandbox: Sandbox, drain: Drain
) -> None:
    withdraw(row, by=author, reason="No more.")
    drain()

    with pytest.raises(Invalid):
        stopped.retry(released, by=author)
    again = stopped.redraft(released, by=author)

    assert (again.state, again.under, again.author) == (State.DRAFT, None, author)
    assert again.changes.get().marker != released.changes.get().marker
    assert not released.changes.get().is_incident


# What is released


def unreleased(request: ChangeRequest) -> bool:
    request.refresh_from_db()
    untouched = (request.state, request.under, request.under_hash, request.under_source)
    assert not Entry.objects.filter(verb="request.released_under", object_key=str(request.number)).exists()
    return untouched == (State.IN_REVIEW, None, "", "") and {one.push for one in request.changes.all()} == {Push.NONE}


@pytest.mark.parametrize(
    "wanted",
    [
        [event("Departure 4711")],
        [event("Departure 4712 2026-10-31")],
        [event(COVERED, queries=[OTHER])],
        [event(COVERED), event("Departure 4712 2026-10-31", queries=[OTHER])],
    ],
)
def test_apply_leaves_what_is_not_covered_to_a_person(
    wanted: list[Any], tenant: Tenant, system: System, row: StandingApproval
) -> None:
    request = reported(system, tenant, *map(created, wanted))

    assert apply(request, system) is False

    assert unreleased(request)


def test_apply_leaves_an_event_without_a_query_to_two_people(
    tenant: Tenant, system: System, row: StandingApproval
) -> None:
    """VR-59."""
    request = reported(system, tenant, created(covered(queries=[]), {"VR-59": "Confirmed."}))

    assert apply(request, system) is False

    assert unreleased(request)


def test_apply_covers_no_label(tenant: Tenant, system: System, row: StandingApproval, label: dict[str, Any]) -> None:
    request = reported(system, tenant, created(covered()), create(label))

    assert apply(request, system) is False

    assert unreleased(request)


def test_apply_releases_for_the_named_system_alone(tenant: Tenant, system: System, row: StandingApproval) -> None:
    other = make_system(tenant, "payroll")
    theirs = reported(other, tenant)
    pretended = reported(other, tenant, created(event("Departure 4711 2026-10-30", day=date(2026, 10, 30))))

    assert apply(theirs, other) is False
    assert apply(pretended, system) is False

    assert (unreleased(theirs), unreleased(pretended)) == (True, True)


def test_apply_takes_the_one_that_covers_it(
    tenant: Tenant, system: System, author: Person, approver: Person, second_approver: Person, row: StandingApproval
) -> None:
    longer = in_force(
        tenant, author, [approver, second_approver], displayName="By name", name_template="Leaver {asset_id}"
    )

    request = reported(system, tenant, created(event("Leaver 4711")))

    assert apply(request, system)
    assert request.under == request_of(longer)


@pytest.mark.parametrize("state", [State.DRAFT, State.APPROVED, State.REJECTED])
def test_apply_releases_only_what_is_in_review(
    state: State, tenant: Tenant, system: System, row: StandingApproval
) -> None:
    request = reported(system, tenant)
    ChangeRequest.objects.filter(pk=request.pk).update(state=state)
    request.refresh_from_db()

    assert apply(request, system) is False


def test_apply_releases_no_more_than_agreed_on_one_day(
    tenant: Tenant, system: System, author: Person, approver: Person, second_approver: Person
) -> None:
    in_force(tenant, author, [approver, second_approver], most_per_day=2, name_template="Leaver {asset_id}")

    def one(asset_id: str) -> bool:
        queries = [
            {"queryType": "files", "query": f"ComplianceAssetID:{asset_id}"},
            {"queryType": "messages", "query": f'"{asset_id}"'},
        ]
        return apply(reported(system, tenant, created(event(f"Leaver {asset_id}", queries=queries))), system)

    assert [one("4711"), one("4712"), one("4713")] == [True, True, False]
    ChangeRequest.objects.update(closed_at=clock.now() - timedelta(days=1))
    assert one("4714")


def test_apply_releases_nothing_for_another_tenant(system: System, row: StandingApproval, tenant: Tenant) -> None:
    request = reported(system, tenant)
    StandingApproval.objects.update(tenant=Tenant.objects.create(slug="else", name="Else", cloud="global"))

    assert apply(request, system) is False


@pytest.mark.parametrize("lacking", [{"under_hash": ""}, {"under_source": ""}, {"under": None}])
def test_the_database_keeps_what_is_cited_together(released: ChangeRequest, lacking: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        ChangeRequest.objects.filter(pk=released.pk).update(**lacking)


# At the same time


@pytest.mark.django_db(transaction=True)
def test_withdrawing_while_it_is_sent_ends_in_one_of_two_ways(
    tmp_path: Path, released: ChangeRequest, row: StandingApproval, author: Person, sandbox: Sandbox
) -> None:
    """Sent before the withdrawal, which then tells of none that waits; or withdrawn, and never sent."""
    start = Barrier(2)
    with several_writers(tmp_path) as here, ThreadPoolExecutor(2) as pool:

        def sends() -> None:
            with here():
                start.wait(timeout=20)
                push.drain(row.tenant_id)

        def withdraws() -> int:
            with here():
                start.wait(timeout=20)
                return withdraw(row, by=author, reason="No more.")

        sending, withdrawing = pool.submit(sends), pool.submit(withdraws)
        sending.result()
        held_back = withdrawing.result()
        with here():
            pushed = Change.objects.get(request=released).push

    assert (held_back, len(posts(sandbox)), pushed) in [(1, 0, Push.STOPPED), (0, 1, Push.DONE), (0, 1, Push.SENT)]


@pytest.mark.django_db(transaction=True)
def test_two_reports_at_once_do_not_use_up_the_day_twice(
    tmp_path: Path, tenant: Tenant, system: System, author: Person, approver: Person, second_approver: Person
) -> None:
    in_force(tenant, author, [approver, second_approver], most_per_day=1)
    queries = [OTHER, {"queryType": "messages", "query": '"4712"'}]
    other = event("Departure 4712 2026-10-31", queries=queries)
    requests = [reported(system, tenant, created(one)) for one in (covered(), other)]
    start = Barrier(2)
    with several_writers(tmp_path) as here, ThreadPoolExecutor(2) as pool:

        def report(request: ChangeRequest) -> bool:
            with here():
                start.wait(timeout=20)
                return apply(ChangeRequest.objects.get(pk=request.pk), system)

        found = list(pool.map(report, requests))

    assert sorted(found) == [False, True]
