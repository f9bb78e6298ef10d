"""How an app proves that it is the one: a secret, or an assertion signed with its certificate."""

import hmac
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha1, sha256

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from portal.sandbox.identity.cast import ORIGIN
from portal.sandbox.identity.failures import Failure
from portal.sandbox.identity.keys import base64url
from portal.sandbox.identity.models import Registration
from portal.sandbox.identity.world import Call

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NOTHING, BY_SECRET, BY_CERTIFICATE = "0", "1", "2"
SIGNED = ["RS256", "PS256"]


def proof_of(call: Call, registration: Registration, *, may_be_public: bool) -> str:
    """How it proved itself. Raises Failure where it did not, or had to and did not try."""
    if "client_assertion" in call.given:
        _check_assertion(call, registration)
        return BY_CERTIFICATE
    if "client_secret" in call.given:
        _check_secret(registration, call.given["client_secret"])
        return BY_SECRET
    if may_be_public and registration.is_public:
        return NOTHING
    raise _refused(
        7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    )


def _check_secret(registration: Registration, given: str) -> None:
    for secret in registration.secrets:
        if hmac.compare_digest(secret.value.encode(), given.encode()):
            if secret.expires_at is not None and secret.expires_at <= time.time():
                raise _refused(
                    7000222, f"The provided client secret keys for app '{registration.client_id}' are expired."
                )
            return
    message = (
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value,"
        f" not the client secret ID, for a secret added to app '{registration.client_id}'."
    )
    raise _refused(7000215, message)


def _check_assertion(call: Call, registration: Registration) -> None:
    """Microsoft Learn, "Microsoft identity platform application authentication certificate credentials"."""
    if call.need("client_assertion_type") != ASSERTION_TYPE:
        raise Failure("invalid_request", 90023, "The parameter 'client_assertion_type' is not supported.")
    text, client_id = call.given["client_assertion"], registration.client_id
    certificate = _certificate_of(text, registration)
    audience = [f"{ORIGIN}/{call.directory}/oauth2/v2.0/token", f"{ORIGIN}/{call.directory}/v2.0"]
    required = ["exp", "iss", "sub", "aud", "jti"]
    try:
        said = jwt.decode(text, certificate, algorithms=SIGNED, audience=audience, options={"require": required})
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as exc:
        raise _refused(700024, "Client assertion is not within its valid time range.") from exc
    except jwt.InvalidAudienceError as exc:
        raise _refused(700023, "Client assertion audience claim does not match Realm issuer.") from exc
    except jwt.PyJWTError as exc:
        raise _refused(700027, f"Client assertion failed signature validation: {exc}.") from exc
    if said["iss"] != client_id or said["sub"] != client_id:
        raise _refused(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")


def _certificate_of(text: str, registration: Registration) -> RSAPublicKey:
    """The registered certificate that the assertion's header names by its thumbprint."""
    try:
        header = jwt.get_unverified_header(text)
    except jwt.PyJWTError as exc:
        raise _refused(50027, "JWT token is invalid or malformed.") from exc
    named = {str(header.get(name, "")).rstrip("=") for name in ("x5t", "x5t#S256")}
    for certificate in _certificates(registration):
        key = certificate.public_key()
        if named & _thumbprints(certificate) and isinstance(key, RSAPublicKey):
            if certificate.not_valid_after_utc <= datetime.now(UTC):
                raise _refused(700027, "The certificate used to sign the client assertion is expired.")
            return key
    raise _refused(700027, "The certificate with identifier used to sign the client assertion is not registered.")


def _certificates(registration: Registration) -> Iterator[x509.Certificate]:
    return (x509.load_pem_x509_certificate(pem.encode()) for pem in registration.certificates)


def _thumbprints(certificate: x509.Certificate) -> set[str]:
    raw = certificate.public_bytes(Encoding.DER)
    return {base64url(sha1(raw, usedforsecurity=False).digest()), base64url(sha256(raw).digest())}


def _refused(code: int, message: str) -> Failure:
    return Failure("invalid_client", code, message, status=401)
