"""What a client assertion has to be, beyond what MSAL ever sends."""

import time

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from portal.sandbox.identity.cast import ORIGIN
from portal.sandbox.identity.keys import base64url
from tests.portal.sandbox.signing_in import TID, code_of
from tests.portal.sandbox.test_identity_msal import certificate

KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"aud": f"{ORIGIN}/{TID}/v2.0"}, 0),
        ({"aud": "https://login.microsoftonline.com/common/oauth2/v2.0/token"}, 700023),
        ({"exp": 1}, 700024),
        ({"nbf": 9_999_999_999}, 700024),
        ({"iss": "somebody"}, 700021),
        ({"sub": "somebody"}, 700021),
        ({"jti": None}, 700027),
    ],
)
def test_assertion_is_checked(signing, changes, code):
    private, public = certificate()
    client_id = signing.identity.register(directory=TID, certificate=public)["client_id"]
    now = int(time.time())
    said = {"iss": client_id, "sub": client_id, "jti": "1", "nbf": now, "exp": now + 60}
    said |= {"aud": f"{ORIGIN}/{TID}/oauth2/v2.0/token"} | changes
    said = {name: value for name, value in said.items() if value is not None}

    body = asked(signing, client_id, jwt.encode(said, private, "RS256", headers=named(public)))

    assert (code_of(body) if "error" in body else 0) == code


def test_assertion_signed_by_another_key_is_refused(signing):
    _, public = certificate(days=1)
    client_id = signing.identity.register(directory=TID, certificate=public)["client_id"]
    other, _ = certificate(days=-1)
    said = {"iss": client_id, "sub": client_id, "jti": "1", "exp": int(time.time()) + 60}
    said["aud"] = f"{ORIGIN}/{TID}/oauth2/v2.0/token"

    body = asked(signing, client_id, jwt.encode(said, other, "RS256", headers=named(public)))

    assert code_of(body) == 700027


def test_assertion_signed_with_the_public_key_as_secret_is_refused(signing):
    _, public = certificate()
    client_id = signing.identity.register(directory=TID, certificate=public)["client_id"]

    body = asked(signing, client_id, jwt.encode({"iss": client_id}, "k" * 32, "HS256", headers=named(public)))

    assert code_of(body) == 700027


def asked(signing, client_id, assertion):
    given = {"client_assertion": assertion, "client_assertion_type": KIND, "scope": f"{signing.sandbox.root}/.default"}
    return signing.token(client_id=client_id, client_secret=None, grant_type="client_credentials", **given).json()


def named(public):
    found = x509.load_pem_x509_certificate(public.encode())
    return {"x5t#S256": base64url(found.fingerprint(hashes.SHA256()))}
