"""The real MSAL against the sandbox's stand-in for Microsoft's sign-in, over HTTP."""

import json
import threading
import time

import pytest

from portal.graph.clouds import WRITES
from portal.graph.errors import NotSent, Rejected
from portal.graph.identity import NOTHING, Certificate, Forged, Login, NotSignedIn, Registration
from portal.graph.identity.flows import scopes_of, without_memory
from portal.sandbox.identity.cast import CLIENT_IDS, HARROW_VALE, NORTH_QUAY
from tests.portal.graph.identity.conftest import BACK
from tests.portal.graph.scripted import Server, reply
from tests.portal.tenants.accounts.certs import certificate, key, pem

WORKER = "fileplan-worker@harrowvale.example"


def test_a_sign_in_tells_who_and_what_they_may(signing):
    answered = signing.signed_in()

    assert answered.claims.username == WORKER
    assert answered.claims.directory == HARROW_VALE.id
    assert WRITES in answered.scopes


def test_a_sign_in_of_people_asks_for_nothing_of_graph(signing):
    answered = signing.signed_in("Ada Ames", scopes=[])

    assert (answered.claims.name, answered.claims.roles) == ("Ada Ames", {"author"})
    assert answered.scopes == frozenset()
    assert not json.loads(answered.cache).get("RefreshToken")


def test_a_renewed_sign_in_tells_when_it_was(signing):
    signing.signed_in("Ada Ames", scopes=[])
    at = signing.signed_in("Ada Ames", scopes=[], max_age=0).claims.signed_in_at

    assert at is not None
    assert abs(time.time() - at) < 10


def test_people_of_several_directories_sign_in_at_one_address(signing):
    login = signing.login(directory="organizations")
    flow = login.begin([], BACK)
    claims = login.finish(flow, signing.answer(flow, "Olga Orr")).claims

    assert claims.directory == NORTH_QUAY.id


def test_a_kept_sign_in_gives_tokens_and_says_when_it_has_to_be_kept_anew(signing):
    kept = signing.signed_in().cache
    first = signing.login().refresh(kept, signing.scopes)
    anew = signing.login().refresh(kept, signing.scopes, anew=True)
    later = signing.login().refresh(anew.cache, signing.scopes)

    assert first.cache is None
    assert first.lasts > 3000
    assert anew.cache is not None
    assert anew.value != first.value
    assert later.value == anew.value


def test_a_certificate_proves_the_portal_as_well(signing, sandbox):
    sandbox.identity.register(
        directory=HARROW_VALE.id,
        client_id=CLIENT_IDS[HARROW_VALE.id],
        certificate=certificate(key()),
        any_loopback=True,
        permissions=["RecordsManagement.ReadWrite.All"],
    )
    proof = Certificate(pem(key()), certificate(key()))
    login = signing.login(credential=proof)
    flow = login.begin(signing.scopes, BACK)

    assert login.finish(flow, signing.answer(flow)).claims.username == WORKER


def test_a_code_typed_elsewhere_signs_in_without_a_secret(signing):
    login = signing.login(credential=NOTHING)
    flow = login.begin_device(signing.scopes)
    typed = threading.Thread(target=type_code, args=(signing, flow))
    typed.start()
    answered = login.finish_device(flow)
    typed.join()

    assert answered.claims.username == WORKER
    assert WRITES in answered.scopes
    assert login.refresh(answered.cache, signing.scopes, anew=True).value


def test_a_revoked_sign_in_says_that_somebody_has_to_sign_in(signing, sandbox):
    kept = signing.signed_in().cache
    sandbox.identity.revoke("refresh")

    with pytest.raises(Rejected) as refused:
        signing.login().refresh(kept, signing.scopes, anew=True)

    assert (refused.value.status, refused.value.code, refused.value.denied) == (401, "invalid_grant", True)
    assert "AADSTS50173" in refused.value.message
    assert "AADSTS" not in str(refused.value)


def test_a_wrong_secret_is_said(signing):
    login = signing.login(credential="canary-wrong-secret")
    flow = login.begin(signing.scopes, BACK)

    with pytest.raises(NotSignedIn) as refused:
        login.finish(flow, signing.answer(flow))

    assert refused.value.code == "invalid_client"


def test_who_gives_up_has_not_signed_in(signing):
    flow = signing.login().begin(signing.scopes, BACK)

    with pytest.raises(NotSignedIn, match="access_denied"):
        signing.login().finish(flow, {"state": flow["state"], "error": "access_denied"})


@pytest.mark.parametrize("answer", [{}, {"code": "x"}, {"state": "another", "code": "x"}, {"state": "STATE"}])
def test_an_answer_that_is_not_ours_is_forged(signing, answer):
    flow = signing.login().begin(signing.scopes, BACK)
    given = {name: flow["state"] if value == "STATE" else value for name, value in answer.items()}

    with pytest.raises(Forged):
        signing.login().finish(flow, given)


