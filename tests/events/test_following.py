"""Events are followed on a virtual clock, through the sandbox over real HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from events import following, spreading, tasks
from events.models import RetentionEvent
from portal.changes.tasks import synchronise
from portal.mirror import listing, store, sync
from portal.mirror.kinds import Raw
from portal.mirror.models import Cause
from portal.sandbox.server import Sandbox
from portal.tenants.models import Connection, Health, Tenant
from tests.factories import make_tenant
from tests.happening import event
from tests.virtual import Clock, started

pytestmark = pytest.mark.django_db
GET = {"method": "GET", "path": "retentionEvents/"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed_labels=3, propagation_seconds=10_000_000) as served:
        yield served


@pytest.fixture
def time(db: None, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return started(monkeypatch)


@pytest.fixture
def tenant(sandbox: Sandbox, time: Clock) -> Tenant:
    """Mirrored once, with an event that was recorded a moment ago."""
    made = make_tenant(slug="harrow-vale", name="Harrow Vale", sandbox_root=sandbox.root)
    Connection.objects.create(tenant=made)
    sandbox.edit("create", "retentionEvents", body=event())
    synchronise(made, cause=Cause.COMMAND)
    made.refresh_from_db()
    return made


def asked(sandbox: Sandbox) -> int:
    """How often one event was asked for."""
    return sum("retentionEvents/" in entry["path"] for entry in sandbox.journal())


def row() -> RetentionEvent:
    return RetentionEvent.objects.get()


def propagate(sandbox: Sandbox, step: str) -> None:
    sandbox.propagate(row().graph_id, step)


def test_an_event_is_asked_for_at_growing_intervals_for_a_week(sandbox: Sandbox, tenant: Tenant, time: Clock) -> None:
    began, looks = time.moment, []
    while time.moment < began + timedelta(days=10):
        before = asked(sandbox)
        following.follow(tenant)
        if asked(sandbox) > before:
            looks.append(time.moment)
        time.pass_by(minutes=5 if time.moment < began + timedelta(days=1) else 20)

    waits = [round((after - before) / timedelta(minutes=5)) * 5 for before, after in pairwise(looks)]
    assert looks[0] - began <= timedelta(minutes=10)
    assert waits[:4] == [15, 60, 240, 720]
    assert [1440 <= wait <= 1460 for wait in waits[4:-1]] == [True] * 6
    assert timedelta(days=7) <= looks[-1] - began <= timedelta(days=7, minutes=25)
    assert (len(looks), row().look_at, row().has_ended) == (12, None, False)


def test_an_event_that_has_ended_everywhere_is_not_asked_for_again(
    sandbox: Sandbox, tenant: Tenant, time: Clock
) -> None:
    for step in ("inProcessing", "early", "success"):
        propagate(sandbox, step)
        time.pass_by(hours=2)
        following.follow(tenant)
    time.pass_by(days=2)
    following.follow(tenant)

    assert asked(sandbox) == 3
    assert (row().status, row().has_ended, row().next_look) == ("success", True, None)
    assert [one["status"] for one in row().results] == ["success", "success"]


def test_a_look_keeps_what_was_agreed_and_is_no_drift(sandbox: Sandbox, tenant: Tenant, time: Clock) -> None:
    before = row()
    propagate(sandbox, "error")
    time.pass_by(minutes=6)

    following.follow(tenant)

    after = row()
    assert (after.status, after.has_failed, after.error) == ("error", True, "One location failed.")
    assert (after.agreed, after.document, after.is_drifted) == (before.agreed, before.document, False)
    assert after.seen_at > before.seen_at
    synchronise(tenant, cause=Cause.COMMAND)
    assert (row().looks, row().has_failed, row().is_drifted) == (1, True, False)


def test_nothing_is_asked_before_graph_wants_to_be_asked_again(sandbox: Sandbox, tenant: Tenant, time: Clock) -> None:
    """G14."""
    sandbox.faults([GET | {"effect": "throttle", "retry_after": 3000, "times": 1}])
    time.pass_by(minutes=6)
    following.follow(tenant)
    refused = asked(sandbox)

    for _ in range(6):
        time.pass_by(minutes=8)
        following.follow(tenant)
    assert (asked(sandbox), row().looks) == (refused, 0)

    time.pass_by(minutes=15)
    following.follow(tenant)
    assert (asked(sandbox), row().looks) == (refused + 1, 1)


def test_an_outage_puts_a_look_off_and_opens_the_circuit(sandbox: Sandbox, tenant: Tenant, time: Clock) -> None:
    sandbox.faults([GET | {"effect": "status", "status": 503}])
    for _ in range(5):
        time.pass_by(minutes=6)
        following.follow(tenant)
    assert (asked(sandbox), row().looks) == (5, 0)

    RetentionEvent.objects.update(look_at=time.moment)  # due, were it not for the circuit
    following.follow(tenant)
    assert asked(sandbox) == 5
    sandbox.faults([])
    time.pass_by(minutes=20)
    following.follow(tenant)

    assert (row().looks, Connection.objects.get().failures) == (1, 0)


def test_nothing_is_asked_while_the_account_is_refused(sandbox: Sandbox, tenant: Tenant, time: Clock) -> None:
    Connection.objects.update(health=Health.HELD)
    time.pass_by(minutes=6)

    following.follow(tenant)

    assert (asked(sandbox), row().looks) == (0, 0)


def test_two_workers_at_once_ask_once(
    sandbox: Sandbox, tenant: Tenant, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one works between what this one has read and what it takes."""
    time.pass_by(minutes=6)
    claim = following._claim

    def late(found: RetentionEvent) -> bool:
        monkeypatch.setattr(following, "_claim", claim)
        following.follow(tenant)
        return claim(found)

    monkeypatch.setattr(following, "_claim", late)
    following.follow(tenant)

    assert (asked(sandbox), row().looks) == (1, 1)


