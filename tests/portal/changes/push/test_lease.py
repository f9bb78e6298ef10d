"""G5: one worker at a time, and a late one can neither move nor record anything."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection, connections

from portal.audit.models import Entry
from portal.changes.models import Attempt, Change, Push, Why
from portal.changes.push import moves, sending
from portal.changes.push.lease import LASTS, Lease, Lost, take
from portal.changes.push.sending import Write
from portal.graph.client import Client
from portal.sandbox.server import Sandbox
from portal.tenants import clock
from portal.tenants.models import Connection, Tenant
from tests.factories import make_tenant
from tests.portal.changes.push.conftest import Approve, create

pytestmark = pytest.mark.django_db


def row() -> Connection:
    return Connection.objects.get()


def end_lease() -> None:
    Connection.objects.update(lease_until=clock.now() - timedelta(seconds=1))


@pytest.fixture
def leased(db: None) -> Tenant:
    tenant = make_tenant()
    Connection.objects.create(tenant=tenant, fence=41)
    return tenant


def test_take_lasts_for_two_minutes_and_has_a_fence_of_its_own(leased: Tenant) -> None:
    before = clock.now()

    lease = take(leased)

    assert lease == Lease(leased.pk, 42)
    assert row().fence == 42
    assert before + LASTS <= row().lease_until <= clock.now() + LASTS  # type: ignore[operator]


def test_take_gives_nothing_while_it_is_held(leased: Tenant) -> None:
    take(leased)

    assert take(leased) is None
    assert row().fence == 42


def test_take_gives_a_released_lease_at_once(leased: Tenant) -> None:
    first = take(leased)
    assert first is not None
    first.release()

    assert take(leased) == Lease(leased.pk, 43)


def test_take_gives_an_ended_lease_to_the_next(leased: Tenant) -> None:
    take(leased)
    end_lease()

    assert take(leased) == Lease(leased.pk, 43)


def test_release_of_a_lost_lease_leaves_the_next_holder_alone(leased: Tenant) -> None:
    first = take(leased)
    end_lease()
    take(leased)

    assert first is not None
    first.release()

    assert row().lease_until is not None


def test_renew_lengthens_what_is_too_short_to_send(leased: Tenant) -> None:
    lease = take(leased)
    assert lease is not None
    Connection.objects.update(lease_until=clock.now() + timedelta(seconds=80))

    lease.renew()

    assert row().lease_until > clock.now() + timedelta(seconds=110)  # type: ignore[operator]


def test_renew_leaves_what_is_long_enough(leased: Tenant) -> None:
    lease = take(leased)
    assert lease is not None
    Connection.objects.update(lease_until=clock.now() + timedelta(seconds=100))
    before = row().lease_until

    lease.renew()

    assert row().lease_until == before


@pytest.mark.parametrize("left", [timedelta(seconds=10), timedelta(seconds=110)])
def test_renew_tells_that_the_lease_is_lost(leased: Tenant, left: timedelta) -> None:
    lost = take(leased)
    assert lost is not None
    end_lease()
    take(leased)
    Connection.objects.update(lease_until=clock.now() + left)

    with pytest.raises(Lost):
        lost.renew()


def test_holding_takes_back_what_was_written_before_it_was_lost(leased: Tenant) -> None:
    lost = take(leased)
    assert lost is not None

    with pytest.raises(Lost), lost.holding():
        write_and_lose(lost)

    assert (Tenant.objects.get().name, row().fence) == (leased.name, 42)


def write_and_lose(lease: Lease) -> None:
    Tenant.objects.update(name="Written")
    Connection.objects.update(fence=99)
    with lease.holding():
        pass


# A lease that was lost while its worker was at work


@pytest.fixture
def change(approve: Approve, label: dict[str, object]) -> Change:
    return approve(create(label)).changes.get()


def lost_lease(tenant: Tenant) -> Lease:
    """Somebody else holds it by now."""
    lost = take(tenant)
    assert lost is not None
    end_lease()
    assert take(tenant) is not None
    return lost


def everything() -> list[list[dict[str, object]]]:
    return [list(model._default_manager.order_by("pk").values()) for model in (Change, Attempt, Entry)]


MOVES: dict[str, Callable[[Change, Lease], None]] = {
    "move": lambda change, lease: moves.move(change, lease, "x", source=Push.READY, target=Push.SENT),
    "wait": lambda change, lease: moves.wait(
        change, lease, source=Push.READY, target=Push.READY, until=clock.now(), reason="", support=""
    ),
    "stop": lambda change, lease: moves.stop(change, lease, Why.HELD, "", source=Push.READY),
    "doubt": lambda change, lease: moves.doubt(change, lease, ""),
}


@pytest.mark.parametrize("name", MOVES)
def test_a_lost_lease_moves_and_records_nothing(tenant: Tenant, change: Change, name: str) -> None:
    lost = lost_lease(tenant)
    Change.objects.filter(pk=change.pk).update(push=Push.SENDING if name == "doubt" else Push.READY)
    before = everything()

    with pytest.raises(Lost):
        MOVES[name](change, lost)

    assert everything() == before


@pytest.mark.parametrize("name", MOVES)
def test_a_change_that_moved_on_is_not_moved_back(tenant: Tenant, change: Change, name: str) -> None:
    lease = take(tenant)
    assert lease is not None
    Change.objects.filter(pk=change.pk).update(push=Push.DONE)
    before = everything()

    with pytest.raises(Lost):
        MOVES[name](change, lease)

    assert everything() == before


def test_a_lost_lease_sends_nothing(tenant: Tenant, change: Change, sandbox: Sandbox) -> None:
    lost = lost_lease(tenant)
    graph = Client(sandbox.root, token=lambda: "sandbox")
    write = Write("POST", "security/labels/retentionLabels", {"displayName": change.name}, change.after)
    before, asked = everything(), len(sandbox.journal())

    with pytest.raises(Lost):
        sending.send(change, lost, graph, write)

    assert (everything(), len(sandbox.journal())) == (before, asked)


# Races, on a database that lets its writers wait for each other


@pytest.mark.django_db(transaction=True)
def test_take_gives_a_lease_to_one_of_many(tmp_path: Path) -> None:
    """Read-then-save claimed 998 of 1,000 twice; one conditional UPDATE claims none twice."""
    tenant = make_tenant()
    Connection.objects.create(tenant=tenant)
    workers, rounds, start = 6, 30, Barrier(6)
    with several_writers(tmp_path) as here, ThreadPoolExecutor(workers) as pool:

        def work(worker: int) -> list[int]:
            with here():
                return [fence for _round in range(rounds) if (fence := taken_after(start, tenant))]

        fences = [fence for found in pool.map(work, range(workers)) for fence in found]

    assert sorted(fences) == list(range(1, rounds + 1))


def taken_after(start: Barrier, tenant: Tenant) -> int:
    """The fence, if this worker gets the lease of this round."""
    start.wait(timeout=20)
    lease = take(tenant)
    start.wait(timeout=20)
    if lease is None:
        return 0
    lease.release()
    return lease.fence


@contextmanager
def several_writers(folder: Path) -> Iterator[Callable[[], object]]:
    """A way into one database for each thread: on SQLite a copy on disk, since in memory nobody waits for anybody."""
    file = str(folder / "race.sqlite3")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [file])

    @contextmanager
    def here() -> Iterator[None]:
        before, own = connections["default"], connections.create_connection("default")
        if own.vendor == "sqlite":
            own.settings_dict = {**own.settings_dict, "NAME": file}
        connections["default"] = own
        try:
            yield
        finally:
            own.close()
            connections["default"] = before

    yield here
