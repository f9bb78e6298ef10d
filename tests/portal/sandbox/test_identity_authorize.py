import time
from urllib.parse import urlencode, urlsplit

import jwt
import pytest
import requests

from portal.sandbox.identity.cast import CLIENT_IDS, NORTH_QUAY
from tests.portal.sandbox.signing_in import BACK, CLIENT, TID, brought, code_of

CLOUDS = ["https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us"]
WRITE = "RecordsManagement.ReadWrite.All"


def said(tokens):
    return jwt.decode(tokens["id_token"], options={"verify_signature": False})


def test_authorize_lets_choose_who_it_is(signing):
    page = signing.authorize()

    assert page.status_code == 200
    assert "Sign in to Fileplan" in page.text
    assert "This is the sandbox’s stand-in for Microsoft’s sign-in. It asks for no password" in page.text
    assert "Ada Ames" in page.text
    assert "Olga Orr" not in page.text


def test_authorize_through_organizations_shows_both_directories(signing):
    page = signing.authorize(directory="organizations")

    assert (
        page.text.index("<h2>Harrow Vale</h2>") < page.text.index("Ada Ames") < page.text.index("<h2>North Quay</h2>")
    )
    assert "Olga Orr" in page.text


def test_authorize_brings_back_code_and_state(signing):
    back = signing.browser.sign_in(signing.authorize(client_info="1"), "Ada Ames")

    assert set(back) == {"code", "state", "session_state", "client_info"}
    assert back["state"] == "s-1"


def test_authorize_keeps_what_the_redirect_uri_asks(signing):
    answer = signing.browser.press(signing.authorize(redirect_uri=f"{BACK}?to=a%26b"), "Ada Ames")

    assert answer.headers["Location"].startswith(f"{BACK}?to=a%26b&code=")


def test_pages_are_strict_and_lead_back_to_the_app_alone(signing):
    answer = signing.authorize()

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'" in policy
    assert policy.endswith("form-action 'self' http://127.0.0.1:8000")
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    style = signing.browser.open(f"{signing.sandbox.root}/common/oauth2/style.css")
    assert (style.status_code, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


def test_pages_show_names_as_they_are(signing):
    signing.identity.person("eve@harrowvale.example", directory=TID, name="<b>Eve</b>")

    assert "&lt;b&gt;Eve&lt;/b&gt;" in signing.authorize().text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": None}, 900144),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, 700016),
        ({"redirect_uri": None}, 900144),
        ({"redirect_uri": "https://127.0.0.1:8000/signed-in/"}, 50011),
        ({"redirect_uri": "http://evil.test/"}, 50011),
        ({"redirect_uri": "http://127.0.0.1.evil.test/"}, 50011),
        ({"redirect_uri": "http://127.0.0.1@evil.test/"}, 50011),
        ({"redirect_uri": "http://somebody@127.0.0.1:8000/"}, 50011),
        ({"redirect_uri": "http://127.0.0.1:8000/\r\nX:y"}, 50011),
        ({"redirect_uri": "http://127.0.0.1:8000;form-action *"}, 50011),
        ({"redirect_uri": "http://evil.test\\@127.0.0.1/"}, 50011),
        ({"redirect_uri": "http://127.0.0.1:8000/#x"}, 50011),
        ({"redirect_uri": "http://127.0.0.1:port/"}, 50011),
        ({"redirect_uri": "javascript:alert(1)"}, 50011),
        ({"directory": "00000000-0000-4000-8000-000000000000"}, 90002),
        ({"state": ["a", "b"]}, 9002313),
    ],
)
def test_authorize_shows_a_refusal_where_nobody_may_be_sent(signing, changes, code):
    answer = signing.authorize(**changes)

    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert f"AADSTS{code}" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:9999", "localhost", "[::1]:8000"])
def test_authorize_knows_any_address_of_this_machine(signing, host):
    assert signing.authorize(redirect_uri=f"http://{host}/anything?goes=1").status_code == 200


def test_authorize_takes_registered_addresses_as_they_stand(signing):
    app = signing.identity.register(directory=TID, redirect_uris=["https://fileplan.example/in/"])
    allowed, longer, loopback = (
        signing.authorize(client_id=app["client_id"], redirect_uri=url)
        for url in ("https://fileplan.example/in/", "https://fileplan.example/in/x", BACK)
    )

    assert [answer.status_code for answer in (allowed, longer, loopback)] == [200, 400, 400]


