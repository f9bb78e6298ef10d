"""With LOCAL_ACCOUNTS off there are no passwords anywhere: no form, no link, no session begun with one."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from portal.errors import Invalid
from portal.tenants import actions
from portal.tenants.backends import Local
from portal.tenants.models import Person, Role, Tenant
from tests.arriving import HARROW_VALE
from tests.factories import PASSWORD, make_person

AN_OID = "33333333-2222-4333-8444-555555555555"


@pytest.fixture
def ada(tenant: Tenant) -> Person:
    return make_person(Role.ADMINISTRATOR, tenant=tenant, email="ada@harrow.test", password=PASSWORD)


def test_a_password_opens_nothing(client: Client, ada: Person, settings: Settings) -> None:
    settings.LOCAL_ACCOUNTS = False

    assert client.post("/sign-in/", {"username": ada.email, "password": PASSWORD}).status_code == 404
    assert Local().authenticate(None, username=ada.email, password=PASSWORD) is None
    page = client.get("/sign-in/").content.decode()
    assert 'name="password"' not in page
    assert "Sign in with Microsoft" in page


def test_sessions_begun_with_a_password_end_for_good(client: Client, ada: Person, settings: Settings) -> None:
    client.post("/sign-in/", {"username": ada.email, "password": PASSWORD})
    assert client.get("/account/").status_code == 200

    settings.LOCAL_ACCOUNTS = False
    assert client.get("/account/").status_code == 302
    settings.LOCAL_ACCOUNTS = True
    assert client.get("/account/").status_code == 302


def test_links_to_set_a_password_are_gone(client: Client, author: Person, settings: Settings) -> None:
    link = actions.make_link(author)
    settings.LOCAL_ACCOUNTS = False

    assert client.get(link).status_code == 404
    assert client.post(link, {"new_password": PASSWORD}).status_code == 404
    with pytest.raises(Invalid, match="LOCAL_ACCOUNTS=true"):
        actions.make_link(author)


def test_the_command_makes_no_links(tenant: Tenant, author: Person, settings: Settings) -> None:
    settings.LOCAL_ACCOUNTS = False

    with pytest.raises(CommandError, match="Nobody signs in with a password here"):
        call_command("person", "link", author.email)
    with pytest.raises(CommandError, match="object id"):
        call_command("person", "add", tenant.slug, "nia@harrow.test", "Nia New", "author")
    assert not Person.objects.filter(email="nia@harrow.test").exists()


def test_the_command_adds_the_first_administrator_by_object_id(tenant: Tenant, settings: Settings) -> None:
    settings.LOCAL_ACCOUNTS = False
    said = ["nia@harrow.test", "Nia New", "administrator", "--object-id", AN_OID.upper(), "--directory", HARROW_VALE]

    call_command("person", "add", tenant.slug, *said)

    assert (Person.objects.get().directory_id, Person.objects.get().object_id) == (HARROW_VALE, AN_OID)


@pytest.mark.parametrize("said", [["nobody", "x"], [HARROW_VALE, "x"], ["x", AN_OID]])
def test_the_command_joins_no_account_that_is_none(said: list[str], ada: Person) -> None:
    with pytest.raises(CommandError):
        call_command("person", "link-microsoft", ada.email, *said)


def test_the_command_moves_an_account_over(client: Client, ada: Person) -> None:
    client.post("/sign-in/", {"username": ada.email, "password": PASSWORD})

    call_command("person", "link-microsoft", "ADA@harrow.test", HARROW_VALE, AN_OID)

    ada.refresh_from_db()
    assert (ada.object_id, ada.has_usable_password()) == (AN_OID, False)
    assert client.get("/account/").status_code == 302


def test_who_came_through_microsoft_is_given_no_password(
    client: Client, administrator: Person, author: Person, settings: Settings
) -> None:
    """Or an administrator could sign in, and approve, as them."""
    actions.link_microsoft(author, HARROW_VALE, AN_OID)

    with pytest.raises(Invalid, match="signs in through Microsoft"):
        actions.make_link(author, by=administrator)
