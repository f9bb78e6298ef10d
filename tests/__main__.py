"""`python -m tests [pytest's arguments]`: everything in the embedded profile, and beside it what touches a database
once more in the production profile, on a PostgreSQL and a Redis of its own.

Each profile is three runs side by side: of labels, events and every door; of what mostly waits for processes of its
own; and of the rest. With arguments it is one.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests import servers

NOTHING_TO_RUN = 5  # pytest's exit status when the arguments name no test of this profile
SHARES = {
    "objects and doors": ("tests/doors", "tests/events", "tests/labels"),
    "waiting": ("tests/browser", "tests/chaos", "tests/crash", "tests/production", "tests/portal/test_run.py"),
}


@dataclass(frozen=True)
class Tally:
    """How one run of pytest went. `skipped` are the reasons why tests did not run, each with how many."""

    profile: str
    status: int
    passed: int
    skipped: "Counter[str]"
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.status in (0, NOTHING_TO_RUN)


def main() -> int:
    """Returns 0 if everything passed; 1 also, where CI is set, if something could not be run."""
    not_run: list[str] = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        runs = [Run("embedded", share, given, Path(name)) for share, given in shares().items()]
        for share, given in shares().items():
            try:
                database, broker = running.enter_context(servers.postgresql()), running.enter_context(servers.redis())
            except servers.Missing as exc:
                not_run.append(f"the production profile: {exc}")
                break
            runs.append(Run("production", share, given, Path(name), urls=(database.url, broker.url)))
        tallies = together([run.tally() for run in runs])
    not_run += [
        f"{count} in the {tally.profile} profile: {why}" for tally in tallies for why, count in tally.skipped.items()
    ]
    spent = ", ".join(f"{tally.profile} {tally.seconds:.0f} s" for tally in tallies)
    print(f"\nSeconds: {spent}")
    print("; ".join(f"{tally.profile}: {tally.passed} passed" for tally in tallies))
    for what in not_run:
        print(f"Could not be run: {what}")
    may_miss = not not_run or not os.environ.get("CI")
    return 0 if may_miss and all(tally.is_good for tally in tallies) else 1


def shares() -> "dict[str, list[str]]":
    """What is given to each run of pytest in a profile, by the name of the run."""
    if sys.argv[1:]:
        return {"as asked": sys.argv[1:]}
    rest = [f"--ignore={path}" for paths in SHARES.values() for path in paths]
    return {"the rest": rest, **{name: [*paths] for name, paths in SHARES.items()}}


def together(tallies: list[Tally]) -> list[Tally]:
    """One tally for each profile, as bad as the worse of its shares."""
    profiles = dict.fromkeys(one.profile for one in tallies)
    return [_sum([one for one in tallies if one.profile == profile]) for profile in profiles]


def _sum(shares: list[Tally]) -> Tally:
    bad = [one.status for one in shares if not one.is_good]
    status = bad[0] if bad else min(one.status for one in shares)
    skipped = sum((one.skipped for one in shares), Counter[str]())
    passed, seconds = sum(one.passed for one in shares), max(one.seconds for one in shares)
    return Tally(shares[0].profile, status, passed, skipped, seconds)


class Run:
    """A share of a profile, begun when it is made: the first `seen` here as it goes, others at their end."""

    def __init__(
        self, profile: str, share: str, arguments: list[str], folder: Path, *, urls: tuple[str, str] = ("", "")
    ) -> None:
        self.name, self.profile, self.began = f"{profile} profile, {share}", profile, time.monotonic()
        self.seen = not any(folder.iterdir())
        self.report, self.printed = folder / f"{self.name}.xml", folder / f"{self.name}.txt"
        environment = os.environ | {"DATABASE_URL": urls[0], "REDIS_URL": urls[1], "OWNER_DATABASE_URL": ""}
        environment["PYTHONDONTWRITEBYTECODE"] = ""  # hundreds of processes need not compile the same each
        command = [sys.executable, "-m", "pytest", f"--junitxml={self.report}", *arguments]
        if self.seen:
            print(f"\n{self.name}", flush=True)
        with self.printed.open("wb") as printed:
            out = None if self.seen else printed
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)

    def tally(self) -> Tally:
        """How it went, once it has ended."""
        status = self.process.wait()
        seconds = time.monotonic() - self.began
        if not self.seen:
            print(f"\n{self.name}\n{self.printed.read_text(errors='replace')}", flush=True)
        count, skipped = told(self.report) if self.report.exists() else (0, Counter[str]())
        return Tally(self.profile, status, count, skipped, seconds)


def told(report: Path) -> "tuple[int, Counter[str]]":
    """What pytest's own report says: how many tests passed, and why how many others were skipped."""
    root = ElementTree.parse(report).getroot()
    names = ("failures", "errors", "skipped")
    passed = sum(
        int(suite.get("tests", 0)) - sum(int(suite.get(name, 0)) for name in names) for suite in root.iter("testsuite")
    )
    return passed, Counter(skip.get("message", "") for skip in root.iter("skipped"))


if __name__ == "__main__":
    sys.exit(main())
