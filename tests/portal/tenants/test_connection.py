"""Rule 12 of reliability.md 3: one circuit for reads and writes, and no request before Graph wants one (G14)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.graph.errors import EndlessListing, GraphError, NotSent, Rejected, Throttled, Unreadable, UnsafeLink
from portal.tenants import clock, connection
from portal.tenants.models import Connection, Health, Tenant

SECONDS = timedelta(seconds=1)


@pytest.fixture
def connected(tenant: Tenant) -> Tenant:
    Connection.objects.create(tenant=tenant)
    return tenant


def waits(tenant: Tenant) -> float:
    """Seconds until it may be asked, to the nearest; 0 for now."""
    until = connection.waits_until(tenant)
    return round((until - clock.now()).total_seconds()) if until else 0


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (4, 0), (5, 60), (6, 120), (7, 240), (8, 480), (9, 900), (30, 900)]
)
def test_failed_opens_the_circuit_longer_and_longer(connected: Tenant, failures: int, seconds: int) -> None:
    Connection.objects.update(failures=failures - 1)

    connection.failed(connected)

    assert (waits(connected), connection.is_usable(connected)) == (seconds, seconds == 0)


def test_worked_closes_it_at_once(connected: Tenant) -> None:
    Connection.objects.update(failures=4)
    connection.failed(connected)

    connection.worked(connected)

    assert (waits(connected), connection.failures(connected)) == (0, 0)


@pytest.mark.parametrize(
    "broken", [NotSent("Refused."), Unreadable("503.", status=503), Unreadable("Cut.", status=200)]
)
def test_note_counts_what_was_no_answer(connected: Tenant, broken: Exception) -> None:
    connection.note(connected, broken)

    assert connection.failures(connected) == 1


@pytest.mark.parametrize(
    "answer",
    [
        *(Rejected("404.", status=404), Rejected("403.", status=403), Throttled("429.", status=429, retry_after=5)),
        *(UnsafeLink("Away."), EndlessListing("Again."), ValueError("Odd.")),
    ],
)
def test_note_counts_no_answer_as_a_failure(connected: Tenant, answer: Exception) -> None:
    connection.note(connected, answer)

    assert connection.failures(connected) == 0


@pytest.mark.parametrize("answer", [Throttled, Unreadable])
@pytest.mark.parametrize("seconds", [1.0, 300.0, 3600.0])
def test_note_waits_as_long_as_graph_asks(connected: Tenant, seconds: float, answer: type[GraphError]) -> None:
    connection.note(connected, answer("Later.", retry_after=seconds))

    assert waits(connected) == seconds


def test_note_waits_for_nothing_where_graph_does_not_say(connected: Tenant) -> None:
    connection.note(connected, Throttled("429.", status=429))

    assert waits(connected) == 0


def test_note_shortens_no_longer_wait(connected: Tenant) -> None:
    connection.note(connected, Throttled("429.", status=429, retry_after=300))

    connection.note(connected, Throttled("429.", status=429, retry_after=5))

    assert waits(connected) == 300


@pytest.mark.parametrize("failures", [0, 1, 3])
@pytest.mark.parametrize("ended", [connection.worked, connection.failed])
def test_what_was_under_way_shortens_no_wait(connected: Tenant, failures: int, ended: Callable[[Tenant], None]) -> None:
    """G14: sync and push ask side by side; one is asked to wait, the other's request ends after that."""
    Connection.objects.update(failures=failures)
    connection.note(connected, Throttled("429.", status=429, retry_after=300))

    ended(connected)

    assert waits(connected) == 300


def test_failed_shortens_no_longer_wait(connected: Tenant) -> None:
    Connection.objects.update(failures=4)
    connection.note(connected, Throttled("429.", status=429, retry_after=300))

    connection.failed(connected)

    assert waits(connected) == 300


def test_waits_until_says_nothing_of_a_connection_on_hold(connected: Tenant) -> None:
    """A read shows what is wrong; only writes are stopped."""
    Connection.objects.update(health=Health.HELD)

    assert (connection.waits_until(connected), connection.is_usable(connected)) == (None, False)


def test_waits_until_says_nothing_of_a_moment_that_has_passed(connected: Tenant) -> None:
    Connection.objects.update(closed_until=clock.now() - SECONDS)

    assert connection.waits_until(connected) is None
