"""Each forgery is what it says, seen by a client that verifies as it should."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.sandbox.identity.cast import HARROW_VALE, ORIGIN, SECRET
from portal.sandbox.identity.forgeries import ELSEWHERE
from tests.portal.sandbox.signing_in import CLIENT, TID, brought, code_of
from tests.portal.sandbox.test_identity_tokens import keys_of, verified

REQUIRED = ["exp", "iat", "nbf", "aud", "iss", "oid", "tid", "auth_time", "nonce"]


def id_token(signing, *forgeries, who="Ada Ames"):
    signing.identity.forge(list(forgeries))
    return signing.tokens(who, "openid")["id_token"]


def unverified(token):
    return jwt.decode(token, options={"verify_signature": False})


@pytest.mark.parametrize(
    ("forgery", "error"),
    [
        ({"forge": "issuer"}, jwt.InvalidIssuerError),
        ({"forge": "audience"}, jwt.InvalidAudienceError),
        ({"forge": "signature"}, jwt.InvalidSignatureError),
        ({"forge": "kid"}, KeyError),
        ({"forge": "expired", "seconds": 1}, jwt.ExpiredSignatureError),
        ({"forge": "early", "seconds": 60}, jwt.ImmatureSignatureError),
    ],
)
def test_forged_token_does_not_verify(signing, forgery, error):
    token = id_token(signing, forgery)

    with pytest.raises(error):
        verified(signing, token)


def test_none_has_no_signature(signing):
    token = id_token(signing, {"forge": "none"})

    assert jwt.get_unverified_header(token)["alg"] == "none"
    assert token.endswith(".")
    assert unverified(token)["name"] == "Ada Ames"


def test_public_key_as_secret_would_verify_for_who_trusts_the_header(signing):
    token = id_token(signing, {"forge": "public_key_as_secret"})

    header = jwt.get_unverified_header(token)
    key = keys_of(signing)[header["kid"]].key
    secret = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, _, signature = token.rpartition(".")
    made = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(head.encode(), secret)
    assert header["alg"] == "HS256"
    assert jwt.utils.base64url_decode(signature) == made


@pytest.mark.parametrize(
    ("forgery", "claim", "value"),
    [
        ({"forge": "directory"}, "tid", ELSEWHERE),
        ({"forge": "directory", "value": TID}, "tid", TID),
        ({"forge": "nonce"}, "nonce", "another-nonce"),
        ({"forge": "claim", "name": "amr", "value": ["pwd"]}, "amr", ["pwd"]),
        ({"forge": "without", "name": "oid"}, "oid", None),
        ({"forge": "without", "name": "tid"}, "tid", None),
        ({"forge": "without", "name": "auth_time"}, "auth_time", None),
        ({"forge": "person", "person": "ben@harrowvale.example"}, "preferred_username", "ben@harrowvale.example"),
    ],
)
def test_forged_claim_is_signed_all_the_same(signing, forgery, claim, value):
    token = id_token(signing, forgery)

    assert verified(signing, token).get(claim) == value


def test_stale_is_so_many_seconds_old(signing):
    said = verified(signing, id_token(signing, {"forge": "stale", "seconds": 360}))

    assert said["iat"] - said["auth_time"] == 360
    assert abs(said["iat"] - time.time()) < 5


def test_forged_person_has_the_roles_that_go_with_it(signing):
    said = verified(signing, id_token(signing, {"forge": "person", "person": "ben@harrowvale.example"}))

    assert (said["name"], said["roles"]) == ("Ben Birch", ["approver"])


def test_forgeries_are_of_the_id_token_unless_told(signing):
    signing.identity.forge([{"forge": "issuer"}, {"forge": "without", "name": "tid", "on": "both"}])
    tokens = signing.tokens("Ada Ames", "openid")

    own, access = unverified(tokens["id_token"]), unverified(tokens["access_token"])
    assert (own["iss"], access["iss"]) == (f"{ORIGIN}/{ELSEWHERE}/v2.0", f"{ORIGIN}/{HARROW_VALE.id}/v2.0")
    assert ("tid" in own, "tid" in access) == (False, False)


def test_forgeries_stop_after_so_many(signing):
    signing.identity.forge([{"forge": "issuer", "times": 1}])

    found = [unverified(signing.tokens("Ada Ames", "openid", max_age="0")["id_token"]) for _ in range(2)]

    assert [said["iss"].split("/")[3] for said in found] == [ELSEWHERE, TID]
    assert signing.identity.forgeries() == [{"forge": "issuer", "times": 1, "done": 1}]


def test_state_comes_back_altered(signing):
    signing.identity.forge([{"forge": "state", "times": 1}])

    states = [signing.browser.sign_in(signing.authorize(max_age="0"), "Ada Ames")["state"] for _ in range(2)]

    assert states == ["another-state", "s-1"]


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "issuer", "authorization_endpoint"])
def test_discovery_names_another_host(signing, name):
    url = f"{ORIGIN}/{TID}/v2.0/.well-known/openid-configuration"
    true = signing.session.get(url, timeout=5).json()

    signing.identity.forge([{"forge": "discovery", "name": name, "value": "https://evil.invalid/x"}])

    assert signing.session.get(url, timeout=5).json() == true | {name: "https://evil.invalid/x"}


def test_refusals_are_written_on_request(signing):
    refused = {"forge": "refused", "error": "interaction_required", "code": 50076, "suberror": "basic_action"}
    code = signing.code("Ada Ames")
    signing.identity.forge([{**refused, "times": 1}, {**refused, "endpoint": "authorize", "times": 1}])

    body, back = signing.redeem(code).json(), brought(signing.authorize())

    assert (body["error"], code_of(body), body["suberror"]) == ("interaction_required", 50076, "basic_action")
    assert (back["error"], code_of(back), back["state"]) == ("interaction_required", 50076, "s-1")
    assert signing.redeem(code).status_code == 200


def test_keys_rotate_and_the_old_ones_stay_published(signing):
    before = id_token(signing)

    signing.identity.rotate_keys()
    after = signing.tokens("Ada Ames", "openid")["id_token"]

    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    assert verified(signing, before)["oid"] == verified(signing, after)["oid"]


def test_keys_that_are_forgotten_verify_nothing(signing):
    before = id_token(signing)

    (left,) = signing.identity.rotate_keys(forget=True)

    assert list(keys_of(signing)) == [left]
    with pytest.raises(KeyError):
        verified(signing, before)


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"effect": "throttle", "retry_after": 7}, 429),
        ({"effect": "status", "status": 503, "retry_after": 7}, 503),
        ({"effect": "redirect", "location": "https://evil.invalid/"}, 302),
    ],
)
def test_fault_rules_reach_the_sign_in_where_they_name_it(signing, rule, status):
    code = signing.code()
    signing.sandbox.faults([{**rule, "host": "sign-in", "path": "/token$", "times": 1}])
    url = f"{ORIGIN}/{TID}/oauth2/v2.0/token"

    answer = signing.session.post(url, allow_redirects=False, timeout=5)

    assert answer.status_code == status
    assert status == 302 or answer.headers["Retry-After"] == "7"
    assert status == 302 or code_of(answer.json()) == 90033
    assert signing.redeem(code).status_code == 200
    assert signing.identity.asked()["token"] == 2


def test_fault_rules_hold_the_sign_in_back(signing):
    signing.sandbox.faults([{"effect": "latency", "ms": 150, "host": "sign-in"}])

    began = time.monotonic()
    signing.session.get(f"{ORIGIN}/{TID}/discovery/v2.0/keys", timeout=5)

    assert time.monotonic() - began > 0.14


def test_fault_rules_are_about_graph_unless_told(signing):
    signing.sandbox.faults([{"effect": "throttle"}])

    assert signing.session.get(f"{ORIGIN}/{TID}/discovery/v2.0/keys", timeout=5).status_code == 200
    assert signing.graph("GET", "labels/retentionLabels", "sandbox").status_code == 429


@pytest.mark.parametrize(
    "sources",
    [
        [{"forge": "explode"}],
        [{}],
        [{"forge": "issuer", "of": 1}],
        [{"forge": "issuer", "draft": 1}],
        [{"forge": "issuer", "times": "1"}],
        [{"forge": "issuer", "on": "refresh"}],
        [{"forge": "state", "on": "id"}],
        [{"forge": "without"}],
        [{"forge": "person", "person": "nobody@harrowvale.example"}],
        [1],
        {},
    ],
)
def test_forgeries_that_make_no_sense_leave_the_old_ones(ask, sources):
    ask("POST", "/sandbox/identity/forgeries", [{"forge": "issuer"}])

    assert ask("POST", "/sandbox/identity/forgeries", sources).status_code == 400
    assert ask("GET", "/sandbox/identity/forgeries").json() == [{"forge": "issuer", "done": 0}]
    assert ask("DELETE", "/sandbox/identity/forgeries").json() == []


def test_nothing_is_forged_by_itself(signing):
    said = verified(signing, id_token(signing))

    assert set(REQUIRED) <= set(said)
    assert (said["aud"], said["tid"], SECRET in str(said)) == (CLIENT, TID, False)
