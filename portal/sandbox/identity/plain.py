"""The endpoints that say how things are, and the way out."""

from portal.sandbox.identity import pages
from portal.sandbox.identity.cast import ORIGIN
from portal.sandbox.identity.failures import JSON_HEADERS
from portal.sandbox.identity.models import AUTOMATIC
from portal.sandbox.identity.targets import is_own, redirect
from portal.sandbox.identity.world import COOKIE, Call
from portal.sandbox.messages import Answer

PUBLIC = JSON_HEADERS | {"Cache-Control": "no-store"}
ENDED = f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"


def configuration(call: Call) -> Answer:
    """Pages of a browser are on this machine's own address, everything else is where clients insist on https."""
    api, browser = f"{ORIGIN}/{call.directory}", f"{call.request.root}/{call.directory}"
    body = {
        "token_endpoint": f"{api}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": f"{api}/discovery/v2.0/keys",
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{ORIGIN}/{'{tenantid}' if call.directory in AUTOMATIC else call.directory}/v2.0",
        "authorization_endpoint": f"{browser}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{api}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{browser}/oauth2/v2.0/logout",
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "name", "tid", "oid", "ver"],
    }
    for forged in call.world.forgeries.on_answer("discovery"):
        body[forged["name"]] = forged["value"]
    return Answer(200, body, headers=dict(PUBLIC))


def keys(call: Call) -> Answer:
    call.world.signing_key()
    return Answer(200, {"keys": [key.published() for key in call.book.keys.all]}, headers=dict(PUBLIC))


def style(call: Call) -> Answer:
    return pages.style()


def sign_out(call: Call) -> Answer:
    """Forget who was signed in in this browser, and lead back where some app has an address of that kind."""
    call.world.sessions.pop(call.session_id, None)
    back, state = call.given.get("post_logout_redirect_uri", ""), call.given.get("state", "")
    if back and any(is_own(back, registration) for registration in call.book.registrations.values()):
        answered = redirect(back, **({"state": state} if state else {}))
    else:
        answered = pages.done("You are signed out", "You may close this page.")
    answered.headers["Set-Cookie"] = ENDED
    return answered
