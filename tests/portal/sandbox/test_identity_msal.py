"""Microsoft's own client library against the stand-in, over HTTP."""

import time
from datetime import UTC, datetime, timedelta

import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.sandbox.identity.cast import CLIENT_IDS, HARROW_VALE, NORTH_QUAY
from portal.sandbox.identity.keys import first_key
from portal.sandbox.options import Options
from tests.portal.sandbox.signing_in import BACK, TID, brought

WORKER = "Fileplan worker"
pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")


def signed_in(signing, app, scopes, who=WORKER, **asked):
    flow = app.initiate_auth_code_flow(scopes, redirect_uri=BACK, **asked)
    back = signing.browser.sign_in(signing.browser.open(flow["auth_uri"]), who)
    return app.acquire_token_by_auth_code_flow(flow, back)


def test_code_flow_gives_tokens_of_who_signed_in(signing):
    result = signed_in(signing, signing.msal(), [signing.write])

    claims = result["id_token_claims"]
    assert (claims["name"], claims["tid"]) == (WORKER, TID)
    assert claims["preferred_username"] == "fileplan-worker@harrowvale.example"
    assert signing.write in result["scope"].split()
    assert signing.graph("GET", "labels/retentionLabels", result["access_token"]).status_code == 200


def test_code_flow_signs_in_without_any_permission(signing):
    result = signed_in(signing, signing.msal(), [], "Ada Ames", max_age=0)

    claims = result["id_token_claims"]
    assert claims["roles"] == ["author"]
    assert abs(claims["auth_time"] - time.time()) < 5


def test_code_flow_through_organizations_ends_in_the_directory_of_the_person(signing):
    app = signing.msal(directory="organizations")

    result = signed_in(signing, app, [], "Olga Orr")

    claims = result["id_token_claims"]
    assert claims["tid"] == NORTH_QUAY.id
    assert claims["iss"] == f"https://login.sandbox.invalid/{NORTH_QUAY.id}/v2.0"


def test_refresh_through_a_cache_that_was_put_away(signing):
    cache = msal.SerializableTokenCache()
    signed_in(signing, signing.msal(token_cache=cache), [signing.write])
    kept = cache.serialize()

    cache = msal.SerializableTokenCache()
    cache.deserialize(kept)
    app = signing.msal(token_cache=cache)
    (account,) = app.get_accounts()
    result = app.acquire_token_silent_with_error([signing.write], account, force_refresh=True)

    assert result["token_source"] == "identity_provider"
    assert signing.graph("GET", "labels/retentionLabels", result["access_token"]).status_code == 200
    assert signing.identity.asked()["token refresh_token"] == 1
    assert app.acquire_token_silent([signing.write], account)["token_source"] == "cache"


def test_refresh_happens_by_itself_when_the_token_is_over(signing):
    signing.sandbox.options = Options(token_seconds=1)
    app = signing.msal()
    first = signed_in(signing, app, [signing.write])
    (account,) = app.get_accounts()

    again = app.acquire_token_silent_with_error([signing.write], account)

    assert again["access_token"] != first["access_token"]


@pytest.mark.parametrize("whose", ["fileplan-worker@harrowvale.example", ""])
def test_refresh_after_revocation_is_an_invalid_grant(signing, whose):
    app = signing.msal()
    signed_in(signing, app, [signing.write])
    (account,) = app.get_accounts()

    signing.identity.revoke("refresh", person=whose)
    result = app.acquire_token_silent_with_error([signing.write], account, force_refresh=True)

    assert result["error"] == "invalid_grant"
    assert result["error_codes"] == [50173]


def test_refresh_of_somebody_else_goes_on(signing):
    app = signing.msal()
    signed_in(signing, app, [signing.write])
    (account,) = app.get_accounts()

    signing.identity.revoke("refresh", person="eli@harrowvale.example")

    assert "access_token" in app.acquire_token_silent_with_error([signing.write], account, force_refresh=True)


def test_state_that_was_altered_is_refused_by_msal(signing):
    signing.identity.forge([{"forge": "state"}])

    with pytest.raises(ValueError, match="state mismatch"):
        signed_in(signing, signing.msal(), [])


def test_nonce_that_was_altered_is_refused_by_msal(signing):
    signing.identity.forge([{"forge": "nonce"}])

    with pytest.raises(RuntimeError, match="nonce"):
        signed_in(signing, signing.msal(), [])


