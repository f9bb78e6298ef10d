"""What is due when: an event is taken back until it is sent, an incident is closed by somebody who looked."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.audit.models import Entry
from portal.changes.models import Attempt, Change, ChangeRequest, Push, Why
from portal.tenants.models import Person, Tenant
from tests.changing import approved
from tests.conftest import SignIn
from tests.happening import created, event

DUE = "/t/harrow-vale/events/due/"


@pytest.fixture
def request_(tenant: Tenant, author: Person, approver: Person) -> ChangeRequest:
    """An approved event in its waiting period, and its repetition."""
    Tenant.objects.filter(pk=tenant.pk).update(event_days_manual=14)
    tenant.refresh_from_db()
    first = created(event())
    case = str((first.after or {})["displayName"])[-14:]
    return approved(tenant, author, [approver], first, created(event("Departure 4711 +30d"), case=case, after_days=30))


def first(request: ChangeRequest) -> Change:
    return request.changes.order_by("position")[0]


def withdraw(client: Client, change: Change, **fields: str) -> int:
    return client.post(f"/t/harrow-vale/events/withdraw/{change.pk}/", fields).status_code


def close(client: Client, change: Change, **fields: str) -> int:
    return client.post(f"/t/harrow-vale/events/close/{change.pk}/", fields).status_code


def stopped(change: Change, why: Why = Why.MISMATCH) -> Change:
    Change.objects.filter(pk=change.pk).update(push=Push.STOPPED, why=why, message="Purview holds other queries.")
    change.refresh_from_db()
    return change


def test_due_lists_what_waits_with_its_day_and_its_case(writer: Client, request_: ChangeRequest) -> None:
    answer = writer.get(DUE)

    listed = [(one.name, one.repeats, one.repetitions) for one, _form in answer.context["due"]]
    assert listed == [("Departure 4711", "", 1), ("Departure 4711 +30d", "Departure 4711", 0)]
    assert "repeats “Departure 4711” after 30 days" in answer.text
    assert "2 approved events wait to be sent." in answer.text


def test_withdrawing_ends_an_event_and_what_repeats_it(writer: Client, request_: ChangeRequest) -> None:
    assert withdraw(writer, first(request_), reason="They stay.") == 302

    assert [one.push for one in request_.changes.all()] == [Push.CANCELLED, Push.CANCELLED]
    entry = Entry.objects.order_by("pk").last()
    assert (entry.verb, "They stay." in entry.body) == ("change.withdrawn", True)


def test_a_repetition_is_withdrawn_alone(writer: Client, request_: ChangeRequest) -> None:
    withdraw(writer, request_.changes.order_by("position")[1], reason="Once is enough.")

    assert [one.push for one in request_.changes.order_by("position")] == [Push.READY, Push.CANCELLED]


def test_withdrawing_needs_a_reason(writer: Client, request_: ChangeRequest) -> None:
    assert withdraw(writer, first(request_), reason=" ") == 422

    assert first(request_).push == Push.READY


def test_what_is_sent_is_never_withdrawn(writer: Client, request_: ChangeRequest) -> None:
    change = first(request_)
    Attempt.objects.create(change=change, n=1, fence=1, method="POST", path="", started_at=timezone.now())

    assert withdraw(writer, change, reason="They stay.") == 409


def test_an_auditor_sees_what_is_due_and_withdraws_nothing(
    signed_in: SignIn, auditor: Person, request_: ChangeRequest
) -> None:
    client = signed_in(auditor)

    assert withdraw(client, first(request_), reason="They stay.") == 403
    assert "Withdraw the event" not in client.get(DUE).text


def test_withdrawing_on_the_page_of_the_change_leads_back_to_it(writer: Client, request_: ChangeRequest) -> None:
    change = first(request_)
    page = writer.get(request_.get_absolute_url()).text

    answer = writer.post(f"/t/harrow-vale/events/withdraw/{change.pk}/", {"reason": "They stay.", "from_change": "yes"})

    assert f"/events/withdraw/{change.pk}/" in page
    assert answer["Location"] == request_.get_absolute_url()


@pytest.mark.parametrize("why", [Why.MISMATCH, Why.DUPLICATE, Why.HELD])
def test_an_incident_says_why_and_is_closed_with_a_statement(writer: Client, request_: ChangeRequest, why: Why) -> None:
    change = stopped(first(request_), why)
    page = writer.get(DUE).text

    assert close(writer, change, statement="Looked at: nothing was labelled yet.") == 302

    assert "Purview holds other queries." in page
    assert Entry.objects.order_by("pk").last().verb == "change.closed"
    assert "Purview holds other queries." not in writer.get(DUE).text


def test_closing_needs_a_statement(writer: Client, request_: ChangeRequest) -> None:
    change = stopped(first(request_))

    assert close(writer, change, statement="") == 422
    change.refresh_from_db()
    assert change.push == Push.STOPPED


def test_an_incident_is_closed_once(writer: Client, request_: ChangeRequest) -> None:
    change = stopped(first(request_))

    assert [close(writer, change, statement="Looked at.") for _ in range(2)] == [302, 409]


def test_the_page_of_the_change_offers_to_close_it(writer: Client, request_: ChangeRequest) -> None:
    change = stopped(first(request_))

    assert f"/events/close/{change.pk}/" in writer.get(request_.get_absolute_url()).text


def test_what_is_refused_by_purview_is_no_incident(writer: Client, request_: ChangeRequest) -> None:
    change = stopped(first(request_), Why.REJECTED)

    assert close(writer, change, statement="Looked at.") == 409
    assert writer.get(DUE).context["incidents"] == []


def test_an_event_whose_period_is_over_is_sent_next(writer: Client, request_: ChangeRequest) -> None:
    Change.objects.filter(pk=first(request_).pk).update(held_until=timezone.now() - timedelta(minutes=1))

    assert "Sent next" in writer.get(DUE).text
