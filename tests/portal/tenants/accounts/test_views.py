from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audit.models import Entry
from portal.graph.errors import Rejected
from portal.sandbox.identity.cast import CLIENT_IDS, HARROW_VALE, NORTH_QUAY
from portal.tenants import connection, pending
from portal.tenants.accounts.sealing import unseal
from portal.tenants.models import Account, Health, Membership, Role, Tenant
from tests.portal.graph.scripted import Server
from tests.portal.tenants.accounts.certs import pasted
from tests.portal.tenants.accounts.conftest import sign_in

IDS = {"directory_id": HARROW_VALE.id, "client_id": CLIENT_IDS[HARROW_VALE.id]}
NEW = {"name": "West Reach", "slug": "West-Reach", "cloud": "global", "domains": "westreach.example, west.example"}


@pytest.fixture
def visitor(signed_in, administrator):
    return signed_in(administrator)


def page(visitor, tenant, **asked):
    return visitor.get(f"/t/{tenant.slug}/connection/", asked)


def keep(visitor, tenant, **typed):
    return visitor.post(f"/t/{tenant.slug}/connection/registration/", IDS | typed)


def led(visitor) -> str:
    """The state that somebody who begins to sign in is sent to Microsoft with."""
    visitor.get("/t/harrow-vale/connection/connect/")
    return list(visitor.session[pending.CONNECT])[-1]


def test_a_tenant_is_added_and_administered_by_who_added_it(visitor, administrator):
    answer = visitor.post("/tenants/new/", NEW)

    made = Tenant.objects.get(slug="west-reach")
    assert answer["Location"] == "/t/west-reach/connection/"
    assert (made.cloud, made.domains) == ("global", ["westreach.example", "west.example"])
    assert Membership.objects.get(tenant=made).role == Role.ADMINISTRATOR
    assert list(Entry.objects.order_by("pk").values_list("verb", flat=True)) == ["tenant.added", "role.granted"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cloud": "china"}, "does not offer records management through Graph in the China cloud"),
        ({"slug": "harrow-vale"}, "Another tenant has this short name"),
        ({"domains": "west reach, not a domain!"}, "is no domain"),
        ({"cloud": "sandbox"}, "The sandbox must be on this machine"),
        ({"cloud": "sandbox", "sandbox_root": "http://evil.test"}, "The sandbox must be on this machine"),
        ({"sandbox_root": "http://127.0.0.1:8100"}, "Only a sandbox has an address of its own"),
    ],
)
def test_a_tenant_that_cannot_be_is_refused_and_nothing_typed_is_lost(visitor, typed, said):
    answer = visitor.post("/tenants/new/", NEW | typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="West Reach"' in answer.text
    assert Tenant.objects.count() == 1


def test_a_registration_is_kept_and_its_secret_never_shown(visitor, registered):
    keep(visitor, registered, secret="canary-client-secret", ends_on="2099-12-31")

    assert unseal(Account.objects.get().secret) == "canary-client-secret"
    assert "2099-12-31" in page(visitor, registered).text


def test_what_is_kept_stays_good_as_long_as_it_was(visitor, registered):
    keep(visitor, registered, secret="canary-client-secret", ends_on="2099-12-31")
    keep(visitor, registered)

    assert str(Account.objects.get().ends_on) == "2099-12-31"


def test_a_public_host_offers_no_sandbox(visitor, settings):
    settings.PRODUCTION = True

    assert 'value="sandbox"' not in visitor.get("/tenants/new/").text
    answer = visitor.post("/tenants/new/", NEW | {"cloud": "sandbox", "sandbox_root": "http://127.0.0.1:8100"})
    assert answer.status_code == 422


def test_a_certificate_is_kept_with_its_own_last_day(visitor, registered):
    keep(visitor, registered, pem=pasted(days=40), ends_on="2020-01-01")

    account = Account.objects.get()
    assert account.proves_itself_with == "certificate"
    assert account.ends_on == timezone.now().date() + timedelta(days=40)
    assert unseal(account.private_key).startswith("-----BEGIN PRIVATE KEY-----")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"directory_id": "harrowvale"}, "The directory id looks like"),
        ({"pem": "nothing of the kind", "secret": ""}, "Paste both"),
        ({"pem": pasted, "secret": "canary-client-secret"}, "either a secret or a certificate"),
        ({"ends_on": "2020-01-01", "secret": "canary-client-secret"}, "This day is over"),
        ({"secret": HARROW_VALE.id}, "Give its value"),
    ],
)
def test_a_registration_that_cannot_be_is_refused(visitor, registered, typed, said):
    kept = Account.objects.get().secret
    answer = keep(visitor, registered, **{name: value() if callable(value) else value for name, value in typed.items()})

    assert answer.status_code == 422
    assert said in answer.text
    assert "PRIVATE KEY" not in answer.text
    assert Account.objects.get().secret == kept


