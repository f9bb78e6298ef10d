"""The list of events."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from events.models import RetentionEvent
from portal.mirror.models import Mirrored
from portal.tenants.models import Tenant
from tests.happening import FILES, event
from tests.labels.factories import mirror

PATH = "/t/harrow-vale/events/"


def names(client: Client, query: str = "") -> list[str]:
    return [row.row.name for row in client.get(PATH + query).context["rows"]]


def test_newest_first(writer: Client, tenant: Tenant) -> None:
    for day, name in ((2, "Second"), (3, "Third"), (1, "First")):
        mirror(tenant, "retentionEvent", event(name), created_at=datetime(2026, 1, day, tzinfo=UTC))

    assert names(writer) == ["Third", "Second", "First"]


def test_a_row_says_what_happened_when_to_what_and_how_far_it_came(writer: Client, recorded: Mirrored) -> None:
    page = writer.get(PATH).text

    for said in ("Departure 4700", "Employee separation", "31 October 2026 in Europe/Berlin", "ComplianceAssetID:4711"):
        assert said in page
    assert "FPE-" not in page


def test_an_event_without_a_query_is_said_to_reach_everything(writer: Client, tenant: Tenant) -> None:
    mirror(tenant, "retentionEvent", event(queries=[]))

    assert "Everything with a label of its type" in writer.get(PATH).text


def test_many_asset_ids_are_counted(writer: Client, tenant: Tenant) -> None:
    many = "ComplianceAssetID:1 ComplianceAssetID:2 ComplianceAssetID:3 ComplianceAssetID:4 ComplianceAssetID:5"
    mirror(tenant, "retentionEvent", event(queries=[{**FILES, "query": many}]))

    assert "1, 2, 3 and 2 more asset IDs" in writer.get(PATH).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=4700", ["Departure 4700"]),
        ("?q=departure", ["Lost departure", "Departure 4700"]),
        ("?q=departure&status=pending", []),
        ("?type=Employee+separation&status=success", ["Departure 4700"]),
        ("?status=error", ["Failed"]),
        ("?status=overdue", ["Lost departure"]),
        ("?status=pending", ["Half way", "Under way"]),
        ("?status=other", ["Said nothing"]),
        ("?status=gone", ["Forgotten"]),
        ("?q=departure&status=nonsense&type=nonsense", ["Lost departure", "Departure 4700"]),
        ("?q=ComplianceAssetID", []),
    ],
)
def test_search_and_filters(writer: Client, tenant: Tenant, recorded: Mirrored, query: str, found: list[str]) -> None:
    at, now = datetime(2026, 8, 1, tzinfo=UTC), timezone.now()
    RetentionEvent.objects.update(has_ended=True, has_failed=False)
    mirror(tenant, "retentionEvent", event("Lost departure"), created_at=at)
    for name, status in (("Under way", "pending"), ("Half way", "success"), ("Said nothing", "")):
        mirror(tenant, "retentionEvent", event(name), status=status, created_at=now)
    mirror(tenant, "retentionEvent", event("Failed"), status="success", has_failed=True, created_at=at)
    mirror(tenant, "retentionEvent", event("Forgotten"), gone_at=at)

    assert names(writer, query) == found


def test_the_empty_list_says_what_to_do(writer: Client, tenant: Tenant) -> None:
    page = writer.get(PATH).text

    assert "No events yet" in page
    assert "Record an event" in page


def test_htmx_gets_the_rows(writer: Client, recorded: Mirrored) -> None:
    answer = writer.get(PATH, headers={"HX-Request": "true"})

    assert answer.text.lstrip().startswith('<div id="event-list">')
    assert "HX-Request" in answer["Vary"]


def test_three_rows_cost_no_more_queries_than_one(
    writer: Client, tenant: Tenant, recorded: Mirrored, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    writer.get(PATH)  # which reads what is then kept
    with CaptureQueriesContext(connection) as one:
        writer.get(PATH)
    for name in ("Second", "Third"):
        mirror(tenant, "retentionEvent", event(name))

    with django_assert_num_queries(len(one)):
        writer.get(PATH)