def test_device_code_waits_for_its_person(signing):
    app = signing.msal(of=msal.PublicClientApplication)
    flow = app.initiate_device_flow([signing.write])

    pending = app.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)
    page = signing.browser.open(flow["verification_uri"])
    page = signing.browser.press(page, "Next", user_code=flow["user_code"].lower())
    page = signing.browser.press(page, WORKER)
    page = signing.browser.press(page, "Continue")
    flow["latest_attempt_at"] = 0
    result = app.acquire_token_by_device_flow(flow)

    assert pending["error"] == "authorization_pending"
    assert "Fileplan worker is signed in to Fileplan on the other device" in page.text
    assert signing.graph("GET", "labels/retentionLabels", result["access_token"]).status_code == 200
    (account,) = app.get_accounts()
    assert "access_token" in app.acquire_token_silent_with_error([signing.write], account, force_refresh=True)


@pytest.mark.parametrize(
    ("button", "seconds", "error"), [("Cancel", 900, "authorization_declined"), ("", 0, "expired_token")]
)
def test_device_code_that_comes_to_nothing(signing, button, seconds, error):
    signing.sandbox.options = Options(device_seconds=seconds)
    app = signing.msal(of=msal.PublicClientApplication)
    flow = app.initiate_device_flow([signing.write])

    if button:
        page = signing.browser.press(
            signing.browser.open(flow["verification_uri"]), "Next", user_code=flow["user_code"]
        )
        signing.browser.press(page, button)

    assert app.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)["error"] == error


def certificate(*, days=1):
    key = rsa.generate_private_key(65537, 2048) if days < 0 else first_key().private
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    ends = datetime.now(UTC) + timedelta(days=days)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, ends - timedelta(days=9), ends)
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    return private, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("has_thumbprint", [True, False])
def test_certificate_stands_for_a_secret(signing, has_thumbprint):
    private, public = certificate()
    app = signing.identity.register(directory=TID, certificate=public, permissions=["RecordsManagement.Read.All"])
    found = x509.load_pem_x509_certificate(public.encode())
    thumbprint = {"thumbprint": found.fingerprint(hashes.SHA1()).hex()} if has_thumbprint else {}

    credential = {"private_key": private, "public_certificate": public, **thumbprint}
    client = signing.msal(client_id=app["client_id"], client_credential=credential)
    result = client.acquire_token_for_client([f"{signing.sandbox.root}/.default"])

    assert signing.graph("GET", "triggers/retentionEvents", result["access_token"]).status_code == 200
    assert signing.identity.issued()[-1]["claims"]["appidacr"] == "2"


@pytest.mark.parametrize(("registered", "says"), [(False, "is not registered"), (True, "is expired")])
def test_certificate_that_does_not_count_is_refused(signing, registered, says):
    private, public = certificate(days=-1)
    app = signing.identity.register(directory=TID, certificate=public if registered else "")

    credential = {"private_key": private, "public_certificate": public}
    client = signing.msal(client_id=app["client_id"], client_credential=credential)
    result = client.acquire_token_for_client([f"{signing.sandbox.root}/.default"])

    assert (result["error"], result["error_codes"]) == ("invalid_client", [700027])
    assert says in result["error_description"]


def test_client_credentials_name_no_person(signing):
    result = signing.msal().acquire_token_for_client([f"{signing.sandbox.root}/.default"])

    claims = signing.identity.issued()[-1]["claims"]
    assert "scp" not in claims
    assert claims["roles"] == ["RecordsManagement.ReadWrite.All"]
    assert signing.graph("GET", "triggers/retentionEvents", result["access_token"]).status_code == 200
    assert signing.graph("GET", "labels/retentionLabels", result["access_token"]).status_code == 403


def test_discovery_of_organizations_names_no_directory(signing):
    app = signing.msal(directory="organizations", client_id=CLIENT_IDS[HARROW_VALE.id])

    assert app.authority._issuer == "https://login.sandbox.invalid/{tenantid}/v2.0"
    assert app.authority.authorization_endpoint.startswith(signing.sandbox.root)


def test_second_sign_in_asks_nobody(signing):
    app = signing.msal()
    signed_in(signing, app, [], "Ada Ames")

    flow = app.initiate_auth_code_flow([], redirect_uri=BACK)
    back = brought(signing.browser.open(flow["auth_uri"]))

    assert app.acquire_token_by_auth_code_flow(flow, back)["id_token_claims"]["name"] == "Ada Ames"
