"""G9: what the chain costs those who write. Eight processes on PostgreSQL, with and without entries, on one tenant
and spread over four. Each transaction changes a row of its writer's own; with the chain it also records that."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from django.db import connections, transaction

from bench.figures import Figure, scaled
from bench.rows import connected, person
from portal.audit import trail
from portal.tenants.models import Person, Role, Tenant

WRITERS = 8
SECONDS = float(scaled(5, least=1))


def measure(folder: Path) -> Iterator[Figure]:
    tenants = [connected("http://127.0.0.1:1") for _ in range(4)]
    writers = [person(Role.AUTHOR, tenants=tenants).pk for _ in range(WRITERS)]
    rate = partial(_rate, writers)
    one, four = rate(tenants[:1], recorded=True), rate(tenants, recorded=True)
    without = rate(tenants, recorded=False)
    what = f"business transactions with an entry, {WRITERS} writers"
    yield Figure("G9", f"{what}, one tenant", "", one, None, "a second", 100.0, at_least=True)
    yield Figure("G9", f"{what}, four tenants", "one tenant", four, one, "a second", 1.0, at_least=True)
    yield Figure("G9", f"{what}, four tenants", "the same without entries", four, without, "a second")


def _rate(writers: Sequence[int], tenants: Sequence[Tenant], *, recorded: bool) -> float:
    """Transactions a second, all writers together."""
    connections.close_all()  # a connection is not shared with a process that was forked
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("fork")) as pool:
        shares = [(writer, tenants[number % len(tenants)], recorded) for number, writer in enumerate(writers)]
        return sum(pool.map(_write, shares)) / SECONDS


def _write(share: tuple[int, Tenant, bool]) -> int:
    writer, tenant, recorded = share
    connections.close_all()
    _one(writer, tenant, recorded, 0)
    count, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        count += 1
        _one(writer, tenant, recorded, count)
    return count


@transaction.atomic
def _one(writer: int, tenant: Tenant, recorded: bool, number: int) -> None:
    Person.objects.filter(pk=writer).update(name=f"Somebody {number}")
    if recorded:
        trail.record(tenant, "bench.written", service="Bench", changes={"name": [str(number - 1), str(number)]})
