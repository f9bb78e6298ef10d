"""T5: hours of bad weather in seconds. The clock is virtual, so settling, waiting and leases really elapse (G1 to
G5, G14).

CI runs SEEDS x CHANGES; SIMULATION=25x400 in the environment runs what reliability.md section 9 asks for.
"""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest

from portal.changes.push.moves import SETTLE
from portal.changes.tasks import synchronise
from portal.mirror.models import Cause
from portal.sandbox.server import Sandbox
from portal.sandbox.store import Store
from portal.tenants.models import Tenant
from tests.chaos.office import Office, connected, under_way
from tests.chaos.world import BEGAN, CALM, STORM, World, simulated
from tests.crash import promises
from tests.profiles import here

SEEDS, CHANGES = map(int, os.environ.get("SIMULATION", "4x40" if here() == "embedded" else "1x40").split("x"))
SWEEP, SYNC = timedelta(seconds=30), timedelta(seconds=240)
A_DAY = timedelta(days=1)
AT_LEAST_WAITING = 8  # changes that lie before the workers at any time
SETTLED = timedelta(minutes=30)  # every lease, run, delay and circuit has ended by then

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Never started: it is asked as an object."""
    sandbox = Sandbox(seed_labels=6, page_size=20)
    yield sandbox
    sandbox.stop()


@pytest.fixture(params=range(1, SEEDS + 1))
def world(
    request: pytest.FixtureRequest, transactional_db: None, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A tenant that has been mirrored once."""
    tenant = connected("simulated", sandbox.root)
    world = World(request.param, sandbox, tenant.pk)
    if world.takes_twins:
        monkeypatch.setattr(Store, "refuse_taken", lambda *_: None)
    with simulated(world, monkeypatch):
        synchronise(tenant, cause=Cause.COMMAND)
        yield world


def test_bad_weather_breaks_no_promise(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    tenant = Tenant.objects.get()
    world.weather(STORM)

    live(world, tenant, Office(tenant, world.seed))

    took = world.moment
    world.weather(CALM)
    world.moment += SETTLED
    ledger = world.sandbox.ledger()
    assert list(promises.broken(ledger, settle=SETTLE)) == []
    assert list(twins(world.sandbox)) == []
    assert list(promises.false_alarms()) == []
    assert world.hasty == []
    with capsys.disabled():
        met = f"{world.deaths} deaths, {world.freezes} frozen, {world.requests} requests"
        print(f"\nseed {world.seed}: {len(ledger)} effects, {met}, {took - BEGAN}")


def live(world: World, tenant: Tenant, office: Office) -> None:
    """Let people ask and workers work until everything that was asked for has happened. Fails after a day."""
    asked, sync_at, sweep_at = 0, world.moment + SYNC, world.moment
    end = world.moment + A_DAY
    while asked < CHANGES or under_way(tenant).exists():
        assert world.moment < end, list(promises.unfinished())
        if asked < CHANGES and under_way(tenant).count() < AT_LEAST_WAITING:
            tenant.refresh_from_db()
            asked += office.asks_for(CHANGES - asked)
        office.sees_to_what_stopped()
        world.moment = max(world.moment, min([sweep_at, *world.bells]))
        if sweep_at <= world.moment:
            sweep_at = world.moment + SWEEP
            world.drain()
        for bell in [bell for bell in world.bells if bell <= world.moment]:
            world.bells.remove(bell)
            world.drain()
        if sync_at <= world.moment:
            sync_at = world.moment + SYNC
            world.work(lambda: synchronise(tenant, cause=Cause.TIMETABLE), while_others_push=True)


def twins(sandbox: Sandbox) -> Iterator[str]:
    """Objects of one set that bear the same name: the second is one too many."""
    for name, members in sandbox.state().items():
        names = [member["displayName"] for member in members]
        yield from (f"two {name} are called {each}" for each in names if names.count(each) > 1)
