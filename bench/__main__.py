"""`make bench`, or `python -m bench [PART ...]`: each part in a process and a data folder of its own, then a table."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack

from bench.figures import Figure, table
from bench.remote import ROOT
from tests import servers

PARTS = ("syncing", "creating", "ringing", "listing", "history", "writing")
ON_SERVERS = {"ringing", "writing"}
EMBEDDED_TOO = {"ringing"}
# Unlike the servers of the tests, what is committed is on the disk.
DURABLE = ("unix_socket_directories=",)
Environment = dict[str, str]


def main(wanted: list[str]) -> int:
    """Returns 1 if a part could not be measured; a ratio that misses what is wanted is no failure."""
    unknown = set(wanted) - set(PARTS)
    if unknown:
        say(f"There is no part {', '.join(sorted(unknown))}. There are {', '.join(PARTS)}.")
        return 2
    say(busy())
    figures: list[Figure] = []
    failed = 0
    for part in wanted or PARTS:
        for environment in environments(part):
            began = time.monotonic()
            done, found = run(part, environment)
            failed += not done
            figures += found
            say(f"{part}: {time.monotonic() - began:.0f} s")
    say(f"\n{table(sorted(figures, key=lambda one: one.part))}\n\n{busy()}")
    return 1 if failed else 0


def environments(part: str) -> Iterator[Environment]:
    """The profiles that a part is measured in. What is missing for one is said."""
    if part not in ON_SERVERS or part in EMBEDDED_TOO:
        yield {"DATABASE_URL": "", "REDIS_URL": "", "OWNER_DATABASE_URL": ""}
    if part in ON_SERVERS:
        with ExitStack() as running:
            try:
                database = running.enter_context(servers.postgresql(DURABLE))
                broker = running.enter_context(servers.redis())
            except servers.Missing as exc:
                say(f"{part} could not be measured in the production profile. {exc}")
                return
            yield {"DATABASE_URL": database.url, "REDIS_URL": broker.url, "OWNER_DATABASE_URL": ""}


def run(part: str, environment: Environment) -> tuple[bool, list[Figure]]:
    """One part; whether it came to its end, and what it measured until then."""
    with tempfile.TemporaryDirectory(prefix="fileplan-bench-") as folder:
        apart = {"DATA_DIR": f"{folder}/data", "DLT_DATA_DIR": f"{folder}/dlt", "ALLOWED_HOSTS": "", "DEBUG": ""}
        command = [sys.executable, "-m", "bench.part", part, folder]
        with subprocess.Popen(
            command, cwd=ROOT, env=os.environ | apart | environment, stdout=subprocess.PIPE, text=True
        ) as process:
            told = [json.loads(line) for line in process.stdout or () if line.startswith("{")]
        return process.returncode == 0, [Figure(**one) for one in told]


def busy() -> str:
    """How much else this machine has to do: ratios bear it, seconds do not."""
    return f"{os.cpu_count()} cores, {os.getloadavg()[0]:.1f} processes at work in the last minute."


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
