"""When a run may begin, and when one that failed is repeated (reliability.md 3 rule 12, G14, C13, C15)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from portal.changes import tasks
from portal.changes.management.commands.sync import why_not
from portal.mirror import sync
from portal.mirror.models import Cause, RunState, SyncRun
from portal.mirror.queries import Pulse
from portal.sandbox.server import Sandbox
from portal.tenants import clock
from portal.tenants.models import Connection, Tenant
from tests.factories import make_tenant
from tests.portal.changes.push.test_lease import several_writers
from tests.portal.mirror.runs import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed_labels=5, page_size=100, lenient=True) as served:
        yield served


def ended(tenant: Tenant, *states: RunState, ago: float = 0) -> None:
    """Runs that ended one after the other, the last one `ago` seconds ago."""
    for number, state in enumerate(states, start=1):
        at = clock.now() - timedelta(seconds=ago + len(states) - number)
        finished = None if state == RunState.RUNNING else at
        SyncRun.objects.create(
            tenant=tenant, state=state, cause=Cause.TIMETABLE, started_at=at, touched_at=at, finished_at=finished
        )


# While the tenant is not to be asked


def test_run_asks_nothing_while_the_circuit_is_open(served: Tenant, sandbox: Sandbox) -> None:
    Connection.objects.update(failures=5, closed_until=clock.now() + timedelta(seconds=30))

    assert sync.run(served, cause=Cause.PERSON) is None
    assert (sandbox.journal(), SyncRun.objects.count()) == ([], 0)
    assert why_not(served).startswith("not to be asked before")


def test_runs_open_the_circuit_and_the_first_that_works_closes_it(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults([{"method": "GET", "effect": "status", "status": 503}])
    for _ in range(5):
        assert run(served).state == RunState.INCOMPLETE
    assert sync.run(served, cause=Cause.TIMETABLE) is None
    assert len(sandbox.journal()) == 5

    Connection.objects.update(closed_until=clock.now() - timedelta(seconds=1))
    sandbox.faults([])

    assert run(served).state == RunState.COMPLETE
    assert Connection.objects.get(tenant=served).failures == 0


def test_a_probe_that_fails_waits_twice_as_long(served: Tenant, sandbox: Sandbox) -> None:
    Connection.objects.update(failures=5, closed_until=clock.now() - timedelta(seconds=1))
    sandbox.faults([{"method": "GET", "effect": "status", "status": 503}])

    run(served)

    until = Connection.objects.get(tenant=served).closed_until
    assert len(sandbox.journal()) == 1
    assert timedelta(seconds=110) < until - clock.now() < timedelta(seconds=121)  # type: ignore[operator]


def test_run_asks_nothing_before_retry_after_has_passed(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults([{"method": "GET", "path": "citations", "effect": "throttle", "retry_after": "120"}])
    assert run(served).state == RunState.INCOMPLETE
    asked = len(sandbox.journal())

    for cause in Cause:
        assert sync.run(served, cause=cause) is None

    assert len(sandbox.journal()) == asked
    assert Pulse(served).next_at >= clock.now() + timedelta(seconds=100)  # type: ignore[operator]


# Repeating a run


@pytest.mark.parametrize(
    ("failed", "seconds"), [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, None), (7, None), (60, None)]
)
def test_a_failed_run_is_repeated_after_longer_and_longer(served: Tenant, failed: int, seconds: int | None) -> None:
    ended(served, *[RunState.INCOMPLETE] * failed)

    at = sync.retry_at(served)

    assert (round((at - clock.now()).total_seconds()) if at else None) == seconds
    assert not sync.is_due_again(served)


def test_a_run_that_worked_ends_the_count(served: Tenant) -> None:
    ended(served, *[RunState.INCOMPLETE] * 5, RunState.COMPLETE, RunState.INCOMPLETE, ago=31)

    assert sync.is_due_again(served)


@pytest.mark.parametrize("states", [(), (RunState.COMPLETE,), (RunState.INCOMPLETE, RunState.COMPLETE)])
def test_nothing_is_repeated_that_did_not_fail(served: Tenant, states: tuple[RunState, ...]) -> None:
    ended(served, *states, ago=10_000)

    assert (sync.retry_at(served), sync.is_due_again(served)) == (None, False)


@pytest.mark.parametrize(("ago", "due"), [(0, False), (290, False), (301, True)])
def test_a_run_its_worker_left_is_repeated_once_it_counts_as_abandoned(served: Tenant, ago: int, due: bool) -> None:
    ended(served, RunState.RUNNING, ago=ago)

    assert sync.is_due_again(served) is due


def test_repeating_waits_no_longer_than_the_timetable(served: Tenant) -> None:
    ended(served, RunState.INCOMPLETE)

    assert 25 < (Pulse(served).next_at - clock.now()).total_seconds() <= 30  # type: ignore[operator]


def test_the_timetable_rings_for_runs_to_repeat_alone(served: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(served, RunState.INCOMPLETE, ago=31)
    ended(make_tenant(), RunState.COMPLETE, ago=31)
    make_tenant()
    rung: list[tuple[object, ...]] = []
    monkeypatch.setattr(tasks, "ring", lambda *args: rung.append(args))

    tasks.retry_sync()

    assert rung == [(served.pk, "mirror.sync")]


# Two at once


@pytest.mark.django_db(transaction=True)
def test_one_of_many_starts(tmp_path: Path) -> None:
    """C15, with workers that start at the same moment."""
    tenant, workers = make_tenant(), 4
    together = Barrier(workers)
    with several_writers(tmp_path) as here, ThreadPoolExecutor(workers) as pool:

        def start(worker: int) -> tuple[bool, int]:
            with here():
                together.wait(timeout=20)
                started = sync.start(tenant, cause=Cause.TIMETABLE)
                together.wait(timeout=20)
                return started is not None, SyncRun.objects.count()

        found = list(pool.map(start, range(workers)))

    assert sorted(found) == [(False, 1), (False, 1), (False, 1), (True, 1)]
