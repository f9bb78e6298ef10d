"""Signing in and out: new keys (S6), closed after too many tries (S7), and led on to own paths alone (S15)."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.audit.models import Entry
from portal.tenants import actions, throttle
from portal.tenants.models import Person, Role, Tenant
from tests.factories import PASSWORD, make_person


@pytest.fixture
def ada(tenant: Tenant) -> Person:
    return make_person(Role.AUTHOR, tenant=tenant, name="Ada", email="ada@harrow.test", password=PASSWORD)


def sign_in(client: Client, email: str = "ada@harrow.test", password: str = PASSWORD, **more: Any) -> HttpResponse:
    return client.post("/sign-in/", {"username": email, "password": password, **more})


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


def test_sign_in_lets_in_and_writes_one_entry(client: Client, ada: Person) -> None:
    response = sign_in(client, email="ADA@Harrow.test")

    assert (response.status_code, response["Location"], who(client)) == (302, "/", str(ada.pk))
    assert [(entry.chain.name, entry.verb, entry.actor) for entry in Entry.objects.all()] == [
        ("portal", "person.signed_in", ada)
    ]


def test_sign_in_gives_the_session_a_new_key(client: Client, ada: Person) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key

    sign_in(client)

    assert client.session.session_key != planted


@pytest.mark.parametrize("email", ["ada@harrow.test", "nobody@harrow.test"])
def test_sign_in_refuses_a_wrong_password_and_an_unknown_account_alike(email: str, client: Client, ada: Person) -> None:
    response = sign_in(client, email=email, password="wrong")

    assert (response.status_code, who(client)) == (422, None)
    assert "The e-mail address or the password is wrong." in response.content.decode()
    assert "What you typed is still here" not in response.content.decode()
    assert f'value="{email}"' in response.content.decode()
    assert "wrong</" not in Entry.objects.get().body
    assert verbs() == ["person.sign_in_refused"]


def test_sign_in_keeps_nothing_that_was_typed_for_an_unknown_account(client: Client, ada: Person) -> None:
    sign_in(client, email="my-secret-password@harrow.test", password="x")

    assert "my-secret-password" not in Entry.objects.get().body


def test_sign_in_hashes_a_password_for_an_unknown_account_too(
    client: Client, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    set_password = Person.set_password
    monkeypatch.setattr(Person, "set_password", lambda *given: hashed.append(1) or set_password(*given))

    sign_in(client, email="nobody@harrow.test", password="wrong")

    assert hashed == [1]


def test_sign_in_refuses_somebody_deactivated(client: Client, ada: Person) -> None:
    Person.objects.update(is_active=False)

    assert sign_in(client).status_code == 422


def test_sign_in_asks_for_what_is_missing(client: Client, ada: Person) -> None:
    response = client.post("/sign-in/", {"username": "ada@harrow.test"})

    assert response.status_code == 422
    assert verbs() == []


@pytest.mark.parametrize(
    "target", ["//evil.test", "/\\evil.test", "https:evil", "javascript:alert(1)", "https://evil.test/"]
)
def test_sign_in_leads_only_to_own_paths(target: str, client: Client, ada: Person) -> None:
    assert sign_in(client, next=target)["Location"] == "/"


def test_sign_in_leads_back_to_the_page_that_was_asked_for(client: Client, ada: Person) -> None:
    assert (
        'name="next" value="/t/harrow-vale/people/"'
        in client.get("/sign-in/?next=/t/harrow-vale/people/").content.decode()
    )
    assert sign_in(client, next="/t/harrow-vale/people/")["Location"] == "/t/harrow-vale/people/"


def test_sign_in_page_leads_on_when_signed_in(client: Client, ada: Person) -> None:
    client.force_login(ada)

    assert client.get("/sign-in/?next=/account/")["Location"] == "/account/"


def test_the_tenth_failed_try_closes_this_account_from_this_address_only(client: Client, ada: Person) -> None:
    tries = [sign_in(client, password="wrong").status_code for _try in range(12)]

    assert tries == [422] * 9 + [429] * 3
    assert sign_in(client).status_code == 429
    assert verbs() == ["person.sign_in_refused"] * 10
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere).status_code == 302


def test_a_closed_account_says_for_how_long(client: Client, ada: Person) -> None:
    responses = [sign_in(client, password="wrong") for _try in range(11)]

    for response in responses[9:]:
        assert response["Retry-After"] == "900"
        assert "closed for 15 minutes" in response.content.decode()


def test_other_accounts_may_try_from_an_address_where_one_is_closed(
    client: Client, ada: Person, tenant: Tenant
) -> None:
    make_person(Role.AUTHOR, tenant=tenant, email="ben@harrow.test", password=PASSWORD)
    for _try in range(10):
        sign_in(client, password="wrong")

    assert sign_in(client, email="ben@harrow.test").status_code == 302


def test_an_address_is_closed_that_tries_many_accounts(
    client: Client, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS_LIMIT", 3)
    for number in range(3):
        assert sign_in(client, email=f"guess{number}@harrow.test", password="x").status_code == 422

    assert sign_in(client).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302


def test_a_right_password_clears_the_tries(client: Client, ada: Person) -> None:
    for _round in range(3):
        for _try in range(9):
            sign_in(client, password="wrong")
        assert sign_in(client).status_code == 302


def test_sign_in_needs_the_token_of_the_form(ada: Person) -> None:
    assert sign_in(Client(enforce_csrf_checks=True)).status_code == 403


def test_sign_out_ends_the_session_and_writes_one_entry(client: Client, ada: Person) -> None:
    client.force_login(ada)

    response = client.post("/sign-out/")

    assert (response["Location"], who(client)) == ("/sign-in/?left=fileplan", None)
    assert "You are signed out" in client.get(response["Location"]).content.decode()
    assert verbs() == ["person.signed_out"]


def test_sign_out_is_no_link(client: Client, ada: Person) -> None:
    client.force_login(ada)

    assert client.get("/sign-out/").status_code == 405


def test_a_link_sets_a_password_once(client: Client, administrator: Person, author: Person) -> None:
    link = actions.make_link(author, by=administrator)
    assert "Ada Author" in client.get(link).content.decode()

    assert client.post(link, {"new_password": PASSWORD})["Location"] == "/sign-in/"

    assert client.get(link).status_code == 404
    assert client.post(link, {"new_password": "another one for me"}).status_code == 404
    assert sign_in(client, email=author.email).status_code == 302


@pytest.mark.parametrize("password", ["short", "password1234", "ada@harrow.test", ""])
def test_a_link_refuses_a_weak_password(password: str, client: Client, administrator: Person, author: Person) -> None:
    response = client.post(actions.make_link(author, by=administrator), {"new_password": password})

    assert response.status_code == 422
    assert not Person.objects.get(pk=author.pk).has_usable_password()


@pytest.mark.parametrize("link", ["/set-password/MQ/abc-def/", "/set-password/!/x/", "/set-password/OTk5OTk5/a-b/"])
@pytest.mark.django_db
def test_a_made_up_link_is_refused(link: str, client: Client) -> None:
    assert client.get(link).status_code == 404


def test_a_link_of_somebody_deactivated_is_refused(client: Client, administrator: Person, author: Person) -> None:
    link = actions.make_link(author, by=administrator)
    actions.deactivate(author, by=administrator)

    assert client.get(link).status_code == 404
