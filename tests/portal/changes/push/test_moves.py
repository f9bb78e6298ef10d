"""G6 for the worker: no state of a change moves without its entry."""

from collections.abc import Callable
from typing import Any

import pytest

from portal.audit.models import Entry
from portal.changes import push
from portal.changes.by_hand import settle
from portal.changes.models import Attempt, Change, Push, Why
from portal.changes.push import moves, sending
from portal.changes.push.lease import Lease, take
from portal.changes.push.sending import Write
from portal.graph.client import Client
from portal.graph.errors import Rejected
from portal.mirror.kinds import Document
from portal.sandbox.server import Sandbox
from portal.tenants import clock, connection
from portal.tenants.models import Connection, Health, Tenant
from tests.portal.changes.builders import refuse
from tests.portal.changes.push.conftest import Approve, create

pytestmark = pytest.mark.django_db
GRAPH = Client("http://127.0.0.1:1", token=lambda: "sandbox")


@pytest.fixture
def change(approve: Approve, label: Document) -> Change:
    return approve(create(label)).changes.get()


@pytest.fixture
def lease(tenant: Tenant, change: Change) -> Lease:
    held = take(tenant)
    assert held is not None
    return held


def everything() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in (Change, Attempt, Connection, Entry)]


MOVES: dict[str, Callable[[Change, Lease], Any]] = {
    "move": lambda change, lease: moves.move(change, lease, "x", source=Push.READY, target=Push.SENT),
    "wait": lambda change, lease: moves.wait(
        change, lease, source=Push.READY, target=Push.READY, until=clock.now(), reason="", support=""
    ),
    "stop": lambda change, lease: moves.stop(change, lease, Why.HELD, "", source=Push.READY),
    "send": lambda change, lease: sending.send(change, lease, GRAPH, Write("POST", "x", {}, change.after)),
    "hold": lambda change, lease: connection.hold(change.request.tenant, Rejected("No.", status=403)),
}


@pytest.mark.parametrize("name", MOVES)
def test_no_move_happens_without_its_entry(
    change: Change, lease: Lease, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = everything()
    monkeypatch.setattr(Entry.objects, "create", refuse)

    with pytest.raises(RuntimeError, match="disk full"):
        MOVES[name](change, lease)

    assert everything() == before


def test_no_doubt_happens_without_its_entry(change: Change, lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    Change.objects.update(push=Push.SENDING)
    Attempt.objects.create(change=change, n=1, fence=lease.fence, started_at=clock.now())
    before = everything()
    monkeypatch.setattr(Entry.objects, "create", refuse)

    with pytest.raises(RuntimeError, match="disk full"):
        moves.doubt(change, lease, "")

    assert everything() == before


def test_nothing_is_confirmed_or_mirrored_without_its_entry(
    tenant: Tenant, change: Change, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The read-back writes the mirror and the change in one piece with the entry."""
    create_entry = Entry.objects.create

    def only_until_sent(**columns: Any) -> Entry:
        if columns["verb"] in ("change.confirmed", "change.stopped"):
            refuse()
        return create_entry(**columns)

    monkeypatch.setattr(Entry.objects, "create", only_until_sent)

    with pytest.raises(RuntimeError, match="disk full"):
        push.drain(tenant.pk)

    change.refresh_from_db()
    assert (change.push, len(sandbox.ledger())) == (Push.SENT, 1)
    assert not change.of.rows(tenant).filter(display_name=change.name).exists()


def test_no_manual_step_is_confirmed_without_its_entry(
    tenant: Tenant, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = change.of.rows(tenant)[0]
    Change.objects.update(
        action="update",
        carried_by="person",
        push=Push.PERSON,
        target=row.graph_id,
        base=row.document,
        after=row.document,
    )
    before = everything()
    monkeypatch.setattr(Entry.objects, "create", refuse)

    with pytest.raises(RuntimeError, match="disk full"):
        settle(tenant)

    assert everything() == before


def test_hold_keeps_every_change_and_says_what_to_do(tenant: Tenant, change: Change) -> None:
    connection.hold(tenant, Rejected("No.", status=403, code="accessDenied", request_id="r-1"))
    connection.hold(tenant, Rejected("No.", status=401))

    held = Connection.objects.get()
    assert held.health == Health.HELD
    assert held.held_because.startswith("Purview refused the connected account (403 accessDenied).")
    assert Entry.objects.filter(verb="connection.held").count() == 1
    assert Change.objects.get().push == Push.READY


def test_wait_gives_a_send_back_that_does_not_count(change: Change, lease: Lease) -> None:
    Change.objects.update(sends=3)
    change.refresh_from_db()

    options: dict[str, Any] = {"source": Push.READY, "target": Push.READY, "until": clock.now()}
    moves.wait(change, lease, **options, reason="", support="")
    assert change.sends == 3
    moves.wait(change, lease, **options, reason="", support="", uncounted=True)

    assert change.sends == 2


@pytest.mark.parametrize(("sends", "longest"), [(1, 4), (3, 16), (7, 256), (8, 300), (50, 300)])
def test_backoff_doubles_up_to_five_minutes(db: None, sends: int, longest: float) -> None:
    for _ in range(50):
        now = clock.now()

        wait = (moves.backoff(sends) - now).total_seconds()

        assert 1.0 <= wait <= longest + 0.5


def test_backoff_is_never_shorter_than_graph_asked_for(db: None) -> None:
    now = clock.now()

    assert (moves.backoff(1, at_least=3600) - now).total_seconds() >= 3600