def test_nothing_to_prove_oneself_with_is_refused(visitor, tenant):
    connection.Connection.objects.create(tenant=tenant)

    assert "so that the portal can prove itself" in keep(visitor, tenant).text


def test_the_page_says_what_to_ask_the_microsoft_administrator_for(visitor, tenant):
    connection.Connection.objects.create(tenant=tenant)
    Tenant.objects.update(cloud="us_gov_l5", sandbox_root="", **IDS)
    text = page(visitor, tenant).text

    assert "http://testserver/connect/answer/" in text
    assert "https://dod-graph.microsoft.us/RecordsManagement.ReadWrite.All" in text
    assert f"https://login.microsoftonline.us/{HARROW_VALE.id}/v2.0/adminconsent?client_id=" in text
    assert "role group Records Management" in text


def test_signing_in_connects_the_account(visitor, registered):
    answer = sign_in(visitor, registered)

    assert answer["Location"].startswith("/t/harrow-vale/connection/?asked=")
    account = Account.objects.get()
    assert account.username == "fileplan-worker@harrowvale.example"
    assert account.may_write
    assert "The workers read and write as fileplan-worker@harrowvale.example" in page(visitor, registered).text


def test_a_sign_in_that_has_ended_is_not_called_connected(visitor, registered):
    sign_in(visitor, registered)
    connection.Connection.objects.update(
        health=Health.HELD, held_because="Revoked.", held_at=timezone.now(), has_lapsed=True
    )

    text = page(visitor, registered).text

    assert "Nothing is read or sent: the sign-in of fileplan-worker@harrowvale.example has ended." in text
    assert "The workers read and write as" not in text
    assert text.count('data-kind="main"') == 1


def test_held_pushes_are_told_where_the_connection_is_looked_at(visitor, registered, administrator):
    connection.Connection.objects.update(
        paused_by=administrator, paused_at=timezone.now(), paused_because="Legal looks first."
    )

    text = page(visitor, registered).text

    assert "All pushes are held." in text
    assert "Legal looks first." in text


def test_a_sign_in_is_finished_once(visitor, registered):
    brought = sign_in(visitor, registered).wsgi_request.GET.dict()

    again = visitor.get("/connect/answer/", brought)

    assert again.status_code == 409
    assert "This sign-in is over" in again.text
    assert "Open Connection and begin again." in again.text


def test_a_sign_in_that_took_longer_than_ten_minutes_is_over(visitor, registered, monkeypatch):
    state, now = led(visitor), timezone.now()
    monkeypatch.setattr(pending.timezone, "now", lambda: now + timedelta(minutes=10, seconds=1))

    answer = visitor.get("/connect/answer/", {"state": state, "code": "x"})

    assert (answer.status_code, "This sign-in is over" in answer.text) == (409, True)


def test_a_sign_in_in_another_tab_ends_none(visitor, registered):
    first = led(visitor)

    assert sign_in(visitor, registered)["Location"].startswith("/t/harrow-vale/connection/?asked=")
    assert list(visitor.session[pending.CONNECT]) == [first]


def test_the_answer_to_a_persons_sign_in_connects_nothing(visitor, registered):
    """Nor the other way round."""
    state = led(visitor)

    assert visitor.get("/sign-in/microsoft/answer/", {"state": state, "code": "x"}).status_code == 400
    assert list(visitor.session[pending.CONNECT]) == [state]


def test_who_is_no_longer_administrator_connects_nothing(visitor, registered, administrator):
    state = led(visitor)
    Membership.objects.filter(person=administrator).update(role=Role.AUDITOR)

    answer = visitor.get("/connect/answer/", {"code": "x", "state": state})

    assert answer.status_code == 403
    assert not Account.objects.get().is_connected


def refusal(visitor, answer) -> str:
    """What the page says that a refused sign-in leads to: nothing of it is left in an address."""
    assert answer["Location"] == "/t/harrow-vale/connection/"
    return visitor.get(answer["Location"]).text


