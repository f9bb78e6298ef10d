"""The pages of systems: what an administrator may do there, and what is shown once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.audit.models import Entry
from portal.tenants import keys, systems
from portal.tenants.models import Key, Person, Scope, System, Tenant
from tests.labels.factories import mirror
from tests.reporting import TYPE, make_sender, with_key

LIST = "/t/harrow-vale/systems/"


@pytest.fixture
def at_work(client: Client, administrator: Person, tenant: Tenant) -> Client:
    mirror(tenant, "retentionEventType", {"displayName": TYPE, "description": ""})
    client.force_login(administrator, backend="portal.tenants.backends.Local")
    return client


@pytest.fixture
def system(at_work: Client, tenant: Tenant, administrator: Person) -> System:
    return systems.add(tenant, name="Workday", event_types=[TYPE], by=administrator)


def in_a_year() -> str:
    return (timezone.now().date() + timedelta(days=365)).isoformat()


def new_key(client: Client, system: System, **fields: Any) -> Any:
    sent = {"scopes": Scope.values, "last_day": in_a_year()}
    return client.post(f"{LIST}{system.pk}/keys/new/", sent | fields)


def test_an_empty_list_says_what_a_system_is_good_for(at_work: Client) -> None:
    page = at_work.get(LIST).text

    assert "No system reports here" in page
    assert "/systems/new/" in page


def test_a_system_is_added_with_what_it_may_report(at_work: Client) -> None:
    answer = at_work.post(f"{LIST}new/", {"name": "Workday", "event_types": [TYPE]})

    system = System.objects.get()
    assert answer["Location"] == f"{LIST}{system.pk}/"
    assert (system.name, system.event_types) == ("Workday", [TYPE])
    assert "No key yet" in at_work.get(answer["Location"]).text


@pytest.mark.parametrize("fields", [{"name": ""}, {"event_types": ["Moon landing"]}, {"name": "a\x00b"}])
def test_what_is_wrong_comes_back_as_it_was_typed(at_work: Client, fields: dict[str, Any]) -> None:
    answer = at_work.post(f"{LIST}new/", {"name": "Workday", "event_types": [TYPE]} | fields)

    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert not System.objects.exists()


def test_a_type_that_is_gone_stays_until_it_is_taken_away(at_work: Client, system: System) -> None:
    System.objects.update(event_types=["Long gone", TYPE])

    assert "Long gone" in at_work.get(f"{LIST}{system.pk}/edit/").text
    at_work.post(f"{LIST}{system.pk}/edit/", {"name": "Workday", "event_types": ["Long gone"]})

    system.refresh_from_db()
    assert system.event_types == ["Long gone"]


def test_a_key_is_shown_once(at_work: Client, system: System) -> None:
    page = new_key(at_work, system).text

    shown = dict(re.findall(r'id="(token|secret)" readonly value="([^"]+)"', page))
    key = Key.objects.get()
    assert keys.find(shown["token"]) == key
    assert key.signing_key == keys.hashed(shown["secret"])
    assert set(key.scopes) == set(Scope.values)
    again = at_work.get(f"{LIST}{system.pk}/").text
    assert f"fpt_{key.prefix}" in again
    assert '<span class="role">Report events</span>' in again
    assert shown["token"] not in again
    assert shown["secret"] not in again


def test_a_third_key_is_refused_with_what_to_do(at_work: Client, system: System) -> None:
    for _time in range(2):
        new_key(at_work, system)
    assert "It has two keys" in at_work.get(f"{LIST}{system.pk}/").text

    answer = new_key(at_work, system)

    assert answer.status_code == 422
    assert "Revoke the one it no longer uses first" in answer.text
    assert Key.objects.count() == 2


@pytest.mark.parametrize(
    "fields", [{"scopes": []}, {"last_day": ""}, {"last_day": "2020-01-01"}, {"last_day": "2999-01-01"}]
)
def test_a_key_needs_a_purpose_and_an_end(at_work: Client, system: System, fields: dict[str, Any]) -> None:
    assert new_key(at_work, system, **fields).status_code == 422
    assert not Key.objects.exists()


def test_a_key_is_revoked_and_a_system_closed(at_work: Client, system: System, administrator: Person) -> None:
    key = with_key(system, administrator).key

    at_work.post(f"{LIST}keys/{key.pk}/revoke/")
    at_work.post(f"{LIST}{system.pk}/close/")

    page = at_work.get(f"{LIST}{system.pk}/").text
    assert "Revoked" in page
    assert "Nothing it sends is taken." in page
    assert list(Entry.objects.order_by("-pk").values_list("verb", flat=True)[:2]) == ["system.closed", "key.revoked"]


def test_an_auditor_sees_and_changes_nothing(client: Client, system: System, auditor: Person) -> None:
    client.force_login(auditor, backend="portal.tenants.backends.Local")

    page = client.get(f"{LIST}{system.pk}/").text

    assert "Workday" in page
    assert "/keys/new/" not in page
    assert "/edit/" not in page


def test_a_list_costs_the_same_queries_for_one_and_for_three(
    at_work: Client, tenant: Tenant, administrator: Person
) -> None:
    make_sender(tenant, administrator, name="One")
    _queries(at_work)  # the first visit also starts the session
    with_one = _queries(at_work)
    for name in ("Two", "Three"):
        make_sender(tenant, administrator, name=name)

    assert _queries(at_work) == with_one


def _queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    return len(queries)


def test_the_api_is_described_as_openapi(at_work: Client) -> None:
    told = at_work.get("/api/v1/openapi.json").json()

    assert told["openapi"].startswith("3.1")
    post = told["paths"]["/api/v1/t/{tenant}/events"]["post"]
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} < {one["name"] for one in post["parameters"]}
    assert set(post["responses"]) == {"200", "201", "401", "403", "404", "409", "413", "415", "422", "429", "503"}
    assert "ReportIn" in told["components"]["schemas"]
