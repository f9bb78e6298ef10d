"""P4: from the press on *Approve* to the request at the tenant, through a real broker and a real worker.

The timetable is off, so that the doorbell alone is heard. Which broker, the settings say.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles

import requests
from django.conf import settings
from django.db import connection

from bench.figures import Figure, scaled
from bench.remote import ROOT, sandbox
from bench.rows import connected, person
from portal.changes import actions
from portal.changes.models import Change, ChangeRequest, Push
from portal.changes.tasks import synchronise
from portal.mirror.models import Cause
from portal.run import tied_to
from portal.tenants.models import Role
from tests.changing import create
from tests.crash.scenarios import submitted

APPROVALS = scaled(30)
PATIENCE = 60.0  # seconds, for one change
WANTED = {"embedded": 1000.0, "production": 150.0}  # milliseconds


def measure(folder: Path) -> Iterator[Figure]:
    profile = "production" if settings.REDIS_URL else "embedded"
    with sandbox(labels=4) as root, worker(folder):
        tenant = connected(root)
        synchronise(tenant, cause=Cause.COMMAND)
        tenant.refresh_from_db()
        author, approver = (person(role, tenants=[tenant]) for role in (Role.AUTHOR, Role.APPROVER))
        pages, wires = [], []
        for number in range(APPROVALS + 1):
            request = submitted(tenant, author, [create(f"Rung for {number:03}")])
            time.sleep(random.uniform(0.0, 0.3))  # so that no rhythm is kept with whoever polls
            began = time.time()
            actions.approve(request, by=approver, content_hash=request.content_hash)
            pages.append((time.time() - began) * 1000)
            _wait_for(request)
            wires.append((arrived(root) - began) * 1000)
    del pages[0], wires[0]  # the worker's first is slow, and nobody's measure
    with_what = f"{'PostgreSQL' if connection.vendor == 'postgresql' else 'SQLite'}, {_broker()}"
    what = f"approval to request on the wire, {profile}"
    yield Figure("P4", what, with_what, median(wires), None, "ms", WANTED[profile])
    yield Figure("P4", f"approving itself, {profile}, 95th percentile", with_what, p95(pages), None, "ms", 1000.0)


@contextmanager
def worker(folder: Path) -> Iterator[None]:
    pool = ["-P", "prefork"] if settings.REDIS_URL else ["-P", "threads"]
    options = ["--without-gossip", "--without-mingle", "-l", "ERROR", "-c", "2"]
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", *pool, *options]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, preexec_fn=tied_to(os.getpid()))
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def arrived(root: str) -> float:
    """When the tenant saw the latest creation."""
    journal = requests.get(f"{root}/sandbox/journal", timeout=10).json()
    creations = [entry["at"] for entry in journal if entry["method"] == "POST"]
    return datetime.fromisoformat(creations[-1]).timestamp()


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def _wait_for(request: ChangeRequest) -> None:
    end = time.monotonic() + PATIENCE
    while Change.objects.filter(request=request).exclude(push=Push.DONE).exists():
        if time.monotonic() > end:
            raise TimeoutError("The worker did not carry out a change.")
        time.sleep(0.02)


def _broker() -> str:
    return "Redis" if settings.REDIS_URL else "broker in a folder"
