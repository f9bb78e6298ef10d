"""`python -m tests [pytest's arguments]`: everything in the embedded profile, then what touches a database once more in
the production profile, on a PostgreSQL and a Redis of its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
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
    tallies, not_run = [run("embedded", "", "")], []
    try:
        with servers.postgresql() as database, servers.redis() as broker:
            tallies.append(run("production", database.url, broker.url))
    except servers.Missing as exc:
        not_run.append(f"the production profile: {exc}")
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


def run(profile: str, database_url: str, redis_url: str) -> Tally:
    """One run of pytest, in this terminal."""
    print(f"\n{profile} profile", flush=True)
    environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "OWNER_DATABASE_URL": ""}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *sys.argv[1:]]
        status = subprocess.run(command, check=False, env=environment).returncode
        count, skipped = told(report) if report.exists() else (0, Counter[str]())
        return Tally(profile, status, count, skipped, time.monotonic() - began)


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
