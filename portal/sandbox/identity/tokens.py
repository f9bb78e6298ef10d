"""The token endpoint: one function per grant type."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

from portal.sandbox.identity import issue, scopes
from portal.sandbox.identity.claims import Grant
from portal.sandbox.identity.clients import proof_of
from portal.sandbox.identity.failures import JSON_HEADERS, Failure
from portal.sandbox.identity.models import AUTOMATIC, Code, Device, Refresh
from portal.sandbox.identity.world import Call, seconds
from portal.sandbox.messages import Answer, Json

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def answer(call: Call) -> Answer:
    for forged in call.world.forgeries.on_answer("refused", endpoint="token"):
        raise forged_refusal(forged)
    name = call.need("grant_type")
    call.world.asked[f"token {name}"] += 1
    if name not in GRANTS:
        raise Failure("unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{name}'.")
    return Answer(200, GRANTS[name](call), headers=dict(JSON_HEADERS))


def forged_refusal(forged: Json) -> Failure:
    message = forged.get("message") or "The sandbox was told to refuse."
    status = 401 if forged["error"] == "invalid_client" else 400
    return Failure(forged["error"], forged["code"], message, status=status, suberror=forged.get("suberror", ""))


def by_code(call: Call) -> Json:
    registration = call.registration()
    proof = proof_of(call, registration, may_be_public=False)
    code = call.world.codes.get(call.need("code"))
    verifier, redirect_uri = call.need("code_verifier"), call.need("redirect_uri")
    if code is None or code.client_id != registration.client_id:
        raise _invalid(70000, "Provided grant is invalid or malformed.")
    if code.is_used:
        raise _invalid(54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code.")
    code.is_used = True
    _check_code(code, verifier, redirect_uri)
    person = call.person(code.oid)
    asked = scopes.read(call.given.get("scope") or code.scope, call.request)
    return issue.for_person(call, Grant(registration, person, asked, code.auth_time, code.nonce, proof))


def _check_code(code: Code, verifier: str, redirect_uri: str) -> None:
    if code.expires_at <= seconds():
        raise _invalid(70008, "The provided authorization code or refresh token has expired.")
    if code.redirect_uri != redirect_uri:
        message = (
            f"The reply address '{redirect_uri}' does not match the reply address '{code.redirect_uri}' provided"
            " when requesting Authorization code."
        )
        raise _invalid(500112, message)
    if challenge_of(verifier) != code.challenge:
        raise _invalid(501481, "The Code_Verifier does not match the code_challenge of the authorization request.")


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636, section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def by_refresh(call: Call) -> Json:
    """The old token stays valid beside the new one, as Microsoft's does."""
    registration = call.registration()
    refresh = call.book.refresh(call.need("refresh_token"))
    proof = proof_of(call, registration, may_be_public=refresh is not None and refresh.is_public)
    if refresh is None or refresh.client_id != registration.client_id:
        raise _invalid(9002313, "Invalid request. Request is malformed or invalid.")
    _check_refresh(call, refresh)
    person = call.person(refresh.oid)
    asked = scopes.read(call.given.get("scope") or refresh.scope, call.request)
    return issue.for_person(call, Grant(registration, person, asked, refresh.auth_time, proof=proof))


def _check_refresh(call: Call, refresh: Refresh) -> None:
    if refresh.generation != call.book.generation("refresh", refresh.oid):
        message = "The provided grant has expired due to it being revoked, a fresh auth token is needed."
        raise _invalid(50173, message)
    if refresh.expires_at <= seconds():
        raise _invalid(70008, "The refresh token has expired due to inactivity.")


def by_app(call: Call) -> Json:
    registration = call.registration()
    proof = proof_of(call, registration, may_be_public=False)
    asked = scopes.read(call.need("scope"), call.request)
    if call.directory in AUTOMATIC:
        raise Failure("invalid_request", 50059, "No tenant-identifying information found in the request.")
    if len(asked.words) != 1 or not asked.is_default:
        message = (
            f"The provided value for scope {asked.text} is not valid. Client credential flows must have a scope"
            " value with /.default suffixed to the resource identifier (application ID URI)."
        )
        raise Failure("invalid_scope", 1002012, message)
    return issue.for_app(call, registration, asked, proof)


def by_device(call: Call) -> Json:
    registration = call.registration()
    proof = proof_of(call, registration, may_be_public=True)
    device = call.world.devices.get(call.need("device_code"))
    if device is None or device.client_id != registration.client_id or device.state == "used":
        raise Failure("bad_verification_code", 70019, "Verification code expired or unknown.")
    _check_device(device)
    person = call.person(device.oid)
    asked = scopes.read(device.scope, call.request)
    answered = issue.for_person(call, Grant(registration, person, asked, device.auth_time, proof=proof))
    device.state = "used"
    return answered


def _check_device(device: Device) -> None:
    if device.expires_at <= seconds():
        raise Failure("expired_token", 70020, "The provided value for the input parameter 'device_code' is not valid.")
    if device.state == "declined":
        raise Failure("authorization_declined", 70021, "The end user has denied the authorization request.")
    if device.state == "pending":
        message = "OAuth 2.0 device flow error. Authorization is pending. Continue polling."
        raise Failure("authorization_pending", 70016, message)


def _invalid(code: int, message: str) -> Failure:
    return Failure("invalid_grant", code, message)


GRANTS: dict[str, Callable[[Call], Json]] = {
    "authorization_code": by_code,
    "refresh_token": by_refresh,
    "client_credentials": by_app,
    DEVICE: by_device,
}