def test_an_event_that_is_not_there_any_more_is_left_to_the_sync(sandbox: Sandbox, tenant: Tenant, time: Clock) -> None:
    gone = row()
    sandbox.edit("create", "retentionEvents", body=event("Departure 4712"))
    synchronise(tenant, cause=Cause.COMMAND)
    RetentionEvent.objects.exclude(pk=gone.pk).update(has_ended=True)
    sandbox.edit("delete", "retentionEvents", gone.graph_id)
    time.pass_by(minutes=6)
    following.follow(tenant)
    gone.refresh_from_db()
    assert (gone.gone_at, gone.looks, Connection.objects.get().failures) == (None, 1, 0)

    synchronise(tenant, cause=Cause.COMMAND)

    gone.refresh_from_db()
    assert gone.gone_at is not None
    time.pass_by(hours=2)
    following.follow(tenant)
    gone.refresh_from_db()
    assert (gone.looks, gone.next_look) == (1, None)


def test_an_answer_of_another_document_is_left_to_the_sync(sandbox: Sandbox, tenant: Tenant, time: Clock) -> None:
    """Which tells it, once, as what it is: a change from outside."""
    sandbox.edit("patch", "retentionEvents", row().graph_id, {"description": "Theirs."})
    time.pass_by(minutes=6)

    following.follow(tenant)

    assert (row().is_drifted, row().looks) == (False, 1)
    synchronise(tenant, cause=Cause.COMMAND)
    assert row().is_drifted


def test_a_look_that_was_overtaken_by_a_sync_is_not_kept(
    sandbox: Sandbox, tenant: Tenant, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.pass_by(minutes=6)

    def overtaken(*given: Any, **named: Any) -> Raw:
        raw = listing.fetch(*given, **named)
        propagate(sandbox, "success")
        synchronise(tenant, cause=Cause.COMMAND)
        return raw

    monkeypatch.setattr(following, "fetch", overtaken)
    following.follow(tenant)

    assert (row().status, row().has_ended) == ("success", True)


def test_a_sync_that_was_overtaken_by_a_look_neither_ages_the_row_nor_forgets_the_look(
    sandbox: Sandbox, tenant: Tenant, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look happens after the listing and before it is written."""
    propagate(sandbox, "inProcessing")
    time.pass_by(minutes=6)
    absence_of = sync.gone.absence_of

    def overtaken(*given: Any) -> Any:
        propagate(sandbox, "success")
        following.follow(tenant)
        return absence_of(*given)

    monkeypatch.setattr(sync.gone, "absence_of", overtaken)
    synchronise(tenant, cause=Cause.COMMAND)

    assert (row().status, row().looks) == ("success", 1)


def test_a_sync_writes_only_what_it_has_seen(
    sandbox: Sandbox, tenant: Tenant, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that is taken while a sync holds the row in its hands is not taken back by it."""
    propagate(sandbox, "success")
    columns = store.columns

    def meanwhile(*given: Any, **named: Any) -> Any:
        RetentionEvent.objects.update(looks=3)
        return columns(*given, **named)

    monkeypatch.setattr(store, "columns", meanwhile)
    synchronise(tenant, cause=Cause.COMMAND)

    assert (row().status, row().looks) == ("success", 3)


@pytest.mark.parametrize("word", ["unknownFutureValue", "archived"])
def test_a_word_that_graph_adds_later_is_kept_and_followed(
    word: str, sandbox: Sandbox, tenant: Tenant, time: Clock
) -> None:
    status = {"effect": "unknown_member", "property": "eventStatus", "value": {"status": word, "error": None}}
    sandbox.faults([GET | status])
    time.pass_by(minutes=6)

    following.follow(tenant)

    assert (row().status, row().has_ended, row().has_failed) == (word, False, False)
    assert row().next_look is not None


def test_an_event_older_than_a_week_when_it_is_first_seen_is_not_asked_for(
    sandbox: Sandbox, tenant: Tenant, time: Clock
) -> None:
    RetentionEvent.objects.update(created_at=time.moment - spreading.UNTIL)

    following.follow(tenant)

    assert asked(sandbox) == 0


def test_the_timetable_rings_for_tenants_with_something_to_look_at(
    tenant: Tenant, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[int, str]] = []
    monkeypatch.setattr(tasks, "ring", lambda pk, task: rung.append((pk, task)))
    make_tenant(slug="idle")

    tasks.sweep()
    time.pass_by(minutes=6)
    tasks.sweep()

    assert rung == [(tenant.pk, "events.follow")]


def test_a_bell_looks_at_what_is_due(sandbox: Sandbox, tenant: Tenant, time: Clock) -> None:
    time.pass_by(minutes=6)

    tasks.follow_tenant(tenant.pk)

    assert asked(sandbox) == 1
