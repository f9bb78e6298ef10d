"""Crash enumeration: a real worker dies at its n-th SQL statement, commit or HTTP boundary, for n = 1 until none fires.

Run by test_crash_points.py as `python -m tests.crash.enumerate SCENARIO` with a DATA_DIR of its own and SETTLE=0. Every
death is followed by a second worker; then the promises of reliability.md are checked. Time is not waited for: the dead
worker's lease is ended by hand. Prints one line a scenario and exits 1 with the first broken promise.

CRASH_EVERY=3 tries every third moment, from one that the scenario's name picks.
"""

import os
import sys
import threading
from collections.abc import Callable
from itertools import count
from typing import Any

import django
import requests

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from portal.changes import actions  # noqa: E402
from portal.changes.models import Change, Push  # noqa: E402
from portal.changes.tasks import synchronise  # noqa: E402
from portal.mirror.models import Cause  # noqa: E402
from portal.tenants.models import Connection, Membership, Person, Role, Tenant  # noqa: E402
from tests.crash import promises, scenarios, snapshots, worker  # noqa: E402

CRASHED, QUIET = 77, 0
EVERY = int(os.environ.get("CRASH_EVERY", "1"))
RECOVERIES = 4


def main(scenario: str) -> int:
    sandbox = os.environ["SANDBOX_URL"]
    reset(sandbox)
    snapshots.make()
    approved(sandbox, scenarios.SCENARIOS[scenario])
    snapshots.keep()
    for n in count(1 + len(scenario) % EVERY, EVERY):
        snapshots.restore()
        reset(sandbox)
        status = forked(lambda n=n: worker.work(die_at=n))
        if status not in (CRASHED, QUIET):
            return broken(scenario, n, f"the worker ended with {status}")
        recover()
        for fault in promises.broken(promises.ledger_of(sandbox)):
            return broken(scenario, n, fault)
        if status == QUIET:
            print(f"{scenario}: crash points to {n - 1}, every promise kept", flush=True)
            return 0
    raise AssertionError


def reset(sandbox: str) -> None:
    requests.post(f"{sandbox}/sandbox/reset", timeout=10).raise_for_status()


def approved(sandbox: str, wanted: Callable[[], Any]) -> None:
    """A mirrored tenant with one approved request, ready to be sent."""
    call_command("migrate", verbosity=0)
    tenant = Tenant.objects.create(slug="crash", name="Crash", cloud="sandbox", sandbox_root=sandbox)
    Connection.objects.create(tenant=tenant)
    people = [Person.objects.create_user(f"p{n}@harrowvale.example", f"Person {n}") for n in range(3)]
    for person, role in zip(people, (Role.AUTHOR, Role.APPROVER, Role.APPROVER), strict=True):
        Membership.objects.create(tenant=tenant, person=person, role=role)
    synchronise(tenant, cause=Cause.COMMAND)
    tenant.refresh_from_db()
    request = scenarios.submitted(tenant, people[0], wanted())
    for person in people[1 : 1 + request.approvals_wanted]:
        actions.approve(request, by=person, content_hash=request.content_hash)


def forked(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own; its exit status."""
    connection.close()
    for ringing in threading.enumerate()[1:]:
        ringing.join()  # a lock that a thread holds while the process is copied is never let go in the copy
    child = os.fork()
    if not child:
        work()
        os._exit(QUIET)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def recover() -> None:
    """Other workers go on, as they would when the lease has run out, until nothing is left to do."""
    for _ in range(RECOVERIES):
        Connection.objects.update(lease_until=None)
        forked(lambda: worker.work(die_at=0))
        if not Change.objects.exclude(push__in=[Push.DONE, Push.STOPPED]).exists():
            return


def broken(scenario: str, n: int, fault: str) -> int:
    print(f"{scenario}: crash point {n}: {fault}", flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
