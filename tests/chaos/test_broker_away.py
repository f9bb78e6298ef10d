"""G3, G18: somebody approves while the broker refuses, is mute or forgets. The page answers, the work is found."""

import json
import shutil
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.conf import settings

from portal import broker, doorbell
from portal.changes import actions
from portal.changes.models import Change, ChangeRequest, Push, State
from portal.changes.tasks import sweep
from portal.tenants.models import Connection, Person, Tenant
from tests.changing import create, mirrored, submitted

LONGEST = 1.0  # seconds a page may take (G18)
OF_A_SLOW_MACHINE = 10.0  # seconds more that a busy one may take for the rest of the page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that is the embedded broker, with nobody listening."""
    folder = tmp_path / "queue"
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(tmp_path / "c")}
    broker.make_folders(options)
    app = Celery("test", broker="fsatomic://", set_as_current=False)
    app.conf.broker_transport_options = options
    app.conf.task_default_queue = f"queue-{tmp_path.name}"  # kombu remembers queues for as long as the process lives
    monkeypatch.setattr(doorbell, "app", app)
    monkeypatch.setattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {})
    return folder


@pytest.fixture
def request_in_review(tenant: Tenant, author: Person, approver: Person) -> ChangeRequest:
    Connection.objects.create(tenant=tenant)
    mirrored(tenant, "What the tenant holds")
    return submitted(tenant, author, create("FIN Travel claims 3y"))


@pytest.fixture
def refused(queue: Path) -> None:
    shutil.rmtree(queue)
    queue.write_text("a file where the folder was")


@pytest.fixture
def mute(queue: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A disk that takes the message and never comes back."""
    woken = threading.Event()
    monkeypatch.setattr(broker.Channel, "_put", lambda *args, **options: woken.wait(30))
    yield
    woken.set()


@pytest.mark.parametrize("state", ["refused", "mute"])
def test_approving_waits_for_no_broker(
    state: str, request: pytest.FixtureRequest, request_in_review: ChangeRequest, approver: Person
) -> None:
    request.getfixturevalue(state)

    took = seconds(lambda: approve(request_in_review, approver))

    assert took < LONGEST + OF_A_SLOW_MACHINE
    assert request_in_review.state == State.APPROVED
    assert Change.objects.get().push == Push.READY


def test_a_wiped_broker_is_rung_again_by_the_timetable(
    queue: Path, request_in_review: ChangeRequest, approver: Person
) -> None:
    approve(request_in_review, approver)
    rung = bells(queue)
    for message in queue.iterdir():
        message.unlink()

    sweep()

    tenant = request_in_review.tenant_id
    assert (rung, bells(queue)) == ([("changes.push", [tenant])], [("changes.push", [tenant])])


def approve(request: ChangeRequest, by: Person) -> None:
    actions.approve(request, by=by, content_hash=request.content_hash)


def seconds(do: Callable[[], Any]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began


def bells(queue: Path) -> list[tuple[str, list[int]]]:
    """Task and arguments of every message that lies in the folder."""
    messages = [json.loads(file.read_text()) for file in sorted(queue.glob("*.msg"))]
    return [(one["headers"]["task"], json.loads(b64decode(one["body"]))[0]) for one in messages]
