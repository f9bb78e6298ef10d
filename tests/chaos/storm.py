"""T4: real workers on a real broker are killed, the broker is wiped, the remote lies; people go on approving.

Run by test_storm.py as `python -m tests.chaos.storm SEED CHANGES` with a DATA_DIR, a database and a broker of its own,
SETTLE=2 and SWEEP_EVERY=1. Prints one line; exits 1 with the broken promises.
"""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import django
import requests

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from redis import Redis  # noqa: E402

from portal.changes.tasks import synchronise  # noqa: E402
from portal.mirror import sync  # noqa: E402
from portal.mirror.models import Cause  # noqa: E402
from tests.chaos.office import Office, connected, under_way  # noqa: E402
from tests.crash import promises, snapshots  # noqa: E402

TENANTS = 3
AT_ONCE = 12  # changes that lie before the workers of one tenant at any time
FAULT = 0.045  # each of six: 24 % of requests
LONGEST = 240.0  # seconds until what was left at the end is done
EACH = 6.0  # seconds a change may take on average while the storm lasts, on a machine that is busy
ROOT = Path(__file__).resolve().parents[2]
POOLS = [["-P", "threads", "-c", "2"]] if not settings.REDIS_URL else [["-P", "prefork", "-c", "3"]] * 2


class Workers:
    """One process group of workers, started again whenever it was killed."""

    def __init__(self, number: int, pool: Sequence[str]) -> None:
        folder = Path(settings.DATA_DIR)
        timetable = ["-B", "-s", str(folder / f"timetable{number}")]
        options = ["-l", "ERROR", "--without-gossip", "--without-mingle", "-n", f"storm{number}@localhost"]
        self.command = [sys.executable, "-m", "tests.chaos.worker", "worker", *pool, *timetable, *options]
        self.log = (folder / f"worker{number}.log").open("ab")
        self.process = self._started()

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self.command, cwd=ROOT, stdout=self.log, stderr=self.log, start_new_session=True)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_and_start(self) -> None:
        self.kill()
        self.process = self._started()


def main(seed: int, changes: int) -> int:
    chance = random.Random(seed)
    began = time.monotonic()
    served, roots = sandboxes(TENANTS)
    try:
        offices = [opened(f"storm{n}", root, seed + n) for n, root in enumerate(roots)]
        for n, root in enumerate(roots):
            requests.post(f"{root}/sandbox/faults", json=weather(seed * 10 + n), timeout=5).raise_for_status()
        workers = [Workers(number, pool) for number, pool in enumerate(POOLS)]
        try:
            kills, wipes = rage(chance, offices, workers, changes)
            took = recovered(offices)
        finally:
            for group in workers:
                group.kill()
        told = list(checked(roots))
    finally:
        for process in served:
            process.kill()
            process.wait()
    for fault in told:
        print(fault, flush=True)
    whole = time.monotonic() - began
    print(
        f"seed {seed}: {changes} changes, {kills} kills, {wipes} wipes, over {took:.1f} s after, {whole:.0f} s in all"
    )
    return 1 if told else 0


def sandboxes(count: int) -> "tuple[list[subprocess.Popen[str]], list[str]]":
    """So many remotes, and where they listen."""
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--seed-labels", "4"]
    served = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    return served, [re.findall(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0] for process in served]  # type: ignore[union-attr]


def opened(slug: str, root: str, seed: int) -> Office:
    tenant = connected(slug, root)
    synchronise(tenant, cause=Cause.COMMAND)
    tenant.refresh_from_db()
    return Office(tenant, seed)


def weather(seed: int) -> list[dict[str, object]]:
    effects: list[dict[str, object]] = [
        {"effect": "throttle", "retry_after": 1},
        {"effect": "status", "status": 503},
        {"effect": "refuse"},
        {"effect": "apply_then_drop"},
        {"effect": "apply_then_status", "status": 500},
        {"effect": "apply_then_garbled", "torn": True},
    ]
    rules = [{**effect, "probability": FAULT} for effect in effects]
    rules.append({"effect": "delay_visibility", "ms": 1_000, "probability": 0.25, "method": "POST"})
    return [{**rule, "seed": seed * 100 + n} for n, rule in enumerate(rules)]


def rage(chance: random.Random, offices: list[Office], workers: list[Workers], changes: int) -> tuple[int, int]:
    """Approve all changes while workers die and the broker forgets. Returns how often either happened."""
    kills = wipes = asked = 0
    now = time.monotonic()
    kill_at, wipe_at, end = now + chance.uniform(3, 6), now + chance.uniform(8, 12), now + EACH * changes
    while asked < changes:
        now = time.monotonic()
        if now > end:
            raise TimeoutError(f"only {asked} of {changes} changes were asked for in {EACH * changes:.0f} s")
        if now > kill_at:
            chance.choice(workers).kill_and_start()
            kills, kill_at = kills + 1, now + chance.uniform(3, 6)
        if now > wipe_at:
            forget_every_message()
            wipes, wipe_at = wipes + 1, now + chance.uniform(8, 12)
        asked += sum(next_of(office, changes - asked) for office in offices[:1])
        offices.append(offices.pop(0))
        time.sleep(0.05)
    return kills, wipes


def next_of(office: Office, left: int) -> int:
    office.sees_to_what_stopped()
    if under_way(office.tenant).count() >= AT_ONCE:
        return 0
    return office.asks_for(left)


def forget_every_message() -> None:
    """FLUSHALL, or what comes to the same on the embedded broker."""
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URL) as redis:
            redis.flushdb()  # this storm's own database of it
        return
    for message in Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]).glob("*.msg"):
        message.unlink(missing_ok=True)


def recovered(offices: list[Office]) -> float:
    """Wait until all work is done, with workers alive; returns after how many seconds. Raises TimeoutError."""
    began = time.monotonic()
    while any(under_way(office.tenant).exists() for office in offices):
        if time.monotonic() > began + LONGEST:
            raise TimeoutError(list(promises.unfinished()))
        for office in offices:
            office.sees_to_what_stopped()
        time.sleep(0.1)
    return time.monotonic() - began


def checked(roots: list[str]) -> Iterator[str]:
    """Every promise that was broken, once nobody works any more."""
    for root in roots:
        requests.delete(f"{root}/sandbox/faults", timeout=5).raise_for_status()
    time.sleep(1)  # what was hidden shows
    sync.ABANDONED_AFTER = timedelta(0)  # whoever was listing is dead
    ledger = [write for root in roots for write in promises.ledger_of(root)]
    yield from promises.broken(ledger, settle=timedelta(seconds=settings.SETTLE))


if __name__ == "__main__":
    snapshots.make()
    call_command("migrate", verbosity=0)
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