@pytest.mark.parametrize(
    ("brought", "said"),
    [
        ({"error": "access_denied", "error_description": "The user cancelled."}, "it was cancelled"),
        ({"error": "consent_required", "error_description": "AADSTS65001: x"}, "Consent is missing"),
        ({"error": "server_error", "error_description": "<b>AADSTS90033</b>"}, "&lt;b&gt;AADSTS90033"),
        ({"code": "made-up"}, "took too long or was used already"),
    ],
)
def test_a_refusal_is_said_on_the_page_with_microsofts_words(visitor, registered, brought, said):
    answer = visitor.get("/connect/answer/", {"state": led(visitor), **brought})

    assert said in refusal(visitor, answer)
    assert said not in page(visitor, registered).text
    assert not Account.objects.get().is_connected


def test_another_state_is_refused_and_ends_no_sign_in_under_way(visitor, registered):
    state = led(visitor)

    answer = visitor.get("/connect/answer/", {"state": "another", "code": "x"})

    assert answer.status_code == 409
    assert "began in another browser" in answer.text
    assert list(visitor.session[pending.CONNECT]) == [state]


def test_a_registration_that_changed_meanwhile_is_not_signed_in_to(visitor, registered):
    state = led(visitor)
    Tenant.objects.update(client_id=NORTH_QUAY.id)

    answer = visitor.get("/connect/answer/", {"state": state, "code": "x"})

    assert "not what was asked for" in refusal(visitor, answer)


def test_no_other_site_begins_a_sign_in(visitor, registered):
    answer = visitor.get("/t/harrow-vale/connection/connect/", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 422
    assert pending.CONNECT not in visitor.session


def test_who_gave_consent_is_thanked_and_no_sign_in_is_lost(visitor, registered):
    state = led(visitor)

    assert "Consent was given" in visitor.get("/connect/answer/", {"admin_consent": "True", "tenant": "x"}).text
    assert "Consent was not given" in visitor.get(
        "/connect/answer/", {"admin_consent": "True", "error": "x", "error_description": "<i>No</i>"}
    ).text.replace("&lt;", "")
    assert list(visitor.session[pending.CONNECT]) == [state]


def test_an_account_of_another_directory_is_refused(visitor, registered, sandbox):
    sandbox.identity.forge([{"forge": "directory", "value": NORTH_QUAY.id}])

    answer = sign_in(visitor, registered)

    assert "not what was asked for" in refusal(visitor, answer)
    assert not Account.objects.get().is_connected


def test_a_sign_in_host_that_does_not_answer_is_said(visitor, registered, sandbox):
    sandbox.stop()

    assert "does not answer" in refusal(visitor, visitor.get("/t/harrow-vale/connection/connect/"))


def test_no_other_host_hears_of_the_sign_in(visitor, registered, sandbox):
    canary = Server()
    sandbox.identity.forge([{"forge": "discovery", "name": "token_endpoint", "value": f"{canary.root}/token"}])

    assert "Not connected" in refusal(visitor, visitor.get("/t/harrow-vale/connection/connect/"))
    assert canary.seen == []
    canary.close()


def test_forgetting_the_sign_in(visitor, connected):
    visitor.post("/t/harrow-vale/connection/disconnect/")

    assert not Account.objects.get().is_connected
    assert "Now sign in as the account" in page(visitor, connected).text


def test_a_lapse_stands_on_the_page_with_the_way_out(visitor, connected):
    connection.lapse(connected, Rejected("x", status=401, code="invalid_grant"))
    text = page(visitor, connected).text

    assert "The sign-in has ended." in text
    assert 'data-kind="main" href="/t/harrow-vale/connection/connect/"' in text


def test_a_check_is_waited_for_while_it_may_come(visitor, connected):
    now = int(timezone.now().timestamp())

    assert 'hx-trigger="every 2s"' in page(visitor, connected, asked=now).text
    assert "No worker has come to it yet" in page(visitor, connected, asked=now - 61).text
    Account.objects.update(checked_at=timezone.now(), checked=[{"what": "labels", "found": 3, "because": ""}])
    assert "Yes, 3 on the first page" in page(visitor, connected, asked=now).text
    assert 'hx-trigger="every 2s"' not in page(visitor, connected, asked=now).text


@pytest.mark.parametrize("who", ["author", "approver", "auditor"])
def test_everybody_sees_the_registration_and_no_form(connected, signed_in, request, who):
    text = page(signed_in(request.getfixturevalue(who)), connected).text

    assert HARROW_VALE.id in text
    assert '<input type="password"' not in text
    assert 'name="pem"' not in text