def test_authorize_knows_an_app_in_its_directory_unless_it_is_for_several(signing):
    alone = signing.identity.register(directory=TID, any_loopback=True)["client_id"]

    asked = [("organizations", alone), (NORTH_QUAY.id, alone), (TID, alone), (NORTH_QUAY.id, CLIENT)]
    answers = [signing.authorize(directory=directory, client_id=id) for directory, id in asked]

    assert [answer.status_code for answer in answers] == [400, 400, 200, 200]
    assert "AADSTS50194" in answers[0].text


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"response_type": "token"}, "unsupported_response_type", 700054),
        ({"response_type": None}, "invalid_request", 900144),
        ({"response_mode": "fragment"}, "invalid_request", 70007),
        ({"scope": None}, "invalid_request", 900144),
        ({"scope": "Files.Read.All"}, "invalid_client", 650053),
        ({"scope": f"https://evil.test/{WRITE}"}, "invalid_client", 650053),
        ({"scope": f"https://graph.microsoft.com/{WRITE} https://graph.microsoft.us/{WRITE}"}, "invalid_scope", 70011),
        ({"code_challenge": None}, "invalid_request", 9002325),
        ({"code_challenge": "short"}, "invalid_request", 501491),
        ({"code_challenge_method": None}, "invalid_request", 501491),
        ({"code_challenge_method": "plain"}, "invalid_request", 501491),
        ({"prompt": "silent"}, "invalid_request", 90023),
        ({"max_age": "-1"}, "invalid_request", 9002313),
        ({"prompt": "none"}, "login_required", 50058),
    ],
)
def test_authorize_sends_a_refusal_back(signing, changes, error, code):
    back = brought(signing.authorize(**changes))

    assert (back["error"], back["state"], code_of(back)) == (error, "s-1", code)
    assert "code" not in back


def test_cancelling_is_a_refusal(signing):
    back = brought(signing.browser.press(signing.authorize(), "Cancel"))

    assert (back["error"], back["error_subcode"], back["state"]) == ("access_denied", "cancel", "s-1")


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({}, False),
        ({"prompt": "none"}, False),
        ({"max_age": "600"}, False),
        ({"login_hint": "ADA@harrowvale.example"}, False),
        ({"max_age": "0"}, True),
        ({"prompt": "login"}, True),
        ({"prompt": "select_account"}, True),
        ({"login_hint": "ben@harrowvale.example"}, True),
        ({"directory": NORTH_QUAY.id}, True),
    ],
)
def test_second_sign_in_asks_where_it_has_to(signing, changes, asks):
    signing.code("Ada Ames")

    assert (signing.authorize(**changes).status_code == 200) == asks


@pytest.mark.parametrize("changes", [{"max_age": "0"}, {"login_hint": "ben@harrowvale.example"}])
def test_silent_sign_in_never_asks(signing, changes):
    signing.code("Ada Ames")

    assert brought(signing.authorize(prompt="none", **changes))["error"] == "login_required"


def test_login_hint_stands_first(signing):
    page = signing.authorize(login_hint="cleo@harrowvale.example").text

    assert page.index("Cleo Cross") < page.index("Ada Ames")


def test_auth_time_says_when_somebody_was_asked(signing, monkeypatch):
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now - 600)
    signing.code("Ada Ames")
    monkeypatch.setattr("time.time", lambda: now)

    remembered = said(signing.redeem(brought(signing.authorize())["code"]).json())
    asked_again = said(signing.tokens("Ada Ames", "openid", max_age="0"))

    assert int(now) - remembered["auth_time"] == 600
    assert int(now) - asked_again["auth_time"] == 0


def test_another_browser_knows_nobody(signing):
    signing.code("Ada Ames")
    signing.browser.session.cookies.clear()

    assert signing.authorize().status_code == 200


def test_sessions_end_when_they_are_revoked(signing):
    signing.code("Ada Ames")

    signing.identity.revoke("session", person="ben@harrowvale.example")
    kept = signing.authorize().status_code
    signing.identity.revoke("session", person="ada@harrowvale.example")

    assert (kept, signing.authorize().status_code) == (302, 200)


def test_person_of_elsewhere_is_not_taken(signing):
    page = signing.authorize()
    olga = signing.identity.person("olga@northquay.example")["oid"]
    posted = requests.post(page.url, data={"person": olga}, allow_redirects=False, timeout=5)

    assert code_of(brought(posted)) == 50020


def test_person_in_the_address_is_not_taken(signing):
    ada = signing.identity.person("ada@harrowvale.example")["oid"]

    assert signing.authorize(person=ada).status_code == 200


def test_disabled_person_is_refused(signing):
    signing.identity.person("ada@harrowvale.example", is_enabled=False)

    assert code_of(brought(signing.browser.press(signing.authorize(), "Ada Ames"))) == 50057


