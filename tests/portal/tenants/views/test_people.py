import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.audit.models import Entry
from portal.tenants.access import roles_of
from portal.tenants.models import Person, Role, Tenant
from tests.factories import PASSWORD, make_person

HTMX = {"HX-Request": "true"}


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


@pytest.fixture
def at_work(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER])
def test_people_is_for_administrators_and_auditors(role: Role, client: Client, tenant: Tenant) -> None:
    client.force_login(make_person(role, tenant=tenant))

    assert client.get("/t/harrow-vale/people/").status_code == 403
    assert verbs() == ["access.denied"]


def test_people_lets_an_auditor_read_and_change_nothing(client: Client, auditor: Person, author: Person) -> None:
    client.force_login(auditor)

    page = client.get("/t/harrow-vale/people/").content.decode()

    assert author.email in page
    assert "/grant/" not in page
    assert "/revoke/" not in page
    assert client.post(f"/t/harrow-vale/people/{author.pk}/grant/", {"role": "approver"}).status_code == 403


def test_people_names_nobody_of_another_tenant(at_work: Client, outsider: Person) -> None:
    assert outsider.email not in at_work.get("/t/harrow-vale/people/").content.decode()


def test_people_costs_the_same_queries_for_one_and_for_three(at_work: Client, tenant: Tenant) -> None:
    _queries(at_work)  # the first visit also starts the session
    with_one = _queries(at_work)
    for _person in range(2):
        make_person(Role.AUTHOR, Role.AUDITOR, tenant=tenant)

    assert _queries(at_work) == with_one


def _queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get("/t/harrow-vale/people/")
    return len(queries)


def test_grant_answers_htmx_with_the_row(at_work: Client, author: Person, tenant: Tenant) -> None:
    response = at_work.post(f"/t/harrow-vale/people/{author.pk}/grant/", {"role": "auditor"}, headers=HTMX)

    row = response.content.decode()
    assert row.strip().startswith(f'<tr id="person-{author.pk}">')
    assert f"/people/{author.pk}/revoke/" in row
    assert roles_of(author, tenant) == {Role.AUTHOR, Role.AUDITOR}
    assert verbs() == ["role.granted"]


def test_grant_without_script_leads_back_to_the_page(at_work: Client, author: Person) -> None:
    response = at_work.post(f"/t/harrow-vale/people/{author.pk}/grant/", {"role": "auditor"})

    assert response["Location"] == "/t/harrow-vale/people/"


def test_revoke_of_the_last_role_says_what_it_means(at_work: Client, author: Person, tenant: Tenant) -> None:
    response = at_work.post(f"/t/harrow-vale/people/{author.pk}/revoke/", {"role": "author"}, headers=HTMX)

    assert "No longer part of Harrow Vale" in response.content.decode()
    assert roles_of(author, tenant) == frozenset()


def test_revoke_of_the_last_administrator_is_refused(at_work: Client, administrator: Person) -> None:
    response = at_work.post(f"/t/harrow-vale/people/{administrator.pk}/revoke/", {"role": "administrator"})

    assert response.status_code == 422
    assert verbs() == []


@pytest.mark.parametrize("role", ["", "owner", "superuser"])
def test_grant_refuses_a_role_there_is_not(role: str, at_work: Client, author: Person) -> None:
    assert at_work.post(f"/t/harrow-vale/people/{author.pk}/grant/", {"role": role}).status_code == 422


@pytest.mark.parametrize("verb", ["grant", "revoke", "deactivate", "reactivate", "link"])
def test_nobody_of_another_tenant_can_be_named(verb: str, at_work: Client, outsider: Person) -> None:
    response = at_work.post(f"/t/harrow-vale/people/{outsider.pk}/{verb}/", {"role": "author"})

    assert response.status_code == 404
    assert roles_of(outsider, outsider.memberships.first().tenant) == set(Role)


@pytest.mark.parametrize("path", ["", "add/", "policy/", "1/grant/", "1/revoke/", "1/deactivate/", "1/link/"])
def test_another_tenant_answers_not_found(path: str, at_work: Client, other_tenant: Tenant) -> None:
    ask = at_work.post if path else at_work.get

    assert ask(f"/t/elsewhere/people/{path}").status_code == 404
    assert [(entry.chain.name, entry.verb) for entry in Entry.objects.all()] == [("portal", "access.denied")]


@pytest.mark.parametrize("path", ["add/", "policy/", "1/grant/", "1/revoke/", "1/deactivate/", "1/reactivate/"])
def test_nothing_changes_by_a_link(path: str, at_work: Client) -> None:
    assert at_work.get(f"/t/harrow-vale/people/{path}").status_code == 405


