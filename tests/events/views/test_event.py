"""One event."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.mirror import kinds
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.changing import approved
from tests.happening import created, event
from tests.labels.factories import mirror


def address(row: Mirrored) -> str:
    return f"/t/harrow-vale/events/{row.pk}/"


def test_success_of_the_whole_is_not_shown_as_success_of_each(writer: Client, recorded: Mirrored) -> None:
    answer = writer.get(address(recorded))

    places = [(one["service"], one["word"], one["said"]) for one in answer.context["listed"].results]
    assert places == [("SharePoint", "Spread here", ""), ("Exchange", "Failed", "Mailbox <b>gone</b>")]
    assert "Mailbox &lt;b&gt;gone&lt;/b&gt;" in answer.text
    assert "Purview calls the whole a success all the same." in answer.text


def test_the_labels_that_start_are_linked_with_their_first_due_date(
    writer: Client, tenant: Tenant, recorded: Mirrored
) -> None:
    answer = writer.get(address(recorded))

    starts = [(one.row.display_name, one.first_due) for one in answer.context["listed"].starts]
    assert starts == [("HR Personnel file 10y", "31 October 2036"), ("HR Pension for ever", "never")]
    assert f"/t/harrow-vale/labels/{answer.context['listed'].starts[0].row.pk}/" in answer.text


def test_what_purview_does_not_tell_is_said(writer: Client, recorded: Mirrored) -> None:
    assert "How many items the event reached is not part of what Purview answers." in writer.get(address(recorded)).text


def test_the_change_that_recorded_it_is_linked(
    writer: Client, tenant: Tenant, author: Person, approver: Person
) -> None:
    wanted = event()
    request = approved(tenant, author, [approver], created(wanted))
    row = mirror(tenant, "retentionEvent", wanted)

    page = writer.get(address(row)).text

    assert f'href="{request.get_absolute_url()}"' in page
    assert f'href="{request.get_absolute_url()}history/"' in page


def test_an_event_made_elsewhere_names_no_change(
    writer: Client, tenant: Tenant, author: Person, approver: Person
) -> None:
    approved(tenant, author, [approver], created(event()))
    elsewhere = event("Made in Purview") | {"displayName": "Made in Purview", "description": ""}
    row = mirror(tenant, "retentionEvent", elsewhere)

    answer = writer.get(address(row))

    assert answer.context["listed"].change is None
    assert "30 October 2026, 23:00 UTC" in answer.text


def test_a_label_lists_the_events_that_started_it(writer: Client, tenant: Tenant, recorded: Mirrored) -> None:
    starts = writer.get(address(recorded)).context["listed"].starts

    page = writer.get(f"/t/harrow-vale/labels/{starts[0].row.pk}/").text

    assert "Events that started it" in page
    assert address(recorded) in page


def test_an_event_that_is_gone_is_still_shown(writer: Client, tenant: Tenant, recorded: Mirrored) -> None:
    type(recorded)._default_manager.filter(pk=recorded.pk).update(gone_at=recorded.seen_at)

    assert "What it had started goes on." in writer.get(address(recorded)).text


def spread(row: Mirrored, status: str, *places: dict[str, str], **fields: Any) -> None:
    """What a sync would write after Purview said so."""
    row.raw = {**row.raw, "eventStatus": {"status": status, **fields}, "eventPropagationResults": list(places)}
    for name, value in kinds.of(row.kind).columns(row.document, row.raw).items():
        setattr(row, name, value)
    row.save()


def aged(row: Mirrored, **age: float) -> None:
    row.created_at = timezone.now() - timedelta(**age)
    row.save()


def test_a_failed_place_is_told_in_words_with_what_to_do(writer: Client, recorded: Mirrored) -> None:
    error = {"code": "PropagationFailed", "message": "One location failed."}
    place = {"serviceName": "Exchange", "status": "failed", "statusInformation": "Location unavailable"}
    spread(recorded, "error", {"serviceName": "SharePoint", "status": "success"}, place, error=error)

    page = " ".join(writer.get(address(recorded)).text.split())

    assert "The event failed in 1 of 2 places." in page
    assert "Purview could not bring the event to one of its places. Purview said: “One location failed.”" in page
    assert "Purview could not reach this place. “Location unavailable”" in page
    assert "record it again for that" in page


def test_the_whole_before_its_places_is_not_called_spread(writer: Client, recorded: Mirrored) -> None:
    """Captured: success of the whole with a place that has not begun (contract 9.7)."""
    aged(recorded, minutes=3)
    spread(recorded, "success", {"serviceName": "SharePoint", "status": "none"})

    answer = writer.get(address(recorded))

    assert (answer.context["listed"].state, answer.context["listed"].status) == ("partly", "Not in every place yet")
    assert "not of each place" in answer.text


def test_a_week_without_a_word_is_pointed_out(writer: Client, recorded: Mirrored) -> None:
    spread(recorded, "pending")
    aged(recorded, days=7, minutes=1)

    answer = writer.get(address(recorded))

    assert answer.context["listed"].state == "overdue"
    assert "Purview has not said for 7 days how the event ended everywhere." in answer.text
    assert "ask Microsoft" in answer.text


@pytest.mark.parametrize("word", ["unknownFutureValue", "archived"])
def test_a_word_graph_adds_later_is_shown_as_unknown(writer: Client, recorded: Mirrored, word: str) -> None:
    aged(recorded, minutes=3)
    spread(recorded, word, {"serviceName": "Teams", "status": word})

    assert writer.get(address(recorded)).text.count(f"“{word}”, unknown to Fileplan") == 2


@pytest.mark.parametrize(
    ("status", "places", "age", "polls"),
    [
        ("pending", [], {"minutes": 1}, True),
        ("success", ["none"], {"days": 3}, True),
        ("success", ["success"], {"days": 3}, False),
        ("error", [], {"days": 3}, False),
        ("pending", [], {"days": 8}, False),
    ],
)
def test_the_page_asks_again_until_it_has_ended(
    writer: Client, recorded: Mirrored, status: str, places: list[str], age: dict[str, float], polls: bool
) -> None:
    aged(recorded, **age)
    spread(recorded, status, *({"serviceName": "Exchange", "status": one} for one in places))

    page = writer.get(address(recorded)).text
    piece = writer.get(f"{address(recorded)}spread/", headers={"HX-Request": "true"}).text

    assert [f'hx-get="{address(recorded)}spread/"' in text for text in (page, piece)] == [polls, polls]
    assert ("Next look:" in page) == polls
    assert 'id="event-state"' in piece
    assert "hx-swap-oob" in piece
    assert "<html" not in piece


def test_a_look_that_is_due_names_no_moment_gone_by(writer: Client, recorded: Mirrored) -> None:
    spreading = {"has_ended": False, "look_at": timezone.now() - timedelta(hours=1)}
    type(recorded)._default_manager.filter(pk=recorded.pk).update(**spreading, created_at=timezone.now())

    assert "Next look: now." in " ".join(writer.get(address(recorded)).text.split())


def test_without_script_a_look_is_the_page(writer: Client, recorded: Mirrored) -> None:
    assert writer.get(f"{address(recorded)}spread/")["Location"] == address(recorded)
