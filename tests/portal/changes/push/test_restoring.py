"""G15, C17: a database that is older than what is known outside sends nothing, and then nothing unseen."""

from collections.abc import Callable

import pytest

from portal.audit import checkpoints, marks, restored, trail
from portal.audit.models import Chain, Confirmation, Entry, Restoration
from portal.changes.models import ChangeRequest, Push
from portal.graph.client import Client
from portal.mirror.kinds import Document
from portal.sandbox.server import Sandbox
from portal.tenants.models import Person, Tenant
from tests.happening import created, event
from tests.portal.changes.push.conftest import Approve, create
from tests.portal.changes.push.test_drain import described

pytestmark = pytest.mark.django_db


def fall_behind(tenant: Tenant) -> None:
    """As if a backup of a moment ago had been restored."""
    chain = Chain.objects.get(tenant=tenant)
    checkpoints.mark(chain.name, chain.seq + 7, "a" * 64)


def confirm(tenant: Tenant, by: Person) -> None:
    for waiting in Restoration.objects.all():
        Confirmation.objects.create(restoration=waiting, tenant=tenant, by=by, reason="Looked at.")


def verbs(request: ChangeRequest) -> list[str]:
    told = Entry.objects.filter(object_key=str(request.number), verb__startswith="change.").order_by("pk")
    return list(told.values_list("verb", flat=True))


def test_what_is_sent_is_known_outside_before_it_leaves(
    tenant: Tenant, approve: Approve, label: Document, drain: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[int] = []
    exchange = trail_of_requests(monkeypatch, lambda: known.append(mark_of(tenant)))
    approve(create(label))

    drain()

    sending = Entry.objects.get(chain__tenant=tenant, verb="change.sending").seq
    assert (exchange, known) == (["POST"], [sending])


def mark_of(tenant: Tenant) -> int:
    found = marks.last(trail.chain_name(tenant.pk))
    return found.seq if found else 0


def trail_of_requests(monkeypatch: pytest.MonkeyPatch, look: Callable[[], None]) -> list[str]:
    """The writes that leave, with a look at the moment they do."""
    written: list[str] = []
    send = Client.send

    def watched(self: Client, method: str, *args: object, **more: object) -> object:
        if method != "GET":
            written.append(method)
            look()
        return send(self, method, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "send", watched)
    return written


def test_nothing_leaves_that_cannot_be_known_outside(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "mark", full)
        request = approve(create(label))
        drain()
        change = request.changes.get()
        assert (sandbox.ledger(), change.push, change.sends) == ([], Push.READY, 0)
        assert "checkpoint folder" in change.message

    request.changes.update(not_before=None)
    drain()
    assert request.changes.get().push == Push.DONE


def test_nothing_is_sent_while_the_database_is_behind(
    tenant: Tenant, sandbox: Sandbox, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    request = approve(create(label))
    fall_behind(tenant)

    drain()

    assert (sandbox.ledger(), request.changes.get().push) == ([], Push.READY)
    assert restored.is_held(tenant)
    assert Entry.objects.filter(verb="restore.noticed").count() == 1


def test_nothing_is_sent_until_somebody_of_this_tenant_confirmed(
    tenant: Tenant, other_tenant: Tenant, sandbox: Sandbox, administrator: Person, approve: Approve, label: Document,
    drain: Callable[[], None],
) -> None:  # fmt: skip
    approve(create(label))
    fall_behind(tenant)
    restored.notice()
    confirm(other_tenant, administrator)

    drain()

    assert (sandbox.ledger(), restored.is_held(other_tenant)) == ([], False)


def test_what_was_sent_before_the_restore_is_found_and_not_sent_again(
    tenant: Tenant, sandbox: Sandbox, administrator: Person, approve: Approve, drain: Callable[[], None]
) -> None:
    """The sandbox takes a second event of a name: only the look keeps it from happening twice."""
    request = approve(created(event("Departure 4711")))
    drain()
    request.changes.update(push=Push.READY, target="", sent_at=None, done_at=None, sends=0)  # as the backup has it
    request.changes.get().attempts.all().delete()
    fall_behind(tenant)
    restored.notice()
    confirm(tenant, administrator)

    drain()

    assert len(sandbox.ledger()) == 1
    assert request.changes.get().push == Push.DONE
    assert verbs(request)[-3:] == ["change.unsure", "change.sent", "change.confirmed"]


def test_what_was_not_sent_is_looked_up_twice_and_then_sent_once(
    tenant: Tenant, sandbox: Sandbox, administrator: Person, approve: Approve, label: Document,
    drain: Callable[[], None],
) -> None:  # fmt: skip
    request = approve(create(label))
    fall_behind(tenant)
    restored.notice()
    confirm(tenant, administrator)

    drain()

    assert (len(sandbox.ledger()), request.changes.get().push) == (1, Push.DONE)
    assert verbs(request)[:4] == ["change.unsure", "change.looked_up", "change.looked_up", "change.sending"]


def test_what_was_drafted_since_is_sent_at_once(
    tenant: Tenant, administrator: Person, approve: Approve, label: Document, drain: Callable[[], None]
) -> None:
    fall_behind(tenant)
    restored.notice()
    confirm(tenant, administrator)

    request = approve(create(label))
    drain()

    assert verbs(request) == ["change.sending", "change.sent", "change.confirmed"]


def test_an_update_reads_before_it_writes_as_ever(
    tenant: Tenant, sandbox: Sandbox, administrator: Person, approve: Approve, drain: Callable[[], None]
) -> None:
    request = approve(described(tenant))
    drain()
    request.changes.update(push=Push.READY, sent_at=None, done_at=None, sends=0)
    fall_behind(tenant)
    restored.notice()
    confirm(tenant, administrator)

    drain()

    assert (len(sandbox.ledger()), request.changes.get().push) == (1, Push.DONE)
