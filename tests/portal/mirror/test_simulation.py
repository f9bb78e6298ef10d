"""G12: 200 seeds x 30 syncs with failing and shifted pages, and what comes back: 0 false deletions, then equality.

The listing, staging, looking and writing are the real ones; the tenant and the time are virtual. Two simpler rules
are run through the same simulation, to show that it would notice them. All 200 seeds take minutes: CI runs SEEDS x
SYNCS; SYNCING=200x30 in the environment runs what reliability.md section 1 asks for.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from portal.mirror import actions, gone, kinds, sync
from portal.mirror.gone import Absence
from portal.mirror.models import Cause, Mirrored, RunState, SyncRun
from portal.tenants import clock
from portal.tenants.models import Connection, Person, Role, Tenant
from tests.factories import make_person, make_tenant
from tests.portal.mirror.virtual import Clock, VirtualGraph
from tests.profiles import here

pytestmark = pytest.mark.django_db
KINDS = ("category", "subcategory", "department")
SEEDS, SYNCS = map(int, os.environ.get("SYNCING", "6x30" if here() == "embedded" else "2x30").split("x"))


@dataclass
class Outcome:
    """What all seeds together came to."""

    runs: int = 0
    complete: int = 0
    held: int = 0
    gone: int = 0
    revived: int = 0
    false: list[str] = field(default_factory=list)
    unequal: list[int] = field(default_factory=list)


@pytest.fixture
def simulate(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    monkeypatch.setattr(kinds, "_kinds", {name: kinds.of(name) for name in KINDS})

    def simulate(seeds: range) -> Outcome:
        outcome = Outcome()
        for seed in seeds:
            _Simulation(seed, monkeypatch, outcome).play()
        return outcome

    return simulate


class _Simulation:
    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch, outcome: Outcome) -> None:
        self.seed, self.outcome, self.random = seed, outcome, random.Random(seed)
        self.time = Clock()
        monkeypatch.setattr(clock, "now", self.time.now)
        self.graph = VirtualGraph(seed, self.time)
        monkeypatch.setattr(sync, "client", lambda tenant: self.graph)
        self.tenant: Tenant = make_tenant()
        Connection.objects.create(tenant=self.tenant)
        self.administrator: Person = make_person(Role.ADMINISTRATOR, tenant=self.tenant)
        self.was_gone: set[str] = set()

    def play(self) -> None:
        for _ in range(SYNCS):
            self.time.pass_by(self.random.choice((5, 40, 200, 900)))
            for _ in range(self.random.choice((0, 0, 1, 3))):
                self.graph.edit()
            self.sync(trusting=0.3)
        self.graph.calm_down()
        for _ in range(3):
            self.time.pass_by(900)
            self.sync(trusting=1.0)
        self._compare()

    def sync(self, *, trusting: float) -> None:
        """One run; an administrator may confirm whatever it holds back, without looking."""
        run = sync.run(self.tenant, cause=Cause.COMMAND, busy=self._busy)
        self.outcome.runs += run is not None
        self._judge()
        if run is None or run.state != RunState.COMPLETE:
            return
        self.outcome.complete += 1
        self.outcome.held += run.is_held
        if run.is_held and self.random.random() < trusting:
            actions.confirm_gone(run, by=self.administrator)

    def _busy(self, tenant: Tenant) -> set[tuple[str, str]]:
        """Now and then a push is writing something."""
        if not self.graph.edits or self.random.random() < 0.8:
            return set()
        return {("department", graph_id) for graph_id in self.random.sample(sorted(self.graph.things), k=2)}

    def _rows(self) -> list[Mirrored]:
        return [row for kind in kinds.every() for row in kind.rows(self.tenant)]

    def _judge(self) -> None:
        """Whatever is newly gone must have been away at the moment it was taken for gone."""
        now_gone = {row.graph_id: row.gone_at for row in self._rows() if row.gone_at is not None}
        for graph_id in now_gone.keys() - self.was_gone:
            self.outcome.gone += 1
            if self.graph.was_there(graph_id, now_gone[graph_id]):
                self.outcome.false.append(f"seed {self.seed}: {graph_id}")
        self.outcome.revived += len(self.was_gone - now_gone.keys())
        self.was_gone = set(now_gone)

    def _compare(self) -> None:
        here = {row.graph_id: row.display_name for row in self._rows() if row.gone_at is None}
        if here != self.graph.holds():
            self.outcome.unequal.append(self.seed)


def test_simulation_takes_nothing_for_gone_that_is_there(simulate: Callable[..., Outcome]) -> None:
    outcome = simulate(range(SEEDS))

    assert (outcome.false, outcome.unequal) == ([], [])
    assert outcome.runs > SEEDS * SYNCS * 0.8
    assert outcome.complete < outcome.runs * 0.9
    assert min(outcome.gone, outcome.revived, outcome.held) > SEEDS


# Simpler rules, to show that the simulation would notice them

ONCE = pytest.mark.profile("embedded", why="show that a simulation would notice simpler rules")


def believe(run: SyncRun, absence: Absence, graph: Any) -> None:
    """Only when the listing finished: what it lacks is gone."""
    absence.held = ""
    absence.answered_404 = {gone.key_of(row): clock.now() for row in absence.missing}


@ONCE
def test_simulation_notices_when_a_finished_listing_is_believed(
    simulate: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone, "look", believe)

    assert len(simulate(range(3)).false) > 3


@ONCE
def test_simulation_notices_when_whatever_was_not_seen_is_deleted(
    simulate: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up = sync.give_up

    def delete_unseen(run: SyncRun, *told: str) -> None:
        absence = gone.absence_of(run, run.tenant, set())
        believe(run, absence, None)
        gone.mark(absence, run.tenant, set())
        give_up(run, *told)

    monkeypatch.setattr(gone, "look", believe)
    believed = len(simulate(range(3)).false)
    monkeypatch.setattr(sync, "give_up", delete_unseen)

    assert len(simulate(range(3)).false) > 2 * believed


@ONCE
def test_simulation_notices_when_any_failed_look_counts(
    simulate: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that takes 401, 403, 410 or 429 for "not there" as well."""
    get = gone._get

    def gullible(graph: Any, row: Mirrored) -> Any:
        try:
            return get(graph, row)
        except Exception:
            return None

    monkeypatch.setattr(gone, "_get", gullible)

    assert simulate(range(6)).false
