"""`python -m tests [pytest's arguments]`: everything in the embedded profile, and beside it what touches a database
once more in the production profile, on a PostgreSQL and a Redis of its own."""

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
        # Side by side, each with its own servers: much of a test is waiting.
        runs = [Run("embedded", "", "", Path(name), seen=True)]
        try:
            database, broker = running.enter_context(servers.postgresql()), running.enter_context(servers.redis())
        except servers.Missing as exc:
            not_run.append(f"the production profile: {exc}")
        else:
            runs.append(Run("production", database.url, broker.url, Path(name)))
        tallies = [run.tally() for run in runs]
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


class Run:
    """One run of pytest, begun when it is made: `seen` in this terminal as it goes, otherwise when it has ended."""

    def __init__(self, profile: str, database_url: str, redis_url: str, folder: Path, *, seen: bool = False) -> None:
        self.profile, self.began, self.seen = profile, time.monotonic(), seen
        self.report, self.printed = folder / f"{profile}.xml", folder / f"{profile}.txt"
        environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "OWNER_DATABASE_URL": ""}
        command = [sys.executable, "-m", "pytest", f"--junitxml={self.report}", *sys.argv[1:]]
        if seen:
            print(f"\n{profile} profile", flush=True)
        with self.printed.open("wb") as printed:
            out = None if seen else printed
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)

    def tally(self) -> Tally:
        """How it went, once it has ended."""
        status = self.process.wait()
        seconds = time.monotonic() - self.began
        if not self.seen:
            print(f"\n{self.profile} profile\n{self.printed.read_text(errors='replace')}", flush=True)
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
