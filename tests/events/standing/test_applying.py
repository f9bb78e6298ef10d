"""What a standing approval releases: for who wrote it, as it was read, and so many events of one day."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import transaction

from events.models import StandingApproval
from events.standing import apply
from portal.changes import actions
from portal.changes.models import ChangeRequest, State
from portal.changes.objects import Wanted
from portal.changes.standing import release_under
from portal.errors import Invalid, Stale
from portal.mirror import markers
from portal.tenants.models import Person, System, Tenant
from tests.allowing import COVERED, allowed, covered, in_force, make_system, request_of, standing
from tests.changing import submitted
from tests.happening import created, event
from tests.portal.changes.push.test_lease import several_writers

pytestmark = pytest.mark.django_db


def leaver(asset_id: str) -> Wanted:
    queries = [
        {"queryType": "files", "query": f"ComplianceAssetID:{asset_id}"},
        {"queryType": "messages", "query": f'"{asset_id}"'},
    ]
    return created(event(f"Departure {asset_id} 2026-10-31", queries=queries))


def reported(system: System, *wanted: Wanted) -> ChangeRequest:
    return submitted(system.tenant, system.person, *wanted, title="Reported", reason="HR says so.")


def state_of(request: ChangeRequest) -> str:
    return ChangeRequest.objects.get(pk=request.pk).state


def test_release_under_is_for_who_wrote_it(tenant: Tenant, row: StandingApproval, system: System) -> None:
    """Else history would name somebody who did not ask for it."""
    other, request = make_system(tenant, "payroll"), reported(system, leaver("4711"))

    with pytest.raises(Invalid, match="Another system wrote it"):
        release_under(request, under=request_of(row), source=system.slug, by=other.person)

    assert state_of(request) == State.IN_REVIEW


def test_release_under_refuses_other_content_than_was_read(row: StandingApproval, system: System) -> None:
    request = reported(system, leaver("4711"))
    ChangeRequest.objects.filter(pk=request.pk).update(content_hash="0" * 64)

    with pytest.raises(Stale):
        release_under(request, under=request_of(row), source=system.slug, by=system.person)


def test_apply_counts_an_event_with_its_repetitions_as_one(
    tenant: Tenant, system: System, author: Person, approver: Person, second_approver: Person
) -> None:
    in_force(tenant, author, [approver, second_approver], most_per_day=1)
    first = covered()
    again = created(event(f"{COVERED} +30d"), case=markers.of(first), after_days=30)

    assert apply(reported(system, created(first), again), system)
    assert not apply(reported(system, leaver("4712")), system)


def test_apply_allows_a_system_its_own_number(
    tenant: Tenant, system: System, author: Person, approver: Person, second_approver: Person
) -> None:
    """Where one change approves for two systems."""
    both = [standing(most_per_day=1), standing("Payroll", source="payroll", most_per_day=5)]
    request = submitted(tenant, author, *map(allowed, both))
    for person in (approver, second_approver):
        actions.approve(request, by=person, content_hash=request.content_hash)

    assert [apply(reported(system, leaver(one)), system) for one in ("4711", "4712")] == [True, False]


@pytest.mark.django_db(transaction=True)
def test_apply_waits_for_a_release_that_is_under_way(
    tmp_path: Path, tenant: Tenant, system: System, author: Person, approver: Person, second_approver: Person
) -> None:
    """And counts it, although it was not committed when the second was asked for."""
    in_force(tenant, author, [approver, second_approver], most_per_day=1)
    first, second = (reported(system, leaver(one)) for one in ("4711", "4712"))
    with several_writers(tmp_path) as here, ThreadPoolExecutor(1) as pool:

        def applies() -> bool:
            with here():
                return apply(ChangeRequest.objects.get(pk=second.pk), system)

        with here(), transaction.atomic():
            assert apply(first, system)
            applying = pool.submit(applies)
            with pytest.raises(TimeoutError):
                applying.result(timeout=0.5)

        assert applying.result() is False
