"""G5, C11: a worker is frozen between the check of its lease and its request, another one finishes, it wakes.

Run by test_frozen.py as `python -m tests.chaos.frozen` with a DATA_DIR, a database and a broker of its own, and
SETTLE=1. Exits 1 unless exactly one request arrived.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import django
import requests

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from portal.changes import actions, push  # noqa: E402
from portal.changes.models import Attempt, Change, Push  # noqa: E402
from portal.changes.tasks import synchronise  # noqa: E402
from portal.doorbell import ring  # noqa: E402
from portal.mirror.models import Cause  # noqa: E402
from tests.chaos import worker  # noqa: E402
from tests.chaos.office import Office, connected  # noqa: E402
from tests.chaos.storm import ROOT, sandboxes  # noqa: E402
from tests.crash import snapshots  # noqa: E402
from tests.crash.scenarios import submitted  # noqa: E402

FROZEN = Path(settings.DATA_DIR) / "frozen"  # where the worker leaves its number before it stops itself
LONGEST = 60.0  # seconds


def main() -> int:
    served, roots = sandboxes(1)
    command = [sys.executable, "-m", "tests.chaos.worker", "worker", "-P", "prefork", "-c", "1", "-l", "ERROR"]
    environment = os.environ | {"FREEZE": str(FROZEN)}
    first = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        tenant_id = approved(roots[0])
        ring(tenant_id)
        until(FROZEN.exists)
        frozen = int(FROZEN.read_text())
        finish(tenant_id)
        os.kill(frozen, signal.SIGCONT)
        until(lambda: is_gone(frozen) or posts(roots[0]) > 1)
        arrived = posts(roots[0])
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        for process in (first, *served):
            process.kill()
            process.wait()
    print(f"{Attempt.objects.count()} attempts, {arrived} of them arrived")
    return 0 if arrived == 1 else 1


def approved(root: str) -> int:
    tenant = connected("frozen", root)
    synchronise(tenant, cause=Cause.COMMAND)
    tenant.refresh_from_db()
    office = Office(tenant, 1)
    request = submitted(tenant, office.people[0], [office.label("FIN Travel claims 3y")])
    actions.approve(request, by=office.people[1], content_hash=request.content_hash)
    return tenant.pk


def finish(tenant_id: int) -> None:
    """Be the other worker: nothing to do until the lease has run out, then look twice and send."""
    worker.hurry()

    def finished() -> bool:
        push.drain(tenant_id)
        return Change.objects.get().push == Push.DONE

    until(finished)


def posts(root: str) -> int:
    """How many creations arrived, accepted or not."""
    journal = requests.get(f"{root}/sandbox/journal", timeout=5).json()
    return sum(entry["method"] == "POST" for entry in journal)


def is_gone(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return False
    return True


def until(fact: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONGEST
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)


if __name__ == "__main__":
    snapshots.make()
    call_command("migrate", verbosity=0)
    sys.exit(main())