def test_add_shows_the_link_once(at_work: Client, tenant: Tenant) -> None:
    given = {"email": "new@harrow.test", "name": "Nia New", "roles": ["author", "auditor"]}

    response = at_work.post("/t/harrow-vale/people/add/", given)

    person = Person.objects.get(email="new@harrow.test")
    assert response.status_code == 200
    assert "http://testserver/set-password/" in response.content.decode()
    assert "/set-password/" not in at_work.get("/t/harrow-vale/people/").content.decode()
    assert roles_of(person, tenant) == {Role.AUTHOR, Role.AUDITOR}
    assert verbs() == ["person.added", "person.link_made"]


def test_add_gives_no_link_for_an_account_with_a_password(at_work: Client, other_tenant: Tenant) -> None:
    make_person(Role.AUTHOR, tenant=other_tenant, email="otto@elsewhere.test", password=PASSWORD)

    response = at_work.post(
        "/t/harrow-vale/people/add/", {"email": "otto@elsewhere.test", "name": "Otto", "roles": ["author"]}
    )

    assert response["Location"] == "/t/harrow-vale/people/"
    assert verbs() == ["person.added"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no address"},
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "x" * 121},
        {"roles": []},
        {"roles": ["owner"]},
        {"email": "ELI@harrow.test"},
    ],
)
def test_add_keeps_what_was_typed_when_something_is_wrong(wrong: dict[str, Any], at_work: Client) -> None:
    given = {"email": "new@harrow.test", "name": "Nia New", "roles": ["author"]} | wrong

    response = at_work.post("/t/harrow-vale/people/add/", given)

    assert response.status_code == 422
    assert str(given["email"]) in response.content.decode()
    assert Person.objects.count() == 1
    assert verbs() == []


def test_add_ignores_fields_it_does_not_have(at_work: Client) -> None:
    given = {"email": "n@harrow.test", "name": "N", "roles": ["author"], "is_active": "", "password": "mine", "pk": "1"}

    at_work.post("/t/harrow-vale/people/add/", given)

    person = Person.objects.get(email="n@harrow.test")
    assert person.is_active
    assert not person.has_usable_password()


def test_add_gives_no_link_for_an_account_of_another_tenant(at_work: Client, other_tenant: Tenant) -> None:
    make_person(Role.AUTHOR, tenant=other_tenant, email="otto@elsewhere.test")

    response = at_work.post(
        "/t/harrow-vale/people/add/", {"email": "otto@elsewhere.test", "name": "Otto", "roles": ["author"]}
    )

    assert response["Location"] == "/t/harrow-vale/people/"


def test_deactivate_and_reactivate_answer_with_the_row(at_work: Client, author: Person) -> None:
    closed = at_work.post(f"/t/harrow-vale/people/{author.pk}/deactivate/", headers=HTMX).content.decode()
    opened = at_work.post(f"/t/harrow-vale/people/{author.pk}/reactivate/", headers=HTMX).content.decode()

    assert "Reactivate" in closed
    assert "Deactivate" in opened
    assert verbs() == ["person.deactivated", "person.reactivated"]


WELL = {"routine": "2", "irreversible": "3", "event_days_manual": "1", "event_days_automatic": "7"}


def test_policy_is_saved(at_work: Client, tenant: Tenant) -> None:
    at_work.post("/t/harrow-vale/people/policy/", {**WELL, "limits_queries": "on"})

    tenant.refresh_from_db()
    assert (tenant.approvals_routine, tenant.approvals_irreversible) == (2, 3)
    assert (tenant.event_days_manual, tenant.event_days_automatic, tenant.limits_queries) == (1, 7, True)
    assert verbs() == ["policy.changed"]


def test_policy_shows_what_stands(at_work: Client, tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(event_days_automatic=21, limits_queries=True)

    page = at_work.get("/t/harrow-vale/people/").content.decode()

    assert re.search(r'name="event_days_automatic" value="21"', page)
    assert re.search(r'name="limits_queries"[^>]* checked', page)


@pytest.mark.parametrize(
    ("routine", "irreversible"), [("0", "2"), ("1", "6"), ("-1", "2"), ("1.5", "2"), ("", "2"), ("3", "2"), ("x", "2")]
)
def test_policy_refuses_numbers_out_of_range(routine: str, irreversible: str, at_work: Client, tenant: Tenant) -> None:
    response = at_work.post("/t/harrow-vale/people/policy/", {**WELL, "routine": routine, "irreversible": irreversible})

    assert response.status_code == 422
    tenant.refresh_from_db()
    assert (tenant.approvals_routine, tenant.approvals_irreversible) == (1, 2)


@pytest.mark.parametrize("field", ["event_days_manual", "event_days_automatic"])
@pytest.mark.parametrize("days", ["-1", "366", "1.5", "", "x", "9" * 30])
def test_policy_refuses_days_out_of_range(field: str, days: str, at_work: Client, tenant: Tenant) -> None:
    response = at_work.post("/t/harrow-vale/people/policy/", {**WELL, field: days})

    assert response.status_code == 422
    assert f'href="#id_{field}"' in response.content.decode()
    tenant.refresh_from_db()
    assert (tenant.event_days_manual, tenant.event_days_automatic) == (0, 14)
