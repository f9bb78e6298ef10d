"""Event types on pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.changes.models import Change, ChangeRequest
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.changing import ran
from tests.happening import event
from tests.labels.builders import on_event
from tests.labels.factories import change_in_purview, mirror, mirror_label

See = Callable[..., Any]
DEPARTURE = {"displayName": "Employee departure", "description": "Reported by HR."}


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    """A tenant that was read completely."""
    Tenant.objects.filter(pk=tenant.pk).update(baseline_at=clock.now())
    tenant.refresh_from_db()
    ran(tenant)
    return tenant


@pytest.fixture
def departure(tenant: Tenant) -> Mirrored:
    return mirror(tenant, "retentionEventType", DEPARTURE, created_at=timezone.now() - timedelta(days=500))


@pytest.fixture
def see(client: Client) -> See:
    """Signs somebody in and opens a page of event types, or sends its form."""

    def see(person: Person, name: str, *args: int, query: str = "", form: dict[str, str] | None = None) -> HttpResponse:
        client.force_login(person)
        address = reverse(name, args=["harrow-vale", *args]) + query
        response = client.get(address) if form is None else client.post(address, form)
        response.said = " ".join(response.content.decode().split())  # type: ignore[attr-defined]
        return response

    return see


def fired(tenant: Tenant, days_ago: float, name: str, **columns: object) -> Mirrored:
    at = timezone.now() - timedelta(days=days_ago)
    return mirror(tenant, "retentionEvent", event(name, event_type="Employee departure"), created_at=at, **columns)


def test_list_shows_labels_and_the_last_event(see: See, tenant: Tenant, author: Person, departure: Mirrored) -> None:
    for name in "ABCDE":
        mirror_label(tenant, **on_event(displayName=f"HR {name}"))
    fired(tenant, 3, "Departure 4711")

    page = see(author, "event-types").said

    assert reverse("event-type", args=["harrow-vale", departure.pk]) in page
    assert "<strong>5</strong>" in page
    assert "HR A, HR B, HR C and 2 more" in page
    assert "No event for a year</span>" not in page
    assert 'href="/t/harrow-vale/event-types/" aria-current="page"' in page


def test_list_points_out_types_without_an_event_for_a_year(
    see: See, tenant: Tenant, author: Person, departure: Mirrored
) -> None:
    mirror(tenant, "retentionEventType", {"displayName": "Contract end", "description": ""})
    mirror_label(tenant, **on_event())

    everything, quiet = see(author, "event-types").said, see(author, "event-types", query="?state=quiet").said

    assert "No event yet" in everything
    assert ("Employee departure" in quiet, "Contract end" in quiet) == (True, False)
    assert "Contract end" in see(author, "event-types", query="?state=unused").said


def test_list_searches_and_pages(see: See, tenant: Tenant, author: Person, departure: Mirrored) -> None:
    for number in range(30):
        mirror(tenant, "retentionEventType", {"displayName": f"Type {number:02}", "description": ""})

    assert "Page 1 of 2" in see(author, "event-types").said
    found = see(author, "event-types", query="?q=reported").said
    assert ("Employee departure" in found, "Type 01" in found, "1 event type<" in found) == (True, False, True)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "No event types yet"),
        ("?q=nothing", "No event type matches"),
        ("?state=quiet", "Every event type is in use"),
        ("?state=unused", "A label starts on every event type"),
        ("?state=gone", "No event type is gone"),
        ("?state=%00&page=x", "No event types yet"),
    ],
)
def test_list_says_why_it_is_empty(see: See, tenant: Tenant, author: Person, query: str, said: str) -> None:
    assert said in see(author, "event-types", query=query).said


def test_detail_shows_labels_events_and_open_changes(
    see: See, tenant: Tenant, author: Person, departure: Mirrored
) -> None:
    label = mirror_label(tenant, **on_event())
    fired(tenant, 3, "Departure 4711", status="pending")
    fired(tenant, 400, "Departure 1", gone_at=timezone.now())
    see(author, "event-type-edit", departure.pk, form={"description": "Reported by Payroll.", "reason": "It moved."})
    request = ChangeRequest.objects.get()

    page = see(author, "event-type", departure.pk).said

    assert "Reported by HR." in page
    assert reverse("label", args=["harrow-vale", label.pk]) in page
    assert "Departure 4711" in page
    assert "31 October 2026 in Europe/Berlin" in page
    assert "Spreading" in page
    assert "ComplianceAssetID" in page
    assert request.get_absolute_url() in page


def test_detail_points_out_a_quiet_type_and_one_changed_outside(
    see: See, tenant: Tenant, author: Person, departure: Mirrored
) -> None:
    mirror_label(tenant, **on_event())
    change_in_purview(departure, description="Theirs.")

    page = see(author, "event-type", departure.pk).said

    assert "no event of it was recorded for a year" in page
    assert reverse("drift-case", args=["harrow-vale", departure.kind, departure.pk]) in page


def test_detail_of_one_that_is_gone_offers_nothing(see: See, tenant: Tenant, author: Person) -> None:
    row = mirror(tenant, "retentionEventType", DEPARTURE, gone_at=timezone.now())

    page = see(author, "event-type", row.pk)

    assert "Purview no longer holds this event type." in page.said
    assert reverse("event-type-edit", args=["harrow-vale", row.pk]) not in page.said
    assert see(author, "event-type-edit", row.pk).status_code == 404


def test_new_drafts_a_change(see: See, tenant: Tenant, author: Person) -> None:
    form = {"displayName": " Licence ended ", "description": "By Legal.\r\nMonthly.", "reason": "Asked for."}

    response = see(author, "event-type-new", form=form)

    change = Change.objects.get()
    assert response["Location"] == change.request.get_absolute_url()
    assert (change.action, change.kind, change.base) == ("create", "retentionEventType", None)
    assert change.after == {"displayName": "Licence ended", "description": "By Legal.\nMonthly."}
    assert (change.request.title, change.request.reason) == ("Create event type “Licence ended”", "Asked for.")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"displayName": ""}, "Enter a name."),
        ({"displayName": "x" * 65}, "The name has 65 characters; Purview allows 64."),
        ({"displayName": "employee departure"}, "already exists"),
        ({"displayName": "a\0b"}, "Null characters"),
        ({"displayName": "Well", "description": "x" * 1025}, "at most 1024 characters"),
    ],
)
def test_new_shows_what_stands_against_it_at_its_field(
    see: See, tenant: Tenant, author: Person, departure: Mirrored, form: dict[str, str], said: str
) -> None:
    response = see(author, "event-type-new", form={"reason": "Asked for.", **form})

    assert response.status_code == 422
    assert said in response.said
    assert "Asked for." in response.said
    assert f'href="#id_{"description" if "description" in form else "displayName"}"' in response.said
    assert not ChangeRequest.objects.exists()


def test_edit_changes_the_description_alone(see: See, tenant: Tenant, author: Person, departure: Mirrored) -> None:
    form = {"description": "Reported by Payroll.", "displayName": "Another name", "reason": "It moved."}

    see(author, "event-type-edit", departure.pk, form=form)

    change = Change.objects.get()
    assert (change.action, change.target, change.base) == ("update", departure.graph_id, DEPARTURE)
    assert change.after == {"displayName": "Employee departure", "description": "Reported by Payroll."}


def test_edit_that_changes_nothing_is_not_drafted(
    see: See, tenant: Tenant, author: Person, departure: Mirrored
) -> None:
    response = see(author, "event-type-edit", departure.pk, form={"description": "Reported by HR."})

    assert (response.status_code, "leaves the event type as it is" in response.said) == (422, True)
    assert not ChangeRequest.objects.exists()


def test_delete_drafts_a_change(see: See, tenant: Tenant, author: Person, departure: Mirrored) -> None:
    form = {"name": "Employee departure", "reason": "Merged."}

    response = see(author, "event-type-delete", departure.pk, form=form)

    change = Change.objects.get()
    assert response["Location"] == change.request.get_absolute_url()
    assert (change.action, change.target, change.after) == ("delete", departure.graph_id, None)
    assert change.request.reason == "Merged."


@pytest.mark.parametrize("name", ["", "employee departure", "Another"])
def test_delete_wants_the_name(see: See, tenant: Tenant, author: Person, departure: Mirrored, name: str) -> None:
    response = see(author, "event-type-delete", departure.pk, form={"name": name, "reason": "Merged."})

    assert response.status_code == 422
    assert "Merged." in response.said
    assert not ChangeRequest.objects.exists()


def test_delete_is_blocked_while_labels_start_on_it(
    see: See, tenant: Tenant, author: Person, departure: Mirrored
) -> None:
    label = mirror_label(tenant, **on_event())

    page = see(author, "event-type-delete", departure.pk)
    response = see(author, "event-type-delete", departure.pk, form={"name": "Employee departure"})

    assert "1 label starts on this type." in page.said
    assert reverse("label", args=["harrow-vale", label.pk]) in page.said
    assert (page.status_code, response.status_code) == (200, 422)
    assert not ChangeRequest.objects.exists()


def test_delete_warns_while_events_use_it(see: See, tenant: Tenant, author: Person, departure: Mirrored) -> None:
    fired(tenant, 400, "Departure 1")

    page = see(author, "event-type-delete", departure.pk)
    response = see(author, "event-type-delete", departure.pk, form={"name": "Employee departure"})

    assert "1 event is of this type. Purview is expected to refuse the deletion" in page.said
    assert response.status_code == 302


def test_an_event_type_of_another_tenant_is_not_found(see: See, author: Person, other_tenant: Tenant) -> None:
    theirs = mirror(other_tenant, "retentionEventType", DEPARTURE)

    for name in ("event-type", "event-type-edit", "event-type-delete"):
        assert see(author, name, theirs.pk).status_code == 404


def test_the_count_of_its_events_stays_on_the_page(
    see: See, tenant: Tenant, author: Person, departure: Mirrored
) -> None:
    """And does not stand beside what leads to other pages."""
    fired(tenant, 3, "Departure 1")

    page = see(author, "event-type", departure.pk).said

    assert 'Events <span class="count">1</span>' in page
    assert page.count('class="side-count"') == 4
