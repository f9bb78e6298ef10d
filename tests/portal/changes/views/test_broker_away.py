"""G3, G18: approving never waits for Redis, whatever state it is in, and what was approved is not lost with it."""

import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from celery import Celery
from django.conf import settings

from portal import doorbell
from portal.changes.models import ChangeRequest, Push, State
from portal.changes.push import order
from portal.tenants.models import Person, Tenant
from tests import servers
from tests.changing import mirrored, submitted, update
from tests.servers import Server, until

pytestmark = [
    pytest.mark.django_db(transaction=True),  # the bell is rung after the commit
    pytest.mark.profile("production", why="need Redis"),
]
LONGEST = 1.0  # seconds
Break = Callable[[Server], None]


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A Redis of this test's own, which the doorbell rings through, as settings say."""
    with servers.redis() as server:
        app = Celery("test", broker=server.url, set_as_current=False)
        app.conf.broker_transport_options = settings.REDIS_OPTIONS
        app.conf.task_publish_retry = False
        monkeypatch.setattr(doorbell, "app", app)
        yield server
        server.process.send_signal(signal.SIGCONT)


def refused(server: Server) -> None:
    server.process.kill()
    server.process.wait()


def hung(server: Server) -> None:
    """Connections are still taken, by the kernel, and never answered."""
    server.process.send_signal(signal.SIGSTOP)


def wiped(server: Server) -> None:
    redis.Redis.from_url(server.url).flushall()


@pytest.fixture
def another(tenant: Tenant, author: Person) -> ChangeRequest:
    label = mirrored(tenant, "FIN Receipts 5y", in_use=True)
    return submitted(tenant, author, update(label, descriptionForUsers="Receipts."))


@pytest.fixture
def seconds_to_approve(send: Callable[..., Any], approver: Person) -> Callable[[ChangeRequest], float]:
    def approve(request: ChangeRequest) -> float:
        began = time.monotonic()
        response = send(approver, "approve", request)
        took = time.monotonic() - began
        request.refresh_from_db()
        assert (response.status_code, request.state) == (302, State.APPROVED)
        return took

    return approve


def rung(server: Server) -> int:
    """How many messages wait in the queue."""
    return int(redis.Redis.from_url(server.url).llen("celery"))  # type: ignore[arg-type]


def test_approving_rings_through_redis(
    broker: Server, send: Callable[..., Any], approver: Person, in_review: ChangeRequest
) -> None:
    send(approver, "approve", in_review)

    until(lambda: rung(broker) == 1, "The bell")


@pytest.mark.parametrize("state", [refused, hung, wiped])
@pytest.mark.parametrize("was_used", [True, False], ids=["while connected", "from the first ring on"])
def test_approving_never_waits_for_redis(
    state: Break,
    was_used: bool,
    broker: Server,
    seconds_to_approve: Callable[[ChangeRequest], float],
    another: ChangeRequest,
    in_review: ChangeRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a second, and on a machine that is busy with other things in little more than with Redis well."""
    with monkeypatch.context() as patch:
        if not was_used:
            patch.setattr(doorbell, "_send", lambda *_: None)
        well = seconds_to_approve(another)
    state(broker)

    assert seconds_to_approve(in_review) < max(LONGEST, well + 2 * doorbell.BUDGET)


def test_what_a_wiped_redis_forgot_is_still_due(
    broker: Server, send: Callable[..., Any], approver: Person, in_review: ChangeRequest
) -> None:
    """The timetable's sweep looks in the database and nowhere else."""
    send(approver, "approve", in_review)
    until(lambda: rung(broker) == 1, "The bell")
    wiped(broker)

    assert rung(broker) == 0
    found = order.next_due(in_review.tenant)
    assert found is not None
    assert (found.request_id, found.push) == (in_review.pk, Push.READY)
