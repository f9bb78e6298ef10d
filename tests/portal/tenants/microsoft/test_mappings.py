"""Roles from Microsoft on the people page: adding and removing which app role or group gives which."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from portal.audit.models import Entry
from portal.tenants import mappings
from portal.tenants.access import roles_of
from portal.tenants.models import Membership, Person, Role, RoleMapping, Source, Tenant
from tests.arriving import HARROW_VALE, NORTH_QUAY, maps
from tests.factories import make_person

GROUP = "44444444-2222-4333-8444-555555555555"
OF_HARROW_VALE = {"directory_id": HARROW_VALE}
WELL = {"claim": "app_role", "value": "Fileplan.Author", "role": "author", "directory_id": HARROW_VALE}


@pytest.fixture
def at_work(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


def given(tenant: Tenant, mapping: RoleMapping) -> Person:
    """Somebody who has the role by the mapping alone."""
    person = make_person()
    Membership.objects.create(tenant=tenant, person=person, role=mapping.role, source=Source.DIRECTORY, mapping=mapping)
    return person


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


def test_the_page_says_that_there_is_none_yet(at_work: Client) -> None:
    page = at_work.get("/t/harrow-vale/people/").content.decode()

    assert "Nothing yet: every role here is given by hand." in page


def test_an_administrator_adds_and_removes_one(at_work: Client, tenant: Tenant) -> None:
    assert at_work.post("/t/harrow-vale/people/roles/add/", WELL).status_code == 302
    mapping = RoleMapping.objects.get()
    page = at_work.get("/t/harrow-vale/people/").content.decode()

    assert "App role <code>Fileplan.Author</code>" in page
    assert at_work.post(f"/t/harrow-vale/people/roles/{mapping.pk}/remove/").status_code == 302
    assert not RoleMapping.objects.exists()
    assert verbs() == ["mapping.added", "mapping.removed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"claim": "group"},
        {"value": ""},
        {"value": "x" * 121},
        {"role": "owner"},
        {"claim": "user"},
        {"directory_id": "11111111-2222-4333-8444-555555555555"},
        {"directory_id": ""},
    ],
)
def test_what_cannot_be_is_said_and_kept(wrong: dict[str, str], at_work: Client) -> None:
    response = at_work.post("/t/harrow-vale/people/roles/add/", WELL | wrong)

    assert response.status_code == 422
    assert (WELL | wrong)["value"] in response.content.decode()
    assert verbs() == []


def test_the_same_is_not_added_twice(at_work: Client) -> None:
    at_work.post("/t/harrow-vale/people/roles/add/", WELL)

    response = at_work.post("/t/harrow-vale/people/roles/add/", WELL)

    assert response.status_code == 422
    assert "gives this role already" in response.content.decode()


def test_a_group_is_named_by_its_id(at_work: Client) -> None:
    at_work.post("/t/harrow-vale/people/roles/add/", WELL | {"claim": "group", "value": GROUP.upper()})

    assert RoleMapping.objects.get().value == GROUP


def test_the_directory_is_chosen_where_there_are_several(at_work: Client) -> None:
    at_work.post("/t/harrow-vale/people/roles/add/", WELL | {"directory_id": NORTH_QUAY})

    assert RoleMapping.objects.get().directory_id == NORTH_QUAY


def test_another_tenants_cannot_be_removed(at_work: Client, other_tenant: Tenant) -> None:
    mapping = maps(other_tenant, "author")

    assert at_work.post(f"/t/harrow-vale/people/roles/{mapping.pk}/remove/").status_code == 404
    assert RoleMapping.objects.exists()


def test_removing_one_takes_its_roles_at_once(tenant: Tenant, administrator: Person) -> None:
    """S4: nobody waits for the next sign-in."""
    mapping, other = maps(tenant, "author"), maps(tenant, "auditor")
    person, auditor = given(tenant, mapping), given(tenant, other)

    mappings.remove(mapping, by=administrator)

    assert (roles_of(person, tenant), roles_of(auditor, tenant)) == (frozenset(), {Role.AUDITOR})
    assert verbs()[-2:] == ["mapping.removed", "role.revoked"]


def test_removing_one_leaves_the_only_administrator(client: Client, tenant: Tenant) -> None:
    mapping = maps(tenant, "administrator")
    person = given(tenant, mapping)

    mappings.remove(mapping, by=person)

    assert roles_of(person, tenant) == {Role.ADMINISTRATOR}
    assert verbs()[-1] == "role.kept"
    client.force_login(person)
    assert "It is kept, because nobody else has it here." in client.get("/t/harrow-vale/people/").content.decode()


def test_a_role_that_microsoft_gives_is_taken_away_there(at_work: Client, tenant: Tenant) -> None:
    person = given(tenant, maps(tenant, "author"))

    response = at_work.post(f"/t/harrow-vale/people/{person.pk}/revoke/", {"role": "author"})

    assert response.status_code == 422
    assert "Take it away there, or remove that line below." in response.content.decode()
    assert roles_of(person, tenant) == {Role.AUTHOR}
    assert "From Microsoft:" in at_work.get("/t/harrow-vale/people/").content.decode()


def test_somebody_is_invited_by_object_id(at_work: Client, tenant: Tenant) -> None:
    given = {"email": "nia@harrow.test", "name": "Nia New", "roles": ["author"]}
    account = {"object_id": GROUP.upper(), "directory_id": HARROW_VALE}

    response = at_work.post("/t/harrow-vale/people/add/", given | account)

    person = Person.objects.get(object_id=GROUP, directory_id=HARROW_VALE)
    assert (response.status_code, roles_of(person, tenant)) == (302, {Role.AUTHOR})
    page = at_work.get("/t/harrow-vale/people/").content.decode()
    assert "Invited, not signed in yet" in page
    assert "New link for Nia New" not in page


@pytest.mark.parametrize("wrong", ["x", "123", GROUP[:-1], GROUP.replace("4", "g")])
def test_an_object_id_is_one(wrong: str, at_work: Client) -> None:
    given = {"email": "nia@harrow.test", "name": "Nia New", "roles": ["author"], "object_id": wrong} | OF_HARROW_VALE

    response = at_work.post("/t/harrow-vale/people/add/", given)

    assert response.status_code == 422
    assert "This is no id." in response.content.decode()
    assert 'value="nia@harrow.test"' in response.content.decode()


def test_an_object_id_is_of_a_directory(at_work: Client) -> None:
    """The stand-in has two, and an id of one is nobody's in the other."""
    given = {"email": "nia@harrow.test", "name": "Nia New", "roles": ["author"], "object_id": GROUP}

    response = at_work.post("/t/harrow-vale/people/add/", given)

    assert response.status_code == 422
    assert "Choose the directory of this account." in response.content.decode()


def test_an_address_of_another_account_is_said_and_kept(at_work: Client, outsider: Person) -> None:
    given = {"email": outsider.email, "name": "Nia", "roles": ["author"], "object_id": GROUP} | OF_HARROW_VALE

    response = at_work.post("/t/harrow-vale/people/add/", given)

    assert response.status_code == 422
    assert "Another account has the address" in response.content.decode()


def test_without_local_accounts_an_object_id_is_needed(at_work: Client, settings: Settings, tenant: Tenant) -> None:
    settings.LOCAL_ACCOUNTS = False
    administrator = make_person(Role.ADMINISTRATOR, tenant=tenant, directory_id=HARROW_VALE, object_id=GROUP)
    at_work.force_login(administrator, backend="portal.tenants.backends.Microsoft")
    given = {"email": "nia@harrow.test", "name": "Nia New", "roles": ["author"]}

    response = at_work.post("/t/harrow-vale/people/add/", given)

    assert response.status_code == 422
    assert not Person.objects.filter(email="nia@harrow.test").exists()
