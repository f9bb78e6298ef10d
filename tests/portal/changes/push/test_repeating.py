"""What repeats an event is sent on its day, once, on a virtual clock; and never when the first did not come about."""

from datetime import timedelta

import pytest

from events import actions
from events.cases import case_of
from portal.changes import push, waiting
from portal.changes.models import Change, ChangeRequest, Push, Why
from portal.changes.push import order
from portal.errors import Invalid, NotAllowed, Stale
from portal.mirror import markers
from portal.sandbox.server import Sandbox
from portal.tenants.models import Person, Tenant
from tests.happening import created, event
from tests.portal.changes.push.conftest import Approve
from tests.virtual import Clock, started

pytestmark = pytest.mark.django_db
POST = {"method": "POST", "path": "retentionEvents$"}
GET = {"method": "GET", "path": "retentionEvents/"}
DAYS = (14, 30, 90)


@pytest.fixture
def time(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Clock:
    Tenant.objects.filter(pk=tenant.pk).update(event_days_manual=1)
    tenant.refresh_from_db()
    return started(monkeypatch)


@pytest.fixture
def request_(time: Clock, approve: Approve) -> ChangeRequest:
    """An event that waits a day, and is repeated three times."""
    first = event()
    again = [created(event(f"Departure 4711 +{days}d"), case=markers.of(first), after_days=days) for days in DAYS]
    return approve(created(first), *again)


def days_pass(tenant: Tenant, time: Clock, days: int) -> None:
    """Workers look once a day, and as often as something is due then."""
    for _ in range(days):
        time.pass_by(hours=24)
        for _ in range(3):
            push.drain(tenant.pk)
            if order.next_due(tenant) is None:
                break


def sent(sandbox: Sandbox) -> list[str]:
    return [markers.without(write["displayName"]) for write in sandbox.ledger() if write["method"] == "POST"]


def change_of(request: ChangeRequest, days: int) -> Change:
    return request.changes.get(after_days=days)


def test_each_is_sent_once_on_its_day(tenant: Tenant, sandbox: Sandbox, time: Clock, request_: ChangeRequest) -> None:
    began, seen = time.moment, {}
    for _ in range(120):
        days_pass(tenant, time, 1)
        for name in sent(sandbox):
            seen.setdefault(name, round((time.moment - began) / timedelta(days=1)))

    names = ["Departure 4711", *(f"Departure 4711 +{days}d" for days in DAYS)]
    assert sent(sandbox) == names
    assert list(seen.values()) == [1, 15, 31, 91]
    assert {change.push for change in request_.changes.all()} == {Push.DONE}
    assert len({change.marker for change in request_.changes.all()}) == 4


@pytest.mark.parametrize("effect", ["apply_then_drop", "refuse"])
def test_a_repetition_whose_answer_was_lost_is_sent_once(
    effect: str, tenant: Tenant, sandbox: Sandbox, time: Clock, request_: ChangeRequest
) -> None:
    days_pass(tenant, time, 2)
    sandbox.faults([POST | {"effect": effect, "times": 1}])

    days_pass(tenant, time, 14)

    assert sent(sandbox) == ["Departure 4711", "Departure 4711 +14d"]


def test_nothing_is_repeated_of_an_event_that_was_withdrawn(
    tenant: Tenant, sandbox: Sandbox, time: Clock, request_: ChangeRequest, author: Person
) -> None:
    waiting.withdraw(change_of(request_, 0), by=author, reason="Rehired.")

    days_pass(tenant, time, 95)

    assert sent(sandbox) == []
    assert {change.push for change in request_.changes.all()} == {Push.CANCELLED}


def test_nothing_is_repeated_of_an_event_that_purview_refused(
    tenant: Tenant, sandbox: Sandbox, time: Clock, request_: ChangeRequest
) -> None:
    sandbox.faults([POST | {"effect": "status", "status": 400, "times": 1}])

    days_pass(tenant, time, 95)

    assert sent(sandbox) == []
    first, *again = request_.changes.order_by("after_days")
    assert (first.push, first.why) == (Push.STOPPED, Why.REJECTED)
    assert {(change.push, change.why) for change in again} == {(Push.STOPPED, Why.HELD)}
    assert "which it repeats, did not come about as it was approved" in again[0].message


def test_nothing_is_repeated_of_an_event_that_came_about_otherwise(
    tenant: Tenant, sandbox: Sandbox, time: Clock, request_: ChangeRequest
) -> None:
    """Also after somebody has closed the incident."""
    sandbox.faults([GET | {"effect": "unknown_member", "property": "eventQueries", "value": [], "times": 1}])
    days_pass(tenant, time, 2)
    assert change_of(request_, 0).why == Why.MISMATCH
    waiting.close(change_of(request_, 0), by=request_.author, statement="Relabelled by hand.")

    days_pass(tenant, time, 95)

    assert sent(sandbox) == ["Departure 4711"]


def test_a_repetition_that_stops_keeps_no_other_from_its_day(
    tenant: Tenant, sandbox: Sandbox, time: Clock, request_: ChangeRequest
) -> None:
    days_pass(tenant, time, 2)
    sandbox.faults([POST | {"effect": "status", "status": 400, "times": 1}])

    days_pass(tenant, time, 95)

    assert sent(sandbox) == ["Departure 4711", "Departure 4711 +30d", "Departure 4711 +90d"]


def test_one_press_stops_all_that_are_left(
    tenant: Tenant, sandbox: Sandbox, time: Clock, request_: ChangeRequest, author: Person, auditor: Person
) -> None:
    days_pass(tenant, time, 20)
    first = change_of(request_, 0)
    with pytest.raises(NotAllowed):
        actions.stop_repeating(first, by=auditor, reason="Enough.")
    with pytest.raises(Invalid, match="Say why"):
        actions.stop_repeating(first, by=author, reason=" ")

    assert actions.stop_repeating(first, by=author, reason="Enough.") == 2

    days_pass(tenant, time, 95)
    assert sent(sandbox) == ["Departure 4711", "Departure 4711 +14d"]
    pushes = [(member.change.after_days, member.change.push) for member in case_of(first)]
    assert pushes == [(0, Push.DONE), (14, Push.DONE), (30, Push.CANCELLED), (90, Push.CANCELLED)]
    with pytest.raises(Stale, match="Nothing of this case waits"):
        actions.stop_repeating(first, by=author, reason="Enough.")


def test_a_repetition_that_is_being_sent_is_not_stopped(
    tenant: Tenant, time: Clock, request_: ChangeRequest, author: Person
) -> None:
    days_pass(tenant, time, 2)
    Change.objects.filter(pk=change_of(request_, 14).pk).update(push=Push.SENDING)

    assert actions.stop_repeating(change_of(request_, 0), by=author, reason="Enough.") == 2

    assert change_of(request_, 14).push == Push.SENDING
