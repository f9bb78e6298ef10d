"""G14 where several jobs of one tenant ask side by side: what one is told to wait, all wait for, wherever they are."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from portal.changes import push
from portal.changes.models import Push
from portal.changes.tasks import synchronise
from portal.graph import client
from portal.mirror import kinds, sync
from portal.mirror.kinds import Document
from portal.mirror.models import Cause, RunState, SyncRun
from portal.sandbox.server import Sandbox
from portal.tenants.models import Connection, Tenant
from tests import virtual
from tests.portal.changes.push.conftest import Approve, create
from tests.portal.changes.push.test_drain import described, verbs
from tests.portal.changes.push.test_lease import several_writers
from tests.portal.mirror.runs import held

pytestmark = pytest.mark.django_db
TOLD = {"effect": "throttle", "retry_after": "40", "times": 1}
READ_IS_TOLD = TOLD | {"method": "GET", "path": "authorities"}
LABELS, ONE_LABEL = "/retentionLabels", "/retentionLabels/[^/]+"
READINGS = len(kinds.of("retentionLabel").expand)  # of one label: a strict tenant takes one option at a time

Meanwhile = Callable[..., None]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed_labels=13, page_size=3) as served:
        yield served


@pytest.fixture
def clock(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> virtual.Clock:
    return virtual.started(monkeypatch)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Let something happen while the nth answer to a GET of some path is on its way to whoever asked."""

    def meanwhile(happens: Callable[[], object], *, path: str, nth: int = 1) -> None:
        exchange, asked = client.exchange, []

        def watched(http: Any, request: Any, timeout: Any) -> Any:
            answer = exchange(http, request, timeout)
            if request.method == "GET" and answer.ok and re.search(f"{path}$", request.url.partition("?")[0]):
                asked.append(request.url)
                if len(asked) == nth:
                    happens()
            return answer

        monkeypatch.setattr(client, "exchange", watched)

    return meanwhile


def asked(sandbox: Sandbox) -> list[tuple[str, int]]:
    return [(one["method"], one["status"]) for one in sandbox.journal()]


def told_until(tenant: Tenant) -> datetime:
    until = Connection.objects.get(tenant=tenant).closed_until
    assert until is not None
    return until


def failures(tenant: Tenant) -> int:
    return Connection.objects.get(tenant=tenant).failures


def nobody_asks(tenant: Tenant, sandbox: Sandbox, clock: virtual.Clock, *, before: datetime) -> None:
    """Whatever is rung for until then. The wait is not prolonged by it, and is over at that moment."""
    was_asked = asked(sandbox)
    while clock.moment < before - timedelta(seconds=5):
        push.drain(tenant.pk)
        assert synchronise(tenant, cause=Cause.TIMETABLE) is None
        clock.pass_by(seconds=4)
    assert (asked(sandbox), told_until(tenant)) == (was_asked, before)
    clock.moment = before


def everything_ends(tenant: Tenant, clock: virtual.Clock) -> None:
    """What the timetable rings for, it finds due."""
    assert sync.is_due_again(tenant)
    done = synchronise(tenant, cause=Cause.TIMETABLE)
    assert done is not None
    assert done.state == RunState.COMPLETE
    for _ in range(6):
        push.drain(tenant.pk)
        clock.pass_by(seconds=30)


@pytest.mark.django_db(transaction=True)
def test_a_listing_under_way_asks_for_no_further_page(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, clock: virtual.Clock, meanwhile: Meanwhile,
    tmp_path: Path,
) -> None:  # fmt: skip
    """A sync has read two of five pages when a push is told to wait: two workers, each with its way to the database."""
    sandbox.faults([TOLD | {"method": "POST"}])
    request = approve(create(label))
    reached, goes_on = Event(), Event()
    meanwhile(lambda: (reached.set(), goes_on.wait(timeout=60)), path=LABELS, nth=2)

    with several_writers(tmp_path) as here, here(), ThreadPoolExecutor(1) as worker:
        mirror = held(tenant)
        listing = worker.submit(elsewhere, here, lambda: synchronise(tenant, cause=Cause.TIMETABLE))
        assert reached.wait(timeout=60)
        push.drain(tenant.pk)
        was_asked = asked(sandbox)
        goes_on.set()
        listing.result(timeout=60)

        assert (was_asked[-1], asked(sandbox)) == (("POST", 429), was_asked)
        run = SyncRun.objects.latest("pk")
        assert (run.state, run.message.partition(",")[0]) == (RunState.INCOMPLETE, "Purview asked to wait")
        assert (run.staged.count(), held(tenant), failures(tenant)) == (0, mirror, 0)
        nobody_asks(tenant, sandbox, clock, before=told_until(tenant))
        everything_ends(tenant, clock)
        assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)


def elsewhere(here: Callable[[], Any], work: Callable[[], object]) -> None:
    with here():
        work()


@pytest.mark.parametrize(
    ("effect", "looks", "sends"), [("apply_then_drop", 0, 1), ("refuse", 2, 2)], ids=["it arrived", "it did not arrive"]
)
def test_a_look_under_way_is_none_once_a_sync_is_told_to_wait(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, clock: virtual.Clock, meanwhile: Meanwhile,
    effect: str, looks: int, sends: int,
) -> None:  # fmt: skip
    """G4: what was not read to its end says nothing, also of what is not on the pages that were read."""
    sandbox.faults([{"method": "POST", "effect": effect, "times": 1}, READ_IS_TOLD])
    request = approve(create(label))
    meanwhile(lambda: synchronise(tenant, cause=Cause.TIMETABLE), path=LABELS, nth=2)

    while asked(sandbox)[-1] != ("GET", 429):
        push.drain(tenant.pk)
        clock.pass_by(seconds=5)

    change, until = request.changes.get(), told_until(tenant)
    assert (change.push, change.negatives, change.not_before >= until) == (Push.UNSURE, 0, True)
    assert failures(tenant) == 1  # the answer to the write, which never came
    nobody_asks(tenant, sandbox, clock, before=until)
    everything_ends(tenant, clock)
    assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)
    assert [verbs().count(f"change.{verb}") for verb in ("looked_up", "sending")] == [looks, sends]


def test_a_write_is_not_sent_once_a_sync_is_told_to_wait(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, clock: virtual.Clock, meanwhile: Meanwhile
) -> None:
    """Its row says that nothing left, so that nothing has to be looked up; and it costs none of the eight sends."""
    sandbox.faults([READ_IS_TOLD])
    request = approve(described(tenant))
    meanwhile(lambda: synchronise(tenant, cause=Cause.TIMETABLE), path=ONE_LABEL, nth=READINGS)

    push.drain(tenant.pk)

    change, until = request.changes.get(), told_until(tenant)
    assert (change.push, change.sends, change.not_before >= until) == (Push.READY, 0, True)
    assert ([attempt.outcome for attempt in change.attempts.all()], failures(tenant)) == (["not_sent"], 0)
    nobody_asks(tenant, sandbox, clock, before=until)
    everything_ends(tenant, clock)
    assert [attempt.outcome for attempt in change.attempts.order_by("n")] == ["not_sent", "answered"]
    assert (request.changes.get().push, len(sandbox.ledger())) == (Push.DONE, 1)
