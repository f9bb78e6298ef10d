import time

import jwt
import pytest

from portal.sandbox.identity.cast import NORTH_QUAY, ORIGIN, SECRET
from portal.sandbox.options import Options
from tests.portal.sandbox.signing_in import BACK, CLIENT, TID, VERIFIER, code_of

OFFLINE = "openid profile offline_access"


def keys_of(signing):
    """As a client verifies: the published keys, by id."""
    published = signing.session.get(f"{ORIGIN}/{TID}/discovery/v2.0/keys", timeout=5).json()["keys"]
    return {key["kid"]: jwt.PyJWK(key) for key in published}


def verified(signing, token, audience=CLIENT):
    key = keys_of(signing)[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=f"{ORIGIN}/{TID}/v2.0")


def test_id_token_says_who_it_is(signing):
    said = verified(signing, signing.tokens("Ada Ames")["id_token"])

    ada = signing.identity.person("ada@harrowvale.example")
    assert said | {"oid": ada["oid"], "tid": TID, "ver": "2.0", "nonce": "n-1", "amr": ["pwd", "mfa"]} == said
    assert said | {"name": "Ada Ames", "preferred_username": "ada@harrowvale.example"} == said
    assert (said["roles"], said["groups"]) == (["author"], ada["groups"])
    assert said["exp"] - said["iat"] == 3600
    assert abs(time.time() - said["auth_time"]) < 5
    assert said["sub"] not in (ada["oid"], "")


def test_id_token_of_somebody_in_many_groups_says_only_that_there_are_some(signing):
    said = verified(signing, signing.tokens("Greta Gale")["id_token"])

    assert "groups" not in said
    assert said["_claim_names"] == {"groups": "src1"}
    assert said["_claim_sources"]["src1"]["endpoint"].endswith(f"/users/{said['oid']}/getMemberObjects")


def test_answer_is_written_as_microsoft_writes_it(signing):
    answer = signing.redeem(signing.code(scope=OFFLINE), client_info="1")

    body = answer.json()
    assert set(body) == {
        "token_type",
        "scope",
        "expires_in",
        "ext_expires_in",
        "access_token",
        "refresh_token",
        "id_token",
        "client_info",
    }
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, "openid profile")
    assert answer.headers["Cache-Control"] == "no-store, no-cache"


@pytest.mark.parametrize(
    ("scope", "given"), [("profile", set()), ("openid", {"id_token"}), ("offline_access", {"refresh_token"})]
)
def test_answer_holds_what_was_asked_for(signing, scope, given):
    body = signing.tokens(scope=scope)

    assert set(body) & {"id_token", "refresh_token", "client_info"} == given


def test_lifetime_is_a_choice(signing):
    signing.sandbox.options = Options(token_seconds=7)

    body = signing.tokens()

    said = verified(signing, body["id_token"])
    assert (body["expires_in"], said["exp"] - said["iat"]) == (7, 7)


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant", 501481),
        ({"code_verifier": None}, "invalid_request", 900144),
        ({"redirect_uri": "http://127.0.0.1:8000/other/"}, "invalid_grant", 500112),
        ({"redirect_uri": None}, "invalid_request", 900144),
        ({"code": "1.made-up"}, "invalid_grant", 70000),
        ({"client_secret": "wrong"}, "invalid_client", 7000215),
        ({"client_secret": None}, "invalid_client", 7000218),
        ({"client_secret": None, "client_assertion": "x.y.z"}, "invalid_request", 900144),
        ({"grant_type": "password"}, "unsupported_grant_type", 70003),
        ({"grant_type": None}, "invalid_request", 900144),
        ({"directory": NORTH_QUAY.id}, "invalid_grant", 50020),
        ({"directory": "00000000-0000-4000-8000-000000000000"}, "invalid_request", 90002),
        ({"scope": "Files.Read.All"}, "invalid_client", 650053),
        ({"scope": "RecordsManagement.Read.All"}, "invalid_grant", 65001),
    ],
)
def test_code_is_refused(signing, changes, error, code):
    given = {"code": signing.code(), "redirect_uri": BACK, "code_verifier": VERIFIER} | changes

    answer = signing.token(**given)

    body = answer.json()
    assert (body["error"], code_of(body), body["error_codes"]) == (error, code, [code])
    assert answer.status_code == (401 if error == "invalid_client" and code != 650053 else 400)


def test_code_is_good_once(signing):
    code = signing.code()
    first, second = signing.redeem(code), signing.redeem(code)

    assert (first.status_code, code_of(second.json())) == (200, 54005)


