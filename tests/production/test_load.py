"""Many calls over HTTP while the web is killed under them: each is one change, none lost, none doubled (S26).

`LOAD_CALLS=1000` is the full size, and `-rP` shows how long it took.
"""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from portal.tenants.keys import Shown
from tests import servers
from tests.production.installation import PROCESSES, Installation, installed
from tests.reporting import said, stamped
from tests.servers import until

pytestmark = [pytest.mark.slow, pytest.mark.profile("production", why="are about the production profile alone")]
CALLS = int(os.environ.get("LOAD_CALLS", "40"))
SENDERS = 6
PATIENCE = 300 + CALLS  # seconds for all of them, on a machine that is busy with something else
MAKE_KEY = """
from datetime import timedelta
from portal.tenants import clock, systems
from portal.tenants.models import Person, Scope, Tenant
by, tenant = Person.objects.get(email="eli@harrowvale.example"), Tenant.objects.get(slug="harrow-vale")
system = systems.add(tenant, name="Workday", event_types=["Employee separation"], by=by)
_key, shown = systems.make_key(system, scopes=Scope, expires_at=clock.now() + timedelta(days=30), by=by)
print("KEY", shown.token, shown.secret)
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("loaded")
    with (
        servers.postgresql() as database,
        servers.redis() as broker,
        installed(folder, database, broker, host="127.0.0.1", SYNC_EVERY="3") as house,
    ):
        root = house.serve_sandbox("--seed-labels", "12")
        house.manage(f"demo --root {root}")
        house.start()
        until(lambda: house.health().get("sync_age") is not None, "The first sync")
        yield house


def rows(house: Installation, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(f"{house.database.url.rpartition('/')[0]}/fileplan") as opened:
        return opened.execute(query).fetchall()


def web_of(house: Installation) -> int:
    """The process id of the gunicorn that was started last."""
    lines = {one.pid: Path(f"/proc/{one.pid}/cmdline") for one in house.processes if one.poll() is None}
    return [pid for pid, line in lines.items() if b"gunicorn" in line.read_bytes()][-1]


def kill_workers(house: Installation) -> None:
    """As when memory runs out: gunicorn starts others."""
    web = web_of(house)
    for child in Path(f"/proc/{web}/task/{web}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)


def kill_web(house: Installation) -> None:
    """All of it at once, and a supervisor that starts it again."""
    kill_workers(house)
    os.kill(web_of(house), signal.SIGKILL)
    for process in house.processes:
        process.poll()
    house.start_again(PROCESSES, 0)


@dataclass
class Sent:
    """What one report took: the statuses there were, 0 for no answer, and the seconds of each try."""

    statuses: list[int]
    seconds: list[float]


def send(house: Installation, shown: Shown, number: int, ended: threading.Event) -> Sent:
    """Send one report until it is taken."""
    told = said(str(number))
    body, sent = json.dumps(told).encode(), Sent([], [])
    while not ended.is_set():
        headers = stamped(shown, body, told["id"], str(int(time.time())))
        headers["Content-Type"] = "application/json"
        began = time.monotonic()
        try:
            answer = requests.post(
                f"http://127.0.0.1:{house.web}/api/v1/t/harrow-vale/events", data=body, headers=headers, timeout=20
            )
        except requests.RequestException:
            sent.statuses.append(0)
            time.sleep(0.2)
            continue
        sent.statuses.append(answer.status_code)
        sent.seconds.append(time.monotonic() - began)
        if answer.status_code in (200, 201):
            return sent
        assert answer.status_code == 429 or answer.status_code >= 500, answer.text
        time.sleep(float(answer.headers.get("Retry-After", 0.2)))
    raise AssertionError(f"Report {number} was never taken: {sent.statuses}")


def figures(every: list[Sent], seconds: float) -> str:
    """How it went, for whoever measures."""
    statuses = Counter(status for one in every for status in one.statuses)
    answered = sorted(took for one in every for took in one.seconds)
    halfway, nearly = answered[len(answered) // 2], answered[len(answered) * 95 // 100]
    again = sum(len(one.statuses) > 1 for one in every)
    return (
        f"{len(every)} calls of {SENDERS} at once in {seconds:.0f} s, {len(every) / seconds:.1f}/s; "
        f"median {halfway:.3f} s, p95 {nearly:.3f} s; {again} sent again; {dict(sorted(statuses.items()))}"
    )


def test_every_call_is_one_change_whatever_dies(house: Installation) -> None:
    said_once = house.manage(f"shell -v 0 -c '{MAKE_KEY}'")
    token, secret = said_once.split("KEY ")[1].split()
    shown, ended, taken = Shown(token, secret), threading.Event(), []

    def deliver(number: int) -> Sent:
        found = send(house, shown, number, ended)
        taken.append(number)
        return found

    timer, began = threading.Timer(PATIENCE, ended.set), time.monotonic()
    timer.start()
    try:
        with ThreadPoolExecutor(SENDERS) as pool:
            sent = [pool.submit(deliver, number) for number in range(CALLS)]
            until(lambda: len(taken) >= CALLS // 3, "A third of the calls", PATIENCE)
            kill_workers(house)
            until(lambda: len(taken) >= 2 * CALLS // 3, "Two thirds of the calls", PATIENCE)
            kill_web(house)
            every = [one.result() for one in sent]
            print(figures(every, time.monotonic() - began))
    finally:
        ended.set()
        timer.cancel()

    assert any(len(one.statuses) > 1 for one in every)  # the killing was felt
    assert rows(house, "SELECT count(*), count(DISTINCT message), count(DISTINCT request_id) FROM events_call") == [
        (CALLS, CALLS, CALLS)
    ]
    assert rows(house, "SELECT count(*), count(DISTINCT title) FROM changes_changerequest") == [(CALLS, CALLS)]
    assert rows(house, "SELECT count(*), count(DISTINCT marker) FROM changes_change") == [(CALLS, CALLS)]
    assert rows(house, "SELECT DISTINCT state FROM changes_changerequest") == [("in_review",)]
    assert rows(house, "SELECT count(*) FROM audit_entry WHERE verb = 'call.received'") == [(CALLS,)]
    house.manage("verify_audit")