def test_a_code_is_good_once(signing):
    login = signing.login()
    flow = login.begin(signing.scopes, BACK)
    answer = signing.answer(flow)
    login.finish(flow, answer)

    without_memory()
    with pytest.raises(NotSignedIn, match="invalid_grant"):
        login.finish(flow, answer)


def test_an_unknown_directory_is_said(signing):
    with pytest.raises(NotSignedIn, match="invalid_registration"):
        signing.login(directory="00000000-0000-4000-8000-000000000000").begin(signing.scopes, BACK)


@pytest.mark.parametrize("rule", [{"effect": "status", "status": 503}, {"effect": "refuse"}])
def test_a_host_that_does_not_answer_is_nobodys_fault(signing, sandbox, rule):
    kept = signing.signed_in().cache
    without_memory()
    sandbox.faults([{"host": "sign-in", "path": "/oauth2/v2.0/token", **rule}])

    with pytest.raises(NotSent):
        signing.login().refresh(kept, signing.scopes, anew=True)


@pytest.mark.parametrize(
    "rule",
    [
        {"effect": "status", "status": 200, "body": "html"},
        {"effect": "redirect", "location": "/"},
        {"effect": "throttle"},
    ],
)
def test_one_bad_discovery_is_not_believed_for_a_day(signing, sandbox, rule):
    kept = signing.signed_in().cache
    without_memory()
    sandbox.faults([{"host": "sign-in", "path": "configuration$", "times": 1, **rule}])
    with pytest.raises(NotSent):
        signing.login().refresh(kept, signing.scopes, anew=True)

    assert signing.login().refresh(kept, signing.scopes, anew=True).value


def test_a_mended_refusal_is_asked_again_at_once(signing, sandbox):
    kept = signing.signed_in().cache
    sandbox.identity.forge([{"forge": "refused", "error": "invalid_grant", "code": 53003, "times": 1}])
    with pytest.raises(Rejected):
        signing.login().refresh(kept, signing.scopes, anew=True)

    assert signing.login().refresh(kept, signing.scopes, anew=True).value


def test_a_cache_with_nothing_to_refresh_with_wants_a_sign_in(signing):
    kept = json.loads(signing.signed_in().cache) | {"RefreshToken": {}, "AccessToken": {}}

    with pytest.raises(Rejected, match="Nothing is kept"):
        signing.login().refresh(json.dumps(kept), signing.scopes)


def test_being_asked_to_wait_is_no_lost_sign_in(signing, sandbox):
    kept = signing.signed_in().cache
    sandbox.faults([{"host": "sign-in", "path": "token$", "effect": "throttle", "retry_after": 9}])

    with pytest.raises(NotSent) as busy:
        signing.login().refresh(kept, signing.scopes, anew=True)

    assert busy.value.retry_after == 9


def test_nothing_listens(signing):
    kept = signing.signed_in().cache
    without_memory()
    login = Login(Registration("sandbox", HARROW_VALE.id, "x", "y", sandbox_root="http://127.0.0.1:9"))

    with pytest.raises(NotSent):
        login.refresh(kept, signing.scopes)


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
def test_no_other_host_is_asked_whatever_discovery_says(signing, sandbox, name):
    """G17: secret, code and refresh token go to the sign-in host of the cloud alone."""
    canary = Server()
    sandbox.identity.forge([{"forge": "discovery", "name": name, "value": f"{canary.root}/token"}])

    with pytest.raises((NotSent, NotSignedIn)):
        signing.signed_in()

    assert canary.seen == []
    canary.close()


def test_no_redirect_of_a_token_is_followed(signing, sandbox):
    canary = Server()
    canary.will(reply(200, {"access_token": "x"}))
    flow = signing.login().begin(signing.scopes, BACK)
    answer = signing.answer(flow)
    sandbox.faults([{"host": "sign-in", "path": "/oauth2/v2.0/token", "effect": "redirect", "location": canary.root}])

    with pytest.raises((NotSent, NotSignedIn, Forged)):
        signing.login().finish(flow, answer)

    assert canary.seen == []
    canary.close()


def test_scopes_of_an_app_only_token_are_none(signing, sandbox):
    login = signing.login()
    result = login._app().acquire_token_for_client([f"{sandbox.root}/.default"])

    assert "access_token" in result
    assert scopes_of(result) == frozenset()


def test_nothing_of_a_registration_or_a_token_is_told_by_accident(signing):
    answered = signing.signed_in()
    token = signing.login().refresh(answered.cache, signing.scopes)
    shown = f"{signing.login().registration!r} {answered!r} {token!r}"

    assert "stand-in-secret" not in shown
    assert "eyJ" not in shown


def type_code(signing, flow):
    page = signing.browser.open(flow["verification_uri"])
    page = signing.browser.press(page, "Next", user_code=flow["user_code"])
    for button in ("Fileplan worker", "Accept", "Continue"):
        if page.status_code == 200 and f">{button}" in page.text:
            page = signing.browser.press(page, button)