def test_code_that_met_a_wrong_verifier_is_spent(signing):
    code = signing.code()
    signing.token(code=code, redirect_uri=BACK, code_verifier="w" * 43)

    assert code_of(signing.redeem(code).json()) == 54005


def test_code_expires(signing):
    signing.sandbox.options = Options(code_seconds=0)

    body = signing.redeem(signing.code()).json()

    assert (body["error"], code_of(body)) == ("invalid_grant", 70008)


def test_code_is_for_its_app(signing):
    other = signing.identity.register(directory=TID, secret="other")["client_id"]

    body = signing.redeem(signing.code(), client_id=other, client_secret="other").json()

    assert (body["error"], code_of(body)) == ("invalid_grant", 70000)


def test_secret_expires(signing):
    signing.identity.revoke("secret", client_id=CLIENT)

    body = signing.redeem(signing.code()).json()

    assert (body["error"], code_of(body)) == ("invalid_client", 7000222)


def test_refresh_rotates_and_the_old_token_stays_good(signing):
    old = signing.tokens()["refresh_token"]

    new = signing.refresh(old)["refresh_token"]

    assert new != old
    assert "access_token" in signing.refresh(old)
    assert "access_token" in signing.refresh(new)


def test_refresh_keeps_the_time_of_the_sign_in(signing, monkeypatch):
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now - 600)
    token = signing.tokens()["refresh_token"]
    monkeypatch.setattr("time.time", lambda: now)

    said = verified(signing, signing.refresh(token)["id_token"])

    assert (int(now) - said["auth_time"], int(now) - said["iat"]) == (600, 0)
    assert "nonce" not in said


def test_refresh_token_expires(signing):
    signing.sandbox.options = Options(refresh_seconds=0)

    body = signing.refresh(signing.tokens()["refresh_token"])

    assert (body["error"], code_of(body)) == ("invalid_grant", 70008)


@pytest.mark.parametrize(
    ("what", "whose", "code"),
    [("refresh", "eli@harrowvale.example", 50173), ("refresh", "", 50173), ("refresh", "ada@harrowvale.example", 0)],
)
def test_refresh_token_is_revoked(signing, what, whose, code):
    token = signing.tokens()["refresh_token"]

    signing.identity.revoke(what, person=whose)

    body = signing.refresh(token)
    assert (code_of(body) if "error" in body else 0) == code


def test_refresh_starts_again_after_a_revocation(signing):
    signing.identity.revoke("refresh")

    assert "access_token" in signing.refresh(signing.tokens()["refresh_token"])


def test_refresh_ends_with_consent(signing):
    token = signing.tokens(scope=f"{OFFLINE} {signing.write}")["refresh_token"]

    signing.identity.revoke("consent", client_id=CLIENT)

    body = signing.refresh(token)
    assert (body["error"], body["suberror"], code_of(body)) == ("invalid_grant", "consent_required", 65001)


def test_refresh_ends_with_the_account(signing):
    token = signing.tokens()["refresh_token"]

    signing.identity.person("eli@harrowvale.example", is_enabled=False)

    assert code_of(signing.refresh(token)) == 50057


def test_refresh_of_a_secret_app_wants_the_secret(signing):
    token = signing.tokens()["refresh_token"]

    assert code_of(signing.refresh(token, client_secret=None)) == 7000218
    assert code_of(signing.refresh("1.made-up")) == 9002313


def test_default_is_what_was_consented_to(signing):
    signing.identity.consent(CLIENT, TID, ["RecordsManagement.Read.All"])

    body = signing.tokens("Ada Ames", f"{signing.sandbox.root}/.default")

    assert body["scope"].split() == [f"{signing.sandbox.root}/.default", signing.read]
    assert verified(signing, body["access_token"], signing.sandbox.root)["scp"] == "RecordsManagement.Read.All"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"scope": "openid"}, 1002012), ({"directory": "organizations"}, 50059), ({"client_secret": "wrong"}, 7000215)],
)
def test_client_credentials_are_refused(signing, changes, code):
    given = {"grant_type": "client_credentials", "scope": f"{signing.sandbox.root}/.default"} | changes

    assert code_of(signing.token(**given).json()) == code


def test_assertion_of_no_certificate_is_refused(signing):
    text = jwt.encode({"iss": CLIENT, "sub": CLIENT}, SECRET, algorithm="HS256")
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    body = signing.redeem(signing.code(), client_secret=None, client_assertion=text, client_assertion_type=kind).json()

    assert (body["error"], code_of(body)) == ("invalid_client", 700027)
