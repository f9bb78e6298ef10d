from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.changing import ran
from tests.labels.builders import FOREVER, described, in_days
from tests.labels.factories import mirror, mirror_label

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    mirror(tenant, "authority", {"displayName": "Legal"})
    mirror(tenant, "retentionEventType", {"displayName": "Contract end", "description": ""})
    ran(tenant)
    tenant.baseline_at = clock.now()
    tenant.save()
    return tenant


def see(client: Client, person: Person, name: str = "report", query: str = "") -> Any:
    client.force_login(person)
    response: Any = client.get(reverse(name, args=["harrow-vale"]) + query)
    response.text = " ".join(response.content.decode().split())
    return response


@pytest.mark.parametrize("role", ["author", "approver", "auditor", "administrator"])
def test_report_is_open_to_every_member(
    client: Client, request: pytest.FixtureRequest, tenant: Tenant, role: str
) -> None:
    assert see(client, request.getfixturevalue(role)).status_code == 200


def test_report_is_closed_to_outsiders(client: Client, tenant: Tenant, outsider: Person) -> None:
    assert see(client, outsider).status_code == 404


def test_report_leads_to_the_labels(client: Client, tenant: Tenant, author: Person) -> None:
    label = mirror_label(tenant, displayName="Bad #1", descriptors=described())

    page = see(client, author).text

    for query in ("kept=retain", "starts=dateCreated", "then=delete", "period=3653", "rule=VR-05", "rule=VR-71"):
        assert f'href="/t/harrow-vale/labels/?{query}"' in page
    assert f'href="/t/harrow-vale/labels/{label.pk}/"' in page
    assert "<span>VR-05</span> <span>1 label</span> <span>a new label like this would be refused</span>" in page
    assert "Contract end" in page
    assert "1 of 1,000" in page


def test_report_of_a_tenant_without_labels(client: Client, tenant: Tenant, author: Person) -> None:
    page = see(client, author).text

    assert "Every label keeps every rule." in page
    assert "No two labels have the same settings." in page


def test_report_before_the_first_run(client: Client, tenant: Tenant, author: Person) -> None:
    tenant.sync_runs.all().delete()

    assert "Nothing to report yet" in see(client, author).text


def test_report_is_linked_once_there_is_a_baseline(client: Client, tenant: Tenant, author: Person) -> None:
    address = 'href="/t/harrow-vale/report/"'

    assert see(client, author, "tenant-desk").text.count(address) == 2
    assert see(client, author, "sync").text.count(address) == 1
    Tenant.objects.update(last_number=1)
    assert see(client, author, "tenant-desk").text.count(address) == 1
    Tenant.objects.update(baseline_at=None)
    assert address not in see(client, author, "tenant-desk").text + see(client, author, "sync").text


def test_report_names_no_more_than_twenty_labels_of_a_rule(client: Client, tenant: Tenant, author: Person) -> None:
    for number in range(22):
        mirror_label(tenant, displayName=f"Bad #{number:02}", retentionDuration=in_days(900 + number))

    page = see(client, author).text

    assert "Which labels, the first 20" in page
    assert "2 more are not named here." in page


def test_report_costs_the_same_for_one_label_and_three(client: Client, tenant: Tenant, author: Person) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert see(client, author).status_code == 200
        return len(asked)

    mirror_label(tenant, displayName="Bad #1")
    queries()
    one = queries()
    for number in (2, 3):
        mirror_label(tenant, displayName=f"Bad #{number}")

    assert queries() == one


# What it leads to


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?period=3653", ["Ten"]),
        ("?period=3653&period=forever", ["Ever", "Ten"]),
        ("?period=none", ["Unset"]),
        ("?period=12", ["Ever", "Ten", "Unset"]),
        ("?rule=VR-71", ["Ever"]),
        ("?rule=VR-71&period=3653", []),
        ("?rule=VR-999", ["Ever", "Ten", "Unset"]),
        ("?rule=%00", ["Ever", "Ten", "Unset"]),
        ("?rule=", ["Ever", "Ten", "Unset"]),
    ],
)
def test_list_narrows_by_period_and_rule(
    client: Client, tenant: Tenant, author: Person, query: str, names: list[str]
) -> None:
    mirror_label(tenant, displayName="Ten")
    mirror_label(
        tenant,
        displayName="Ever",
        retentionDuration=FOREVER,
        actionAfterRetentionPeriod="none",
        descriptors=described(),
    )
    mirror_label(
        tenant,
        displayName="Unset",
        retentionDuration=None,
        retentionTrigger=None,
        behaviorDuringRetentionPeriod="",
        actionAfterRetentionPeriod="",
    )

    response = see(client, author, "labels", query)

    assert [row.label.display_name for row in response.context["rows"]] == names


def test_list_says_which_rule_it_is_narrowed_by(client: Client, tenant: Tenant, author: Person) -> None:
    mirror_label(tenant, displayName="Ten")

    assert "Does not keep: <strong>VR-71</strong>" in see(client, author, "labels", "?rule=VR-71").text
    assert "Does not keep" not in see(client, author, "labels").text
