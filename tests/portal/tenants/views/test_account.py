import pytest
from django.test import Client

from portal.audit.models import Entry
from portal.tenants.models import Person, Role, Tenant
from tests.factories import PASSWORD, make_person

NEW = "a wholly different phrase"


@pytest.fixture
def ada(tenant: Tenant) -> Person:
    return make_person(Role.AUTHOR, tenant=tenant, name="Ada", email="ada@harrow.test", password=PASSWORD)


@pytest.fixture
def at_home(client: Client, ada: Person) -> Client:
    client.force_login(ada)
    return client


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize("keys", ["on", "off"])
def test_look_is_kept_in_the_browser(theme: str, keys: str, at_home: Client) -> None:
    response = at_home.post("/account/look/", {"theme": theme, "keys": keys})

    assert response["Location"] == "/account/"
    assert (response.cookies["theme"].value, response.cookies["keys"].value) == (theme, keys)
    assert response.cookies["theme"]["samesite"] == "Lax"


@pytest.mark.parametrize(("theme", "keys"), [("pink", "on"), ("light", "maybe"), ("", "")])
def test_look_refuses_what_there_is_not(theme: str, keys: str, at_home: Client) -> None:
    response = at_home.post("/account/look/", {"theme": theme, "keys": keys})

    assert response.status_code == 422
    assert "theme" not in response.cookies


def test_password_ends_the_other_sessions_and_keeps_this_one(at_home: Client, ada: Person) -> None:
    elsewhere = Client()
    elsewhere.force_login(ada)

    response = at_home.post("/account/password/", {"present_password": PASSWORD, "new_password": NEW})

    assert response.status_code == 302
    assert at_home.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert Person.objects.get(pk=ada.pk).check_password(NEW)
    assert [entry.verb for entry in Entry.objects.all()] == ["person.password_changed"]


@pytest.mark.parametrize(
    ("present", "new"), [("wrong", NEW), (PASSWORD, "short"), (PASSWORD, "password1234"), ("", "")]
)
def test_password_refuses_what_is_wrong(present: str, new: str, at_home: Client, ada: Person) -> None:
    response = at_home.post("/account/password/", {"present_password": present, "new_password": new})

    assert response.status_code == 422
    assert Person.objects.get(pk=ada.pk).check_password(PASSWORD)
    assert not Entry.objects.exists()
