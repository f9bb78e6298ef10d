"""What a part measured, what was wanted of it, and how both are shown."""

import gc
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

Clock = Callable[[], float]
Samples = dict[str, list[float]]


@dataclass(frozen=True)
class Figure:
    """One line of the table. `ours` and `theirs` in `unit`; `ratio` is what is compared with `wanted`, at most that
    unless `at_least`. Without `wanted` it is shown for orientation only."""

    part: str
    what: str
    against: str
    ours: float
    theirs: float | None
    unit: str
    wanted: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float:
        return self.ours if self.theirs is None else self.ours / self.theirs

    @property
    def verdict(self) -> str:
        if self.wanted is None:
            return ""
        met = self.ratio >= self.wanted if self.at_least else self.ratio <= self.wanted
        return "met" if met else "missed"

    def told(self) -> dict[str, Any]:
        return asdict(self)


HEAD = ("part", "what", "against", "ours", "theirs", "measured", "wanted", "so")


def table(figures: Iterable[Figure]) -> str:
    """A Markdown table, its columns in line for terminals too."""
    rows = [HEAD, *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows)


def _row(one: Figure) -> tuple[str, ...]:
    times = "" if one.theirs is None else "x"
    bound = "" if one.wanted is None else f"{'>=' if one.at_least else '<='} {one.wanted:g}{times}"
    theirs = "" if one.theirs is None else f"{number(one.theirs)} {one.unit}"
    ours, ratio = f"{number(one.ours)} {one.unit}", f"{number(one.ratio)}{times}"
    return one.part, one.what, one.against, ours, theirs, ratio if times else ours, bound, one.verdict


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def scaled(count: int, *, least: int = 10) -> int:
    """A size for this run: BENCH_SCALE=0.05 makes a quick one."""
    return max(least, round(count * float(os.environ.get("BENCH_SCALE", "1"))))


def timed(work: Callable[[], object], clock: Clock = time.perf_counter) -> float:
    """Seconds of one call, without whatever was there before: its garbage, and looking through the thousands of modules
    that the other side needs, for garbage."""
    gc.collect()
    gc.freeze()
    began = clock()
    work()
    took = clock() - began
    gc.unfreeze()
    return took


def in_turn(rounds: int, contenders: dict[str, Callable[[], object]], clock: Clock = time.perf_counter) -> Samples:
    """Time everybody once a round, so that a busy machine is as busy for one as for the other."""
    samples: Samples = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            samples[name].append(timed(work, clock))
    return samples


def medians(samples: Samples) -> dict[str, float]:
    return {name: median(values) for name, values in samples.items()}
