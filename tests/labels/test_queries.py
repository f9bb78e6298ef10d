"""What lists count and offer is read from indexes: rows are long, and every page counts."""

from typing import Any

import pytest
from django.db.models import QuerySet

from events.models import RetentionEvent
from labels import filters, queries
from labels.kinds import RETENTION_LABEL
from labels.models import BY_VALUE, RetentionLabel
from portal.changes.drift import cases
from portal.mirror.models import GONE
from portal.tenants.counting import counted
from portal.tenants.models import Tenant
from tests.labels.factories import mirror_label

PLANS = pytest.mark.profile("embedded", why="go by plans, which PostgreSQL makes by how many rows there are")


def plan(found: QuerySet[Any, Any]) -> str:
    return found.explain()


@PLANS
def test_counts_are_read_from_an_index_of_their_own(tenant: Tenant) -> None:
    rows = RETENTION_LABEL.rows(tenant)

    assert "labels_retentionlabel_off" in plan(rows.drifted())
    assert "labels_retentionlabel_gone" in plan(rows.filter(GONE))
    assert "labels_retentionlabel_here" in plan(queries.in_order(queries.labels_of(tenant).here(), "name")[:20])


@PLANS
def test_cases_of_drift_are_read_from_the_indexes_of_what_is_off(tenant: Tenant) -> None:
    asked = plan(cases.listed(tenant))

    assert "labels_retentionlabel_off" in asked
    assert f"{RetentionEvent._meta.db_table}_off" in asked


@PLANS
@pytest.mark.parametrize("name", BY_VALUE)
def test_values_of_a_facet_are_read_from_its_index(tenant: Tenant, name: str) -> None:
    here = RetentionLabel.objects.filter(tenant=tenant).here().order_by()

    assert f"labels_by_{name}" in plan(here.values_list(name, flat=True).distinct())


def test_values_are_those_of_the_labels_there_are(tenant: Tenant) -> None:
    for number in range(3):
        mirror_label(tenant, displayName=f"Label {number}")

    assert filters.values_in(tenant)["period"] == ["3653"]


def test_counted_counts_each_query_by_itself(tenant: Tenant) -> None:
    mirror_label(tenant)
    labels = RetentionLabel.objects.order_by()

    assert counted(tenant, all=labels, none=labels.none(), both=labels.union(labels, all=True)) == {
        "all": 1,
        "none": 0,
        "both": 2,
    }
