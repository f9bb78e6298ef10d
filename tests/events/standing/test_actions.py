"""Withdrawing a standing approval: at once, by one person, with a reason, and for good."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import IntegrityError

from events.models import StandingApproval
from events.standing import actions, apply, queries
from portal.audit.models import Entry
from portal.changes.push import lease
from portal.errors import Invalid, NotAllowed, Stale
from portal.tenants.models import Connection, Person, System, Tenant
from tests.allowing import covered, request_of
from tests.changing import submitted
from tests.happening import created
from tests.portal.changes.builders import told
from tests.portal.changes.push.test_lease import several_writers

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["author", "approver", "administrator"])
def test_withdraw_ends_it_with_one_entry(who: str, row: StandingApproval, request: pytest.FixtureRequest) -> None:
    person: Person = request.getfixturevalue(who)
    count = Entry.objects.count()

    assert actions.withdraw(row, by=person, reason=" HR reports nonsense. ") == 0

    assert (row.gone_at is not None, row.agreed, row.agreed_hash) == (True, None, "")
    assert (row.withdrawn_by, row.withdrawn_because) == (person, "HR reports nonsense.")
    entry = Entry.objects.order_by("pk").last()
    assert entry is not None
    assert (Entry.objects.count() - count, entry.verb, entry.object_key) == (1, "standing.withdrawn", row.graph_id)
    assert told(entry)["facts"]["mirrored"] == [{"kind": row.kind, "key": row.graph_id, "document": None}]


def test_withdraw_is_for_nobody_who_only_reads(row: StandingApproval, auditor: Person, outsider: Person) -> None:
    for person in (auditor, outsider):
        with pytest.raises(NotAllowed):
            actions.withdraw(row, by=person, reason="No.")

    assert StandingApproval.objects.here().exists()


def test_withdraw_asks_for_a_reason(row: StandingApproval, author: Person) -> None:
    with pytest.raises(Invalid, match="Say why"):
        actions.withdraw(row, by=author, reason=" ")


def test_withdraw_is_done_once(row: StandingApproval, author: Person, approver: Person) -> None:
    actions.withdraw(row, by=author, reason="No more.")

    with pytest.raises(Stale, match="withdrawn already"):
        actions.withdraw(row, by=approver, reason="Again.")

    row.refresh_from_db()
    assert row.withdrawn_by == author


def test_withdraw_tells_how_many_events_wait(
    tenant: Tenant, row: StandingApproval, system: System, author: Person
) -> None:
    request = submitted(tenant, system.person, created(covered()))
    assert apply(request, system)

    assert actions.withdraw(row, by=author, reason="No more.") == 1


@pytest.mark.django_db(transaction=True)
def test_withdraw_waits_for_a_send_that_is_being_looked_at(
    tmp_path: Path, tenant: Tenant, row: StandingApproval, author: Person
) -> None:
    """Or the send would begin after a withdrawal that did not count it."""
    Connection.objects.get_or_create(tenant=tenant)
    with several_writers(tmp_path) as here, ThreadPoolExecutor(1) as pool:

        def withdraws() -> int:
            with here():
                return actions.withdraw(row, by=author, reason="No more.")

        with here():
            sending = lease.take(tenant)
            assert sending is not None
            with sending.holding():
                withdrawing = pool.submit(withdraws)
                with pytest.raises(TimeoutError):
                    withdrawing.result(timeout=0.5)

        assert withdrawing.result() == 0


def test_what_was_withdrawn_releases_nothing(
    tenant: Tenant, row: StandingApproval, system: System, author: Person
) -> None:
    actions.withdraw(row, by=author, reason="No more.")

    assert apply(submitted(tenant, system.person, created(covered())), system) is False


def test_the_database_knows_no_withdrawal_of_what_stands(row: StandingApproval, author: Person) -> None:
    with pytest.raises(IntegrityError):
        StandingApproval.objects.filter(pk=row.pk).update(withdrawn_by=author, withdrawn_because="No.")


def test_ended_names_what_approves_nothing_any_more(
    tenant: Tenant, row: StandingApproval, system: System, author: Person
) -> None:
    apply(submitted(tenant, system.person, created(covered())), system)
    before = queries.ended(tenant)
    actions.withdraw(row, by=author, reason="No more.")

    assert (before, queries.ended(tenant)) == (set(), {request_of(row).pk})
