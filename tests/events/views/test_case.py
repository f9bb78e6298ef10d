"""The case of an event on its page: what it repeats, what repeats it, and ending that."""

from collections.abc import Callable

import pytest
from django.test import Client

from events.models import RetentionEvent
from portal.audit.models import Entry
from portal.changes.models import Change, ChangeRequest, Push
from portal.mirror import markers
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.changing import approved
from tests.conftest import SignIn
from tests.happening import created, event
from tests.labels.factories import mirror

Sent = Callable[[int], Mirrored]


@pytest.fixture
def case(tenant: Tenant, author: Person, approver: Person) -> ChangeRequest:
    """An event and three repetitions, all approved."""
    first = event()
    again = [created(event(f"Departure 4711 +{n}d"), case=markers.of(first), after_days=n) for n in (14, 30, 90)]
    return approved(tenant, author, [approver], created(first), *again)


@pytest.fixture
def sent(tenant: Tenant, case: ChangeRequest) -> Sent:
    def sent(days: int) -> Mirrored:
        """What the mirror holds once one of them was sent."""
        change = case.changes.get(after_days=days)
        Change.objects.filter(pk=change.pk).update(push=Push.DONE, held_until=None)
        return mirror(tenant, "retentionEvent", change.after or {})

    return sent


def address(row: Mirrored, more: str = "") -> str:
    return f"/t/harrow-vale/events/{row.pk}/{more}"


def stop(client: Client, row: Mirrored, reason: str = "Nothing is labelled later.") -> int:
    return client.post(address(row, "stop-repeating/"), {"reason": reason}).status_code


def test_the_first_shows_what_repeats_it_and_when(writer: Client, case: ChangeRequest, sent: Sent) -> None:
    answer = writer.get(address(sent(0)))

    members = answer.context["case"]
    assert [(one.name, one.word) for one in members] == [
        ("Departure 4711", "Recorded"),
        ("Departure 4711 +14d", "Waiting for its day"),
        ("Departure 4711 +30d", "Waiting for its day"),
        ("Departure 4711 +90d", "Waiting for its day"),
    ]
    assert [bool(one.sent_on) for one in members] == [False, True, True, True]
    assert "after 14 days" in answer.text


def test_links_lead_both_ways_once_both_are_mirrored(writer: Client, sent: Sent) -> None:
    first, again = sent(0), sent(14)

    assert f'href="{address(again)}"' in writer.get(address(first)).text
    assert f'href="{address(first)}"' in writer.get(address(again)).text


def test_an_event_that_nothing_repeats_has_no_case(writer: Client, recorded: Mirrored) -> None:
    answer = writer.get(address(recorded))

    assert answer.context["case"] == []
    assert "Its case" not in answer.text


def test_one_press_stops_all_that_are_left(writer: Client, case: ChangeRequest, sent: Sent) -> None:
    first = sent(0)
    sent(14)

    assert stop(writer, first) == 302

    assert list(case.changes.order_by("after_days").values_list("push", flat=True)) == [
        Push.DONE,
        Push.DONE,
        Push.CANCELLED,
        Push.CANCELLED,
    ]
    assert Entry.objects.filter(verb="change.withdrawn").count() == 2
    page = writer.get(address(first)).text
    assert "Nothing is labelled later." in page
    assert "stop-repeating" not in page
    assert stop(writer, first) == 409


def test_stopping_needs_a_reason(writer: Client, case: ChangeRequest, sent: Sent) -> None:
    first = sent(0)

    answer = writer.post(address(first, "stop-repeating/"), {"reason": " "})

    assert (answer.status_code, "Say why it is not repeated any more." in answer.text) == (422, True)
    assert not case.changes.filter(push=Push.CANCELLED).exists()


def test_one_of_them_is_withdrawn_on_the_same_page(writer: Client, case: ChangeRequest, sent: Sent) -> None:
    first, one = sent(0), case.changes.get(after_days=30)
    path = f"/t/harrow-vale/events/withdraw/{one.pk}/"
    assert path in writer.get(address(first)).text

    answer = writer.post(path, {"reason": "Too many.", "from_event": str(first.pk)})

    assert answer["Location"] == address(first)
    assert list(case.changes.filter(push=Push.CANCELLED)) == [one]


@pytest.mark.parametrize("told", ["x", "-1", "٣", "9" * 400, "//elsewhere.test/"])
def test_a_page_to_go_back_to_is_one_of_ours(writer: Client, case: ChangeRequest, sent: Sent, told: str) -> None:
    one = case.changes.get(after_days=30)
    sent(0)

    answer = writer.post(f"/t/harrow-vale/events/withdraw/{one.pk}/", {"reason": "Too many.", "from_event": told})

    assert answer["Location"].startswith("/t/harrow-vale/events/")


def test_an_auditor_sees_the_case_and_stops_nothing(
    signed_in: SignIn, auditor: Person, case: ChangeRequest, sent: Sent
) -> None:
    first, client = sent(0), signed_in(auditor)

    assert stop(client, first) == 403
    page = client.get(address(first)).text
    assert "Its case" in page
    assert "Stop repeating" not in page


def test_an_event_made_elsewhere_cannot_be_stopped(writer: Client, recorded: Mirrored) -> None:
    assert stop(writer, recorded) == 404


def test_what_is_due_links_to_the_event_it_repeats(writer: Client, sent: Sent) -> None:
    first = sent(0)

    page = writer.get("/t/harrow-vale/events/due/").text

    assert page.count(f'href="{address(first)}"') == 3
    assert RetentionEvent.objects.count() == 1
