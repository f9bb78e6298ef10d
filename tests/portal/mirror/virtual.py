"""A tenant that changes while it is being listed, answers now and then, and shows late what was done to it.

It stands where a Client does, without sockets, and keeps its own time, so that thousands of syncs take seconds.
"""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.graph.answers import Page
from portal.graph.errors import GraphError, NotSent, Rejected, Throttled, Unreadable

START = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
LAG = 50.0  # seconds in which what was made or deleted may or may not show; less than SETTLE
CATEGORIES, DEPARTMENTS = "security/labels/categories", "security/labels/departments"


class Clock:
    """The database's clock of the simulation."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Thing:
    """One object with the times between which it was there."""

    def __init__(self, path: str, graph_id: str, name: str) -> None:
        self.path, self.raw = path, {"id": graph_id, "displayName": name}
        self.lives: list[list[datetime | None]] = []

    def was_there(self, moment: datetime) -> bool:
        return any(born <= moment and (died is None or moment < died) for born, died in self.lives)  # type: ignore[operator]


class VirtualGraph:
    """Categories with their subcategories, and departments. `faults`, `looks_fail` (for reads by id), `edits` and
    `short` (a listing that just ends) are chances for each request."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self.random = random.Random(seed)
        self.clock = clock
        self.faults, self.looks_fail, self.edits, self.short = 0.03, 0.3, 0.12, 0.05
        self.things: dict[str, Thing] = {}
        self.asked = 0
        for _ in range(self.random.randint(16, 28)):
            self._make()
        self.clock.pass_by(3600)

    # What the tenant is asked

    def pages(self, path: str, *, clock: Callable[[], datetime]) -> Iterator[Page]:
        """By offset, as skip tokens do: what is made or deleted between two pages shifts the rest."""
        offset, size = 0, self.random.randint(2, 5)
        while True:
            asked_at = clock()
            self._serve(path, self.faults)
            found = self._shown(path)
            yield Page([dict(thing.raw) for thing in found[offset : offset + size]], asked_at, "")
            offset += size
            if offset >= len(found) or self.random.random() < self.short:  # now and then a listing just ends
                return

    def get(self, path: str) -> dict[str, Any]:
        self._serve(path, self.looks_fail)
        folder, _, graph_id = path.rpartition("/")
        thing = self.things.get(graph_id)
        if thing is None or thing.path != folder or thing not in self._shown(folder):
            raise Rejected(f"GET {path}: 404", status=404)
        return dict(thing.raw)

    def _serve(self, path: str, faults: float) -> None:
        """One request: time passes, others work in the tenant meanwhile, and it may fail."""
        self.asked += 1
        self.clock.pass_by(self.random.uniform(0.1, 4))
        if self.random.random() < self.edits:
            self.edit()
        if self.random.random() < faults:
            raise self._fault(path)

    def _fault(self, path: str) -> GraphError:
        refusals = (404, 404) if path.endswith("s") else (401, 410)  # a 404 by id is told only where it is true
        status = self.random.choice((0, 403, 429, 500, 503, *refusals))
        if status == 0:
            return NotSent(f"GET {path}: refused")
        if status == 429:
            return Throttled(f"GET {path}: 429", status=429, retry_after=self.random.choice((None, 5.0, 100.0)))
        return (Rejected if status < 500 else Unreadable)(f"GET {path}: {status}", status=status)

    def _shown(self, path: str) -> list[Thing]:
        return [thing for thing in self.things.values() if thing.path == path and self._shows(thing)]

    def _shows(self, thing: Thing) -> bool:
        """What has just been made may not show yet, what has just been deleted may show still; what is back shows."""
        born, died = thing.lives[-1]
        if died is None and len(thing.lives) > 1:
            return True
        age = (self.clock.now() - (died or born)).total_seconds()  # type: ignore[operator]
        settled = age >= LAG or not self.edits
        return (died is None) if settled else self.random.random() < 0.5

    # What others do to it

    def edit(self) -> None:
        """Somebody makes, deletes, renames or brings back something."""
        now, choice = self.clock.now(), self.random.random()
        here = [thing for thing in self.things.values() if thing.lives[-1][1] is None]
        gone = [thing for thing in self.things.values() if thing.lives[-1][1] is not None]
        if choice < 0.35 or not here:
            self._make()
        elif choice < 0.75:
            self._delete(self.random.choice(here), now)
        elif choice < 0.85 and gone:
            back = self.random.choice(gone)
            if self._has_parent(back):
                back.lives.append([now, None])
        else:
            self.random.choice(here).raw["displayName"] = f"Renamed {self.random.randint(0, 10**9)}"

    def _make(self) -> None:
        number = len(self.things)
        above = self._living(CATEGORIES)
        kind = self.random.choice(("department",) * 3 + ("category",) + ("subcategory",) * (2 if above else 0))
        path = {"department": DEPARTMENTS, "category": CATEGORIES}.get(kind)
        path = path or f"{CATEGORIES}/{self.random.choice(above).raw['id']}/subcategories"
        thing = Thing(path, f"id-{number}", f"{kind.title()} {number}")
        thing.lives.append([self.clock.now(), None])
        self.things[thing.raw["id"]] = thing

    def _delete(self, thing: Thing, now: datetime) -> None:
        """With everything that lives in it."""
        within = self._living(f"{CATEGORIES}/{thing.raw['id']}/subcategories")
        for one in [thing, *within]:
            one.lives[-1][1] = now

    def _has_parent(self, thing: Thing) -> bool:
        if not thing.path.endswith("/subcategories"):
            return True
        return thing.path.split("/")[-2] in {above.raw["id"] for above in self._living(CATEGORIES)}

    def _living(self, path: str) -> list[Thing]:
        return [thing for thing in self.things.values() if thing.path == path and thing.lives[-1][1] is None]

    # What is true

    def holds(self) -> dict[str, str]:
        """Id and name of everything that is there."""
        return {
            graph_id: thing.raw["displayName"] for graph_id, thing in self.things.items() if thing.lives[-1][1] is None
        }

    def was_there(self, graph_id: str, moment: datetime) -> bool:
        return self.things[graph_id].was_there(moment)

    def calm_down(self) -> None:
        """No fault and no edit any more, and everything shows."""
        self.faults = self.looks_fail = self.edits = self.short = 0.0
        self.clock.pass_by(3600)
