"""P1 and P2: listing a tenant into the mirror, beside downloading it and doing nothing with it.

Everybody asks for the same pages: all kinds, labels once for each navigation property, as the sandbox wants it.
Microsoft's client comes last and once: it builds anew for every object the table of all types that there are, which
takes minutes.
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from bench.bare import Bare
from bench.figures import Figure, in_turn, medians, scaled, timed
from bench.loading import Loading
from bench.microsoft import Microsoft
from bench.remote import sandbox
from bench.rows import connected
from portal.changes.tasks import synchronise
from portal.mirror.models import Cause, RunState
from portal.tenants.models import Tenant

LABELS = scaled(1_000)
ROUNDS = {0: 5, 100: 3}  # by latency of a page in milliseconds
WANTED = {("P1", 0): 3.0, ("P1", 100): 1.1, ("P2", 0): 6.0, ("P2", 100): 1.5}


def measure(folder: Path) -> Iterator[Figure]:
    for latency, rounds in ROUNDS.items():
        with sandbox(labels=LABELS, latency_ms=latency) as root:
            took = medians(in_turn(rounds, _contenders(root, folder, latency)))
            yield from _figures(latency, took | {"msgraph-sdk": _by_hand(root)})


def _contenders(root: str, folder: Path, latency: int) -> dict[str, Callable[[], object]]:
    """First and again: the same tenant, and the same pipeline, twice in each round."""
    bare, numbers = Bare(root), count(1)
    tenants: list[Tenant] = []
    pipelines: list[Loading] = []

    def sync_first() -> None:
        tenants.append(connected(root))
        _sync(tenants[-1])

    def load_first() -> None:
        pipelines.append(Loading(root, folder, f"tenant_{latency}_{next(numbers)}"))
        pipelines[-1].everything()

    bare.everything()  # everybody's first connection, and the sandbox's first answers, are left out
    return {
        "bare": bare.everything,
        "sync first": sync_first,
        "sync again": lambda: _sync(tenants[-1]),
        "dlt first": load_first,
        "dlt again": lambda: pipelines[-1].everything(),
    }


def _by_hand(root: str) -> float:
    microsoft = Microsoft(root)
    microsoft.warm()
    took = timed(microsoft.everything)
    microsoft.close()
    return took


def _sync(tenant: Tenant) -> None:
    tenant.refresh_from_db()
    run = synchronise(tenant, cause=Cause.COMMAND)
    if run is None or run.state != RunState.COMPLETE:
        raise RuntimeError(f"The sync did not complete: {run and run.message}")


def _figures(latency: int, took: dict[str, float]) -> Iterator[Figure]:
    for part, kind, what in (
        ("P1", "again", f"sync, {LABELS:,} unchanged labels"),
        ("P2", "first", f"first sync, {LABELS:,} labels"),
    ):
        ours, what = took[f"sync {kind}"], f"{what}, {latency} ms a page"
        yield Figure(part, what, "bare download", ours, took["bare"], "s", WANTED[part, latency])
        yield Figure(part, what, "msgraph-sdk, nothing kept", ours, took["msgraph-sdk"], "s")
        ahead = 1.0 if part == "P1" else None
        yield Figure(part, what, f"dlt into DuckDB, {kind}", ours, took[f"dlt {kind}"], "s", ahead)
