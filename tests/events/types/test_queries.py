"""What starts on each event type, and when each last fired."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.types import actions, queries
from events.types.queries import Listed
from portal.tenants.models import Person, Tenant
from tests.changing import drafted
from tests.happening import event
from tests.labels.builders import on_event
from tests.labels.factories import mirror, mirror_label

pytestmark = pytest.mark.django_db
DEPARTURE = {"displayName": "Employee departure", "description": "Reported by HR."}
LONG_AGO = timezone.now() - timedelta(days=500)


def found(tenant: Tenant) -> dict[str, Listed]:
    return {one.event_type.display_name: one for one in queries.event_types(tenant)}


def fired(tenant: Tenant, days_ago: float, name: str = "Departure 1", **columns: object) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    mirror(tenant, "retentionEvent", event(name, event_type="Employee departure"), created_at=at, **columns)


def test_labels_are_found_by_the_name_they_give(tenant: Tenant, other_tenant: Tenant) -> None:
    mirror(tenant, "retentionEventType", DEPARTURE)
    mirror(tenant, "retentionEventType", {"displayName": "Contract end", "description": ""})
    first = mirror_label(tenant, **on_event(displayName="A"))
    mirror_label(tenant, **on_event(displayName="B", retentionEventType="employee Departure"))
    mirror_label(tenant, displayName="C")
    mirror(tenant, "retentionLabel", on_event(displayName="D"), gone_at=timezone.now())
    mirror_label(other_tenant, **on_event(displayName="E"))

    listed = found(tenant)

    assert [label.display_name for label in listed["Employee departure"].labels] == ["A", "B"]
    assert listed["Employee departure"].labels[0].pk == first.pk
    assert (listed["Contract end"].labels, listed["Contract end"].state) == ((), "unused")


def test_last_is_the_latest_event_even_if_deleted_since(tenant: Tenant, other_tenant: Tenant) -> None:
    mirror(tenant, "retentionEventType", DEPARTURE)
    fired(tenant, 90)
    fired(tenant, 30, "Departure 2", gone_at=timezone.now())
    fired(other_tenant, 1)

    last = found(tenant)["Employee departure"].last

    assert last is not None
    assert round((timezone.now() - last) / timedelta(days=1)) == 30


@pytest.mark.parametrize(
    ("made_at", "days_ago", "is_quiet"),
    [
        (LONG_AGO, None, True),
        (LONG_AGO, 366, True),
        (LONG_AGO, 364, False),
        (timezone.now(), None, False),
        (timezone.now(), 366, True),
        (None, None, True),
    ],
)
def test_quiet_is_a_year_without_an_event(
    tenant: Tenant, made_at: object, days_ago: int | None, is_quiet: bool
) -> None:
    mirror(tenant, "retentionEventType", DEPARTURE, created_at=made_at)
    mirror_label(tenant, **on_event())
    if days_ago is not None:
        fired(tenant, days_ago)

    assert found(tenant)["Employee departure"].is_quiet == is_quiet


def test_a_type_no_label_starts_on_is_never_quiet(tenant: Tenant) -> None:
    mirror(tenant, "retentionEventType", DEPARTURE, created_at=LONG_AGO)

    assert found(tenant)["Employee departure"].state == "unused"


@pytest.mark.parametrize(
    ("words", "matches"),
    [("", True), ("DEPARTURE hr", True), ("invoices", True), ("contract", False), ("departure contract", False)],
)
def test_search_reads_name_description_and_labels(tenant: Tenant, words: str, matches: bool) -> None:
    mirror(tenant, "retentionEventType", DEPARTURE)
    mirror_label(tenant, **on_event(displayName="Invoices"))

    assert found(tenant)["Employee departure"].matches(words) == matches


def test_open_changes_are_found_in_as_many_queries_for_three_types(tenant: Tenant, author: Person) -> None:
    counts = []
    for number in range(3):
        row = mirror(tenant, "retentionEventType", {"displayName": f"Type {number}", "description": ""})
        request = drafted(tenant, author, actions.described(row, "Clearer."))
        with CaptureQueriesContext(connection) as asked:
            rows = queries.with_open(queries.event_types(tenant))
        counts.append(len(asked))

    assert counts == [counts[0]] * 3
    assert [len(one.open) for one in rows] == [1, 1, 1]
    assert rows[-1].request == request
