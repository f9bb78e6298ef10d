"""/metrics: figures without people, for who bears the token."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from portal.audit import checkpoints
from portal.changes.models import Change
from portal.health.models import Heartbeat
from portal.health.tasks import beat
from portal.mirror.models import RunState
from portal.tenants import clock
from portal.tenants.connection import pause
from portal.tenants.models import Connection, Person, Tenant
from tests.changing import approved, drafted, mirrored, ran, update
from tests.happening import created, event
from tests.labels.factories import mirror

TOKEN = "a token of twenty characters or more"
Figures = dict[tuple[str, str], float]


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def asked(client: Client, token: str = TOKEN) -> Figures:
    """Every sample by its name and the values of its labels."""
    response = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200, response.content
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(response.text)
    return {
        (sample.name.removeprefix("fileplan_"), " ".join(whose_first(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


def whose_first(labels: dict[str, str]) -> list[str]:
    return [labels[name] for name in sorted(labels, key=lambda name: name not in ("tenant", "chain"))]


@pytest.fixture
def busy(tenant: Tenant, author: Person, approver: Person) -> Tenant:
    """A tenant with a draft, an approved change, an event that should have been sent long ago, and two runs."""
    Connection.objects.get_or_create(tenant=tenant)
    mirror(tenant, "retentionEventType", {"displayName": "Employee separation", "description": ""})
    label = mirrored(tenant, "Invoices")
    drafted(tenant, author, update(label, descriptionForUsers="Kept."))
    approved(tenant, author, [approver], update(label, descriptionForAdmins="Kept."))
    approved(tenant, author, [approver], created(event("Departure of Nora Nilsson")))
    Change.objects.filter(marker__isnull=False).update(held_until=clock.after(-3600), not_before=clock.after(-3600))
    ran(tenant, ago=600)
    ran(tenant, RunState.INCOMPLETE, ago=60)
    return tenant


def test_metrics_tell_the_work_of_a_tenant(client: Client, busy: Tenant) -> None:
    beat()
    found = asked(client)

    assert found["requests", "harrow-vale draft"] == 1
    assert found["requests", "harrow-vale approved"] == 2
    assert found["changes", "harrow-vale ready"] == 2
    assert found["oldest_due_seconds", "harrow-vale"] == pytest.approx(3600, abs=10)
    assert found["events_overdue", "harrow-vale"] == 1
    assert found["mirror_age_seconds", "harrow-vale"] == pytest.approx(600, abs=10)
    assert found["sync_runs_total", "harrow-vale complete"] == 1
    assert found["sync_runs_total", "harrow-vale incomplete"] == 1
    assert found["beat_age_seconds", ""] == pytest.approx(0, abs=10)


def test_metrics_tell_what_holds_a_tenant(client: Client, busy: Tenant, author: Person) -> None:
    calm = asked(client)
    Connection.objects.filter(tenant=busy).update(
        health="held", lease_until=clock.after(60), closed_until=clock.after(9)
    )
    pause(busy, by=author, reason="Audit week.")
    checkpoints.mark(f"tenant-{busy.pk}", 9_999, "a" * 64)
    found = asked(client)

    names = ("connection_healthy", "circuit_open", "pushes_held", "restore_held", "lease_held")
    assert [calm[name, "harrow-vale"] for name in names] == [1, 0, 0, 0, 0]
    assert [found[name, "harrow-vale"] for name in names] == [0, 1, 1, 1, 1]


def test_metrics_tell_the_length_and_results_of_each_history(client: Client, busy: Tenant, author: Person) -> None:
    client.force_login(author, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/t/elsewhere/")
    found = asked(client)

    assert found["chain_length", "harrow-vale"] == found["entries_total", "harrow-vale ok"]
    assert found["entries_total", "portal denied"] == 1


def test_metrics_tell_when_the_timetable_is_silent(client: Client, busy: Tenant) -> None:
    never = asked(client)["beat_age_seconds", ""]
    Heartbeat.objects.create(name="timetable", at=clock.now() - timedelta(seconds=500))

    assert never != never
    assert asked(client)["beat_age_seconds", ""] == pytest.approx(500, abs=10)


def test_metrics_name_nobody_and_nothing(client: Client, busy: Tenant, author: Person) -> None:
    said = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text

    for secret in (author.name, author.email, "Nilsson", "Invoices", "4711", busy.name):
        assert secret not in said


def test_metrics_cost_the_same_queries_for_any_number_of_requests(
    client: Client, busy: Tenant, author: Person, approver: Person
) -> None:
    with CaptureQueriesContext(connection) as few:
        asked(client)
    label = mirrored(busy, "Expenses")
    for number in range(3):
        drafted(busy, author, update(label, descriptionForUsers=f"Kept {number}."))

    with CaptureQueriesContext(connection) as many:
        asked(client)
    assert len(many) == len(few)


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"])
def test_metrics_want_the_token(client: Client, given: str) -> None:
    response = client.get("/metrics", headers={"Authorization": given} if given else {})

    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert b"fileplan_" not in response.content


@pytest.mark.django_db
def test_without_a_token_in_the_settings_there_is_nothing(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
