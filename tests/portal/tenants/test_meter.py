"""How often a key may call: one number in the database, whoever counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from portal.tenants import clock, meter
from tests.portal.changes.push.test_lease import several_writers


def test_a_thousand_calls_at_once_pass(db: None, settings: Settings) -> None:
    burst, per_second = settings.CALLS_BURST, settings.CALLS_PER_SECOND

    assert {meter.wait("key 1", burst=burst, per_second=per_second) for _call in range(1000)} == {0}


def test_a_meter_lets_on_as_time_goes(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun)
    assert [meter.wait("key 1", burst=2, per_second=0.5) for _call in range(3)] == [0, 0, 2]

    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(seconds=2))
    assert [meter.wait("key 1", burst=2, per_second=0.5) for _call in range(2)] == [0, 2]
    assert meter.wait("key 2", burst=2, per_second=0.5) == 0


def test_a_meter_saves_nothing_up(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a quiet day as much may be done at once as on the first."""
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun)
    meter.wait("key 1", burst=2, per_second=0.5)

    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(days=1))
    assert [meter.wait("key 1", burst=2, per_second=0.5) for _call in range(3)] == [0, 0, 2]


@pytest.mark.django_db(transaction=True)
def test_a_meter_counts_what_happens_at_once(tmp_path: Path) -> None:
    with several_writers(tmp_path) as here, ThreadPoolExecutor(8) as pool:

        def ask(_call: int) -> int:
            with here():
                return meter.wait("key 1", burst=20, per_second=0.001)

        found = list(pool.map(ask, range(40)))

    assert found.count(0) == 20


@pytest.mark.django_db(transaction=True)
def test_a_meter_gives_the_last_place_to_one_of_two(tmp_path: Path) -> None:
    """The second asks while the first has not committed, so it waits and counts anew."""
    last = {"burst": 2, "per_second": 0.001}
    with several_writers(tmp_path) as here, ThreadPoolExecutor(1) as pool:

        def second() -> int:
            with here():
                return meter.wait("key 1", **last)

        with here():
            meter.wait("key 1", **last)
            with transaction.atomic():
                first = meter.wait("key 1", **last)
                asked = pool.submit(second)
                with pytest.raises(TimeoutError):
                    asked.result(timeout=0.5)

        assert first == 0
        assert asked.result() > 0
