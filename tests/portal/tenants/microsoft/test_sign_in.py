"""Signing in through Microsoft and its refusals (S6, S8, S15, S23), against the stand-in over HTTP."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from portal.audit.models import Entry
from portal.sandbox.server import Sandbox
from portal.sign_in import STAND_IN
from portal.tenants import pending
from portal.tenants.access import roles_of
from portal.tenants.models import Person, Role, Tenant
from tests.arriving import HARROW_VALE, NORTH_QUAY, Visit, asked, maps
from tests.factories import PASSWORD, make_person, make_tenant
from tests.portal.tenants.microsoft.conftest import Visitor


def told(verb: str) -> list[dict[str, object]]:
    return [json.loads(entry.body)["facts"] for entry in Entry.objects.filter(verb=verb).order_by("pk")]


def refused() -> list[object]:
    """The reasons of the refusals in the history."""
    return [facts.get("because") for facts in told("person.sign_in_refused")]


def test_a_first_sign_in_makes_the_person_with_the_role_of_the_directory(visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "author")

    answer = visit.signs_in("Ada Ames")

    person = Person.objects.get()
    assert (answer.status_code, answer["Location"], visit.person) == (302, "/", person)
    assert (person.name, person.email, person.directory_id) == ("Ada Ames", "ada@harrowvale.example", HARROW_VALE)
    assert not person.has_usable_password()
    assert roles_of(person, tenant) == {Role.AUTHOR}


def test_a_sign_in_is_told_with_its_factors_and_its_time(visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "author")

    visit.signs_in("Ada Ames")

    verbs = Entry.objects.exclude(verb="mapping.added").order_by("pk").values_list("chain__name", "verb")
    assert list(verbs) == [
        ("portal", "person.added"),
        ("portal", "person.signed_in"),
        (f"tenant-{tenant.pk}", "role.granted"),
    ]
    (facts,) = told("person.signed_in")
    assert (facts["method"], facts["amr"]) == ("microsoft", ["mfa", "pwd"])
    assert str(facts["auth_time"]).startswith(str(timezone.now().year))


def test_a_second_sign_in_finds_the_same_person(visitor: Visitor, tenant: Tenant) -> None:
    maps(tenant, "author")
    visitor().signs_in("Ada Ames")

    again = visitor()
    again.signs_in("Ada Ames")

    assert again.person == Person.objects.get()


def test_the_way_out_asks_for_state_nonce_and_pkce(visit: Visit) -> None:
    given = asked(visit.led_out())

    assert (given["response_type"], given["code_challenge_method"]) == ("code", "S256")
    assert all(given[name] for name in ("state", "nonce", "code_challenge"))
    assert "offline_access" not in given["scope"]


def test_the_session_gets_a_new_key(visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "author")
    brought = visit.brought()
    planted = visit.portal.session.session_key

    visit.back(brought)

    assert visit.portal.session.session_key != planted
    assert visit.portal.session["began"]


@pytest.mark.parametrize("target", ["//evil.test", "/\\evil.test", "https:evil", "javascript:alert(1)"])
def test_a_sign_in_leads_only_to_own_paths(target: str, visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "author")

    assert visit.signs_in(path=f"/sign-in/microsoft/?next={target}")["Location"] == "/"


def test_a_sign_in_leads_back_to_the_page_that_was_asked_for(visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "author")

    assert visit.signs_in(path="/sign-in/microsoft/?next=/account/")["Location"] == "/account/"
    assert visit.portal.get("/sign-in/microsoft/?next=/account/")["Location"] == "/account/"


def test_several_tabs_sign_in_at_the_same_time(visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "author")
    first = visit.brought("/sign-in/microsoft/?next=/account/")
    second = visit.brought("/sign-in/microsoft/?next=/t/harrow-vale/")

    assert visit.back(first)["Location"] == "/account/"
    assert visit.back(second)["Location"] == "/t/harrow-vale/"


def test_the_oldest_of_too_many_tabs_is_forgotten(visit: Visit) -> None:
    states = [asked(visit.led_out())["state"] for _tab in range(pending.MOST + 1)]

    assert set(visit.portal.session[pending.SIGN_IN]) == set(states[1:])


def test_an_answer_counts_once(visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "author")
    brought = visit.brought()
    visit.back(brought)

    again = visit.back(brought)

    assert again.status_code == 400
    assert "This sign-in is over" in again.content.decode()


def test_an_answer_of_another_browser_is_refused(visitor: Visitor, tenant: Tenant) -> None:
    maps(tenant, "author")
    brought = visitor().brought()
    victim = visitor()

    assert victim.back(brought).status_code == 400
    assert victim.person is None


def test_an_answer_after_ten_minutes_is_refused(visit: Visit, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    maps(tenant, "author")
    brought, now = visit.brought(), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=10, seconds=1))

    assert visit.back(brought).status_code == 400
    assert not Person.objects.exists()


def test_a_made_up_answer_writes_no_history(visit: Visit) -> None:
    assert visit.back({"state": "x", "code": "y"}).status_code == 400
    assert not Entry.objects.exists()


@pytest.mark.parametrize("garbage", ["eyJ1aWQiOiAx", "MQ", "W10", "%00"])
def test_what_else_an_answer_brings_is_not_read(garbage: str, visit: Visit, tenant: Tenant) -> None:
    """MSAL would read `client_info`, which anybody can write."""
    maps(tenant, "author")

    assert visit.back(visit.brought() | {"client_info": garbage}).status_code == 302


@pytest.mark.parametrize(
    ("error", "description", "reason", "words"),
    [
        ("access_denied", "AADSTS65004: declined", "cancelled", "You did not sign in"),
        ("consent_required", "AADSTS65001: x", "consent", "has not allowed this yet"),
        ("access_denied", "AADSTS90094: admin consent", "consent", "grant admin consent"),
        ("interaction_required", "AADSTS50076: canary-words", "refused", "Microsoft did not let you in"),
        ("unauthorized_client", "AADSTS700016: x", "registration", "not set up at Microsoft"),
    ],
)
def test_a_refusal_of_microsoft_has_a_page_and_a_reason(
    error: str, description: str, reason: str, words: str, visit: Visit
) -> None:
    state = asked(visit.led_out())["state"]

    answer = visit.back({"state": state, "error": error, "error_description": description})

    assert answer.status_code in (403, 503)
    assert words in answer.content.decode()
    assert refused() == [reason]
    assert "AADSTS" not in Entry.objects.get().body + answer.content.decode()


def test_who_cancels_at_microsoft_has_not_signed_in(visit: Visit) -> None:
    page = visit.browser.open(visit.led_out())
    answer = visit.browser.press(page, "Cancel")
    brought = visit.browser.sign_in(answer)

    assert "You did not sign in" in visit.back(brought).content.decode()
    assert refused() == ["cancelled"]


def test_nobody_of_another_directory_comes_in(visit: Visit, tenant: Tenant, settings: Settings) -> None:
    """The stand-in knows both; this installation lets in one, and asks any organisation for two."""
    somewhere = "11111111-2222-4333-8444-555555555555"
    settings.SIGN_IN = STAND_IN.__class__(**{**vars(STAND_IN), "directories": (HARROW_VALE, somewhere)})
    maps(tenant, "author", directory_id=NORTH_QUAY)

    answer = visit.signs_in("Olga Orr")

    assert answer.status_code == 403
    assert "belongs to an organisation that is not let in" in answer.content.decode()
    assert (refused(), Person.objects.count()) == (["directory"], 0)


def test_somebody_without_any_role_is_not_made(visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "approver")

    answer = visit.signs_in("Ada Ames")

    assert answer.status_code == 403
    assert "You have no role here yet" in answer.content.decode()
    assert (refused(), Person.objects.count()) == (["no_role"], 0)


def test_somebody_deactivated_is_refused(visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "author")
    visit.signs_in("Ada Ames")
    Person.objects.update(is_active=False)

    answer = visit.signs_in("Ada Ames")

    assert answer.status_code == 403
    assert "Your account is closed" in answer.content.decode()
    assert refused() == ["disabled"]
    assert visit.person is None


def test_nobody_is_joined_by_an_address(visit: Visit, tenant: Tenant) -> None:
    """S8: somebody else, or an administrator of the directory, may have chosen that address."""
    maps(tenant, "author")
    local = make_person(Role.ADMINISTRATOR, tenant=tenant, email="ADA@harrowvale.example", password=PASSWORD)

    answer = visit.signs_in("Ada Ames")

    local.refresh_from_db()
    assert answer.status_code == 403
    assert "Your address belongs to another account" in answer.content.decode()
    assert (refused(), Person.objects.count(), local.object_id) == (["address_taken"], 1, "")


@pytest.mark.parametrize("rule", [{"effect": "status", "status": 503}, {"effect": "refuse"}])
def test_microsoft_may_be_away(rule: dict[str, object], visit: Visit, tenant: Tenant, sandbox: Sandbox) -> None:
    maps(tenant, "author")
    brought = visit.brought()
    sandbox.faults([{"host": "sign-in", "path": "/token$", **rule}])

    answer = visit.back(brought)

    assert answer.status_code == 503
    assert "Try again in a minute" in answer.content.decode()


def test_microsoft_may_be_away_from_the_start(client: object, db: None, settings: Settings) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"

    answer = Visit().portal.get("/sign-in/microsoft/")

    assert answer.status_code == 503
    assert "Microsoft does not answer" in answer.content.decode()


def test_the_stand_in_lets_nobody_in_beside_a_tenant_of_microsofts(visit: Visit, tenant: Tenant) -> None:
    maps(tenant, "author")
    visit.signs_in("Ada Ames")

    make_tenant(cloud="global", sandbox_root="")

    assert visit.person is None
    assert visit.portal.get("/sign-in/microsoft/").status_code == 404
    assert "Sign in with Microsoft" not in visit.portal.get("/sign-in/").content.decode()


def test_a_session_ends_when_its_directory_is_let_in_no_longer(
    visit: Visit, tenant: Tenant, settings: Settings
) -> None:
    maps(tenant, "author")
    visit.signs_in("Ada Ames")

    settings.SIGN_IN = STAND_IN.__class__(**{**vars(STAND_IN), "directories": (NORTH_QUAY,)})

    assert visit.person is None


def test_signing_out_offers_to_leave_microsoft_too(visit: Visit, tenant: Tenant, sandbox: Sandbox) -> None:
    maps(tenant, "author")
    visit.signs_in("Ada Ames")

    answer = visit.portal.post("/sign-out/", follow=True)
    page = answer.content.decode()

    assert "You are signed out" in page
    assert f"{sandbox.root}/organizations/oauth2/v2.0/logout?post_logout_redirect_uri=" in page
    assert visit.person is None
    assert Entry.objects.order_by("pk").last().verb == "person.signed_out"


@pytest.mark.parametrize(("query", "chooses"), [("", False), ("?choose=1", True), ("?left=microsoft", True)])
def test_who_left_or_was_refused_chooses_an_account(query: str, chooses: bool, visit: Visit) -> None:
    """Or Microsoft would bring the same one back, whatever they want."""
    page = visit.portal.get(f"/sign-in/{query}").content.decode()
    way = re.search(r'href="(/sign-in/microsoft/[^"]*)"', page)

    assert way is not None
    assert ("prompt=select_account" in visit.led_out(way[1].replace("&amp;", "&"))) == chooses


def test_the_page_leads_with_microsoft(visit: Visit) -> None:
    page = visit.portal.get("/sign-in/?next=/t/harrow-vale/labels/%3Fq%3Da").content.decode()

    assert 'href="/sign-in/microsoft/?next=%2Ft%2Fharrow-vale%2Flabels%2F%3Fq%3Da"' in page
    assert page.count('data-kind="main"') == 1
    assert 'class="button" data-kind="main" href="/sign-in/microsoft/' in page
    assert 'name="password"' in page
