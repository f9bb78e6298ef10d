"""The authorize endpoint: who is it, and may the app have what it asks for?"""

import re
import secrets
from dataclasses import dataclass
from uuid import uuid4

from portal.sandbox.identity import pages, scopes
from portal.sandbox.identity.claims import client_info
from portal.sandbox.identity.failures import Failure, consent_wanted, malformed
from portal.sandbox.identity.models import Code, Person, Session
from portal.sandbox.identity.scopes import PERMISSIONS, Scopes
from portal.sandbox.identity.targets import Target, target_of
from portal.sandbox.identity.tokens import forged_refusal
from portal.sandbox.identity.world import COOKIE, Call, seconds
from portal.sandbox.messages import Answer

PROMPTS = ("", "none", "login", "select_account", "consent")


@dataclass(frozen=True)
class Asked:
    scopes: Scopes
    challenge: str
    prompt: str
    max_age: int | None
    hint: str


def answer(call: Call) -> Answer:
    """A page, or the way back. A refusal is shown here only where the way back cannot be trusted."""
    try:
        target = target_of(call)
    except Failure as failure:
        return pages.refusal(call, failure)
    for forged in call.world.forgeries.on_answer("refused", endpoint="authorize"):
        return target.refused(forged_refusal(forged), call.request)
    try:
        return _answered(call, target, _asked(call))
    except Failure as failure:
        return target.refused(failure, call.request)


def _asked(call: Call) -> Asked:
    given = call.given
    if call.need("response_type") != "code":
        message = f"The response_type '{given['response_type']}' is not enabled for the application."
        raise Failure("unsupported_response_type", 700054, message)
    if given.get("response_mode", "query") != "query":
        raise Failure("invalid_request", 70007, f"'{given['response_mode']}' is not a supported 'response_mode' here.")
    if given.get("prompt", "") not in PROMPTS:
        raise Failure("invalid_request", 90023, f"Unsupported 'prompt' value '{given['prompt']}'.")
    asked = scopes.read(call.need("scope"), call.request)
    hint = given.get("login_hint", "").casefold()
    return Asked(asked, _challenge(call), given.get("prompt", ""), _max_age(given.get("max_age", "")), hint)


def _challenge(call: Call) -> str:
    given = call.given
    challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method", "plain")
    if not challenge:
        raise Failure(
            "invalid_request", 9002325, "Proof Key for Code Exchange is required: 'code_challenge' is missing."
        )
    if method != "S256" or not re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge):
        raise Failure(
            "invalid_request", 501491, "Invalid 'code_challenge' or 'code_challenge_method': only S256 is taken."
        )
    return challenge


def _max_age(text: str) -> int | None:
    if text and not re.fullmatch(r"[0-9]{1,9}", text):
        raise malformed("'max_age' is a number of seconds.")
    return int(text) if text else None


def _answered(call: Call, target: Target, asked: Asked) -> Answer:
    if "cancel" in call.pressed:
        raise Failure("access_denied", 65004, "User declined to sign in or to consent.", suberror="cancel")
    session = _chosen(call) or _remembered(call, asked)
    if session is None:
        if asked.prompt == "none":
            message = "A silent sign-in request was sent but no user is signed in."
            raise Failure("login_required", 50058, message)
        return pages.choose(call, target, hint=asked.hint)
    answered = _go_on(call, target, asked, session)
    if session is not call.session():
        _remember(call, session, answered)
    return answered


def _chosen(call: Call) -> Session | None:
    """Who was just chosen. Consenting is no new sign-in."""
    if "person" not in call.pressed:
        return None
    person, session = call.person(call.pressed["person"]), call.session()
    if session is not None and session.oid == person.oid and "consent" in call.pressed:
        return session
    if not person.is_enabled:
        raise Failure("access_denied", 50057, "The user account is disabled.")
    return Session(person.oid, seconds())


def _remembered(call: Call, asked: Asked) -> Session | None:
    """Who is signed in already, where that will do."""
    session = call.session()
    person = call.book.people.get(session.oid) if session else None
    if session is None or person is None or not person.is_enabled or not call.admits(person):
        return None
    if asked.prompt in ("login", "select_account") or asked.hint not in ("", person.preferred_username.casefold()):
        return None
    is_too_old = asked.max_age is not None and session.at + asked.max_age <= seconds()
    return None if is_too_old else session


def _remember(call: Call, session: Session, answered: Answer) -> None:
    id = secrets.token_urlsafe(24)
    call.world.sessions.pop(call.session_id, None)
    call.world.sessions[id] = session
    answered.headers["Set-Cookie"] = f"{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax"


def _go_on(call: Call, target: Target, asked: Asked, session: Session) -> Answer:
    person = call.person(session.oid)
    if wants_consent(call, target.registration.client_id, person, asked.scopes) or asked.prompt == "consent":
        if "consent" not in call.pressed:
            refuse_where_nobody_may_consent(target, person, is_silent=asked.prompt == "none")
            return pages.consent(call, target, person, asked.scopes)
        refuse_where_nobody_may_consent(target, person, is_silent=False)
        call.book.consent(target.registration.client_id, person.directory, asked.scopes.permissions & {*PERMISSIONS})
        call.world.keep()
    return _with_code(call, target, asked, session, person)


def wants_consent(call: Call, client_id: str, person: Person, asked: Scopes) -> bool:
    given = call.book.consented(client_id, person.directory)
    return not given if asked.is_default else bool((asked.permissions & {*PERMISSIONS}) - given)


def refuse_where_nobody_may_consent(target: Target, person: Person, *, is_silent: bool) -> None:
    """Both permissions want an administrator (contract section 2.1). Raises Failure."""
    if is_silent or not person.may_consent:
        raise consent_wanted(target.registration.client_id, target.registration.name, error="consent_required")


def _with_code(call: Call, target: Target, asked: Asked, session: Session, person: Person) -> Answer:
    code = f"1.{secrets.token_urlsafe(48)}"
    call.world.codes[code] = Code(
        target.registration.client_id,
        target.redirect_uri,
        asked.challenge,
        person.oid,
        asked.scopes.text,
        call.given.get("nonce", ""),
        session.at,
        seconds() + call.options.code_seconds,
    )
    call.world.note("code", client_id=target.registration.client_id, oid=person.oid, scope=asked.scopes.text)
    sent = {"code": code, "session_state": str(uuid4())}
    if call.given.get("client_info") == "1":
        sent["client_info"] = client_info(person)
    for forged in call.world.forgeries.on_answer("state"):
        return Target(target.registration, target.redirect_uri, forged.get("value", "another-state")).sent(**sent)
    return target.sent(**sent)
