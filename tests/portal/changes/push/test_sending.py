"""What is looked at once more just before something is sent (reliability.md 3, rule 3), and what is kept of it."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

from portal.audit import canonical
from portal.changes.models import Attempt, Change, ChangeRequest, Hand, Part, Push, State
from portal.changes.push import sending
from portal.changes.push.lease import Lease, Lost, take
from portal.changes.push.sending import Unapproved, Write
from portal.graph.client import Client
from portal.mirror.kinds import Document
from portal.sandbox.server import Sandbox
from portal.tenants import clock
from portal.tenants.models import Connection, Health, Person, Tenant
from tests.portal.changes.push.conftest import Approve, create

pytestmark = pytest.mark.django_db


@pytest.fixture
def change(approve: Approve, label: Document) -> Change:
    return approve(create(label)).changes.get()


@pytest.fixture
def send(tenant: Tenant, sandbox: Sandbox, change: Change) -> Callable[..., Any]:
    """Send what was approved. `token` is asked for when the request goes out."""

    def send(token: Callable[[], str] = lambda: "sandbox") -> Any:
        lease = take(tenant)
        assert isinstance(lease, Lease)
        write = Write("POST", "security/labels/authorities", {"displayName": "Legal advice"}, change.after)
        return sending.send(change, lease, Client(sandbox.root, token=token), write)

    return send


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.REJECTED, State.WITHDRAWN])
def test_send_refuses_a_request_in_another_state(
    state: State, change: Change, sandbox: Sandbox, send: Callable[..., Any]
) -> None:
    ChangeRequest.objects.filter(pk=change.request_id).update(state=state)

    with pytest.raises(Unapproved, match="not what was approved"):
        send()

    assert (sandbox.ledger(), Attempt.objects.count()) == ([], 0)


def test_send_counts_no_approval_of_a_writer(
    change: Change, approver: Person, sandbox: Sandbox, send: Callable[..., Any]
) -> None:
    """VR-74, should a signature ever have got past the action and the constraint."""
    Hand.objects.filter(request=change.request_id, person=approver).update(part=Part.WROTE)

    with pytest.raises(Unapproved, match="does not have the approvals"):
        send()

    assert (sandbox.ledger(), Attempt.objects.count()) == ([], 0)


@pytest.mark.parametrize("by", ["Purview", "a person"])
def test_send_leaves_a_connection_on_hold_alone(
    by: str, author: Person, sandbox: Sandbox, send: Callable[..., Any]
) -> None:
    """It was held after the change was picked to be sent."""
    paused = {"paused_at": clock.now(), "paused_by": author, "paused_because": "Audit week."}
    Connection.objects.update(**{"Purview": {"health": Health.HELD}, "a person": paused}[by])

    with pytest.raises(Lost):
        send()

    assert (sandbox.ledger(), Attempt.objects.count()) == ([], 0)


def test_send_leaves_what_waits_for_its_day(change: Change, sandbox: Sandbox, send: Callable[..., Any]) -> None:
    """Should it ever have been picked before its waiting period was over."""
    Change.objects.update(held_until=clock.after(3600))
    change.refresh_from_db()

    with pytest.raises(Unapproved, match="waiting period is not over"):
        send()

    assert (sandbox.ledger(), Attempt.objects.count()) == ([], 0)


def test_send_leaves_what_was_withdrawn_meanwhile(sandbox: Sandbox, send: Callable[..., Any]) -> None:
    """A withdrawal wins over a worker that has picked the change and did not begin to send it."""
    Change.objects.update(push=Push.CANCELLED)

    with pytest.raises(Lost):
        send()

    assert (sandbox.ledger(), Attempt.objects.count()) == ([], 0)
    assert Change.objects.get().push == Push.CANCELLED


def test_send_keeps_the_hashes_of_body_and_document(change: Change, send: Callable[..., Any]) -> None:
    """G1: what was sent can be held against what was approved."""
    send()

    kept = Attempt.objects.get()
    assert kept.body_hash == canonical.sha256({"displayName": "Legal advice"})
    assert kept.document_hash == canonical.sha256(change.after)


def test_send_is_ended_by_the_kernel_before_its_lease_is(send: Callable[..., Any]) -> None:
    """G5: the timer runs while the request goes out, and never after."""
    left: list[float] = []

    def token() -> str:
        left.append(signal.getitimer(signal.ITIMER_REAL)[0])
        return "sandbox"

    send(token)

    assert 0 < left[0] <= sending.AT_MOST.total_seconds()
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