def test_request_may_be_posted(signing):
    asked = signing.authorize().url
    page = signing.browser.session.post(
        asked.partition("?")[0],
        data=urlsplit(asked).query.encode(),
        timeout=5,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert brought(signing.browser.press(page, "Ada Ames"))["state"] == "s-1"


def test_consent_is_asked_once_for_everybody(signing):
    page = signing.browser.press(signing.authorize(scope=f"openid {signing.write}"), "Eli Earl")
    assert page.status_code == 200
    assert "Read and change retention labels" in page.text

    first = brought(signing.browser.press(page, "Accept"))
    signing.browser.session.cookies.clear()
    second = brought(signing.browser.press(signing.authorize(scope=f"openid {signing.write}"), "Ada Ames"))

    assert set(first) == set(second) == {"code", "state", "session_state"}


def test_consent_counts_for_its_app_and_directory(signing):
    signing.identity.consent(CLIENT, TID, [WRITE])

    olga = signing.authorize(directory=NORTH_QUAY.id, client_id=CLIENT_IDS[NORTH_QUAY.id], scope=WRITE)
    here = signing.authorize(client_id=CLIENT_IDS[NORTH_QUAY.id], scope=WRITE)

    assert "asked to allow" in signing.browser.press(olga, "Olga Orr").text
    assert "asked to allow" in signing.browser.press(here, "Eli Earl").text


def test_consent_that_is_declined_is_a_refusal(signing):
    page = signing.browser.press(signing.authorize(scope=WRITE), "Eli Earl")

    back = brought(signing.browser.press(page, "Cancel"))

    assert (back["error"], code_of(back)) == ("access_denied", 65004)
    assert signing.identity.show()["consents"] == {}


def test_consent_is_not_for_everybody_to_give(signing):
    back = brought(signing.browser.press(signing.authorize(scope=WRITE), "Ada Ames"))

    assert (back["error"], code_of(back)) == ("consent_required", 65001)


def test_consent_cannot_be_posted_past_the_page(signing):
    ada = signing.identity.person("ada@harrowvale.example")["oid"]
    url = signing.authorize(scope=WRITE).url

    answer = requests.post(url, data={"person": ada, "consent": "accept"}, allow_redirects=False, timeout=5)

    assert code_of(brought(answer)) == 65001
    assert signing.identity.show()["consents"] == {}


def test_consent_is_asked_anew_when_it_was_withdrawn_or_is_wanted(signing):
    signing.code("Eli Earl", scope=WRITE)
    wanted = signing.authorize(scope=WRITE, prompt="consent")
    silent = signing.authorize(scope=WRITE, prompt="none")

    signing.identity.revoke("consent", client_id=CLIENT)
    withdrawn = signing.authorize(scope=WRITE)
    refused = signing.authorize(scope=WRITE, prompt="none")

    assert [one.status_code for one in (wanted, silent, withdrawn)] == [200, 302, 200]
    assert brought(refused)["error"] == "consent_required"


def test_consent_is_no_new_sign_in(signing, monkeypatch):
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now - 600)
    page = signing.browser.press(signing.authorize(scope=f"openid {WRITE}"), "Eli Earl")
    monkeypatch.setattr("time.time", lambda: now)

    back = brought(signing.browser.press(page, "Accept"))

    assert int(now) - said(signing.redeem(back["code"]).json())["auth_time"] == 600


@pytest.mark.parametrize("root", [*CLOUDS, "http://localhost:<port>", ""])
def test_scopes_of_every_cloud_are_known(signing, root):
    signing.identity.consent(CLIENT, TID, [WRITE])
    root = root.replace("<port>", str(urlsplit(signing.sandbox.root).port))
    scope = f"{root}/{WRITE}" if root else WRITE

    tokens = signing.tokens("Ada Ames", scope)

    access = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert (access["aud"], access["scp"]) == (root or "00000003-0000-0000-c000-000000000000", WRITE)
    assert tokens["scope"] == scope


def test_logout_forgets_and_leads_back(signing):
    signing.code("Ada Ames")
    url = f"{signing.sandbox.root}/{TID}/oauth2/v2.0/logout"

    answer = signing.browser.open(url, post_logout_redirect_uri=BACK, state="s-2")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{BACK}?{urlencode({'state': 's-2'})}")
    assert signing.authorize().status_code == 200


def test_logout_leads_nowhere_else(signing):
    url = f"{signing.sandbox.root}/{TID}/oauth2/v2.0/logout"

    answer = signing.browser.open(url, post_logout_redirect_uri="https://evil.test/")

    assert (answer.status_code, "Location" in answer.headers) == (200, False)
    assert "You are signed out" in answer.text


def test_device_page_knows_no_other_code(signing):
    page = signing.browser.open(f"{signing.sandbox.root}/common/oauth2/deviceauth")

    answer = signing.browser.press(page, "Next", user_code="<b>")

    assert answer.status_code == 400
    assert "That code is not waiting for anybody" in answer.text
    assert 'value="&lt;B&gt;"' in answer.text
