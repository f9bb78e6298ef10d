"""`python -m tests [pytest's arguments]`: everything in the embedded profile, then what touches a database once more in
the production profile, on a PostgreSQL and a Redis of its own."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests import servers

NOTHING_TO_RUN = 5  # pytest's exit status when the arguments name no test of this profile


@dataclass(frozen=True)
class Tally:
    """How one run of pytest went."""

    profile: str
    status: int
    passed: int
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.status in (0, NOTHING_TO_RUN)


def main() -> int:
    """Returns 0 if everything passed; 1 also, where CI is set, if something could not be run."""
    tallies, missing = [run("embedded", "", "")], ""
    try:
        with servers.postgresql() as database, servers.redis() as broker:
            tallies.append(run("production", database.url, broker.url))
    except servers.Missing as exc:
        missing = str(exc)
        print(f"\nThe production profile could not be tested. {missing}")
    spent = ", ".join(f"{tally.profile} {tally.seconds:.0f} s" for tally in tallies)
    print(f"\nSeconds: {spent}")
    print("; ".join(f"{tally.profile}: {tally.passed} passed" for tally in tallies))
    may_miss = not missing or not os.environ.get("CI")
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
        return Tally(profile, status, passed(report) if report.exists() else 0, time.monotonic() - began)


def passed(report: Path) -> int:
    """The number of tests that neither failed nor were skipped, from pytest's own report."""
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    names = ("failures", "errors", "skipped")
    return sum(int(suite.get("tests", 0)) - sum(int(suite.get(name, 0)) for name in names) for suite in suites)


if __name__ == "__main__":
    sys.exit(main())
