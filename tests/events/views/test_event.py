"""One event."""

from django.test import Client

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
    assert "That is said of the whole" in answer.text


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
