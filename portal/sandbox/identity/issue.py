"""From a grant to the answer of the token endpoint."""

import secrets
from typing import Any

from portal.sandbox.identity import claims
from portal.sandbox.identity.book import digest
from portal.sandbox.identity.claims import Grant
from portal.sandbox.identity.failures import consent_wanted, disabled
from portal.sandbox.identity.jws import draft
from portal.sandbox.identity.models import Refresh, Registration
from portal.sandbox.identity.scopes import FREE, Scopes
from portal.sandbox.identity.world import Call, seconds
from portal.sandbox.messages import Json


def for_person(call: Call, grant: Grant) -> Json:
    """Access token, and with it what the scopes ask for.

    Raises Failure when consent is missing or was withdrawn, or the account is disabled.
    """
    if not grant.person.is_enabled:
        raise disabled()
    permissions = consented(call, grant)
    at, lasts = seconds(), call.options.token_seconds
    said = claims.access_claims(grant, permissions, at, lasts)
    answer = _answer(_access(call, said), grant.scopes.granted(permissions), lasts)
    if "offline_access" in grant.scopes.words:
        answer["refresh_token"] = _refresh(call, grant)
    if "openid" in grant.scopes.words:
        answer["id_token"] = _signed(call, "id", claims.id_claims(grant, at, lasts))
    if call.given.get("client_info") == "1":
        answer["client_info"] = claims.client_info(grant.person)
    return answer


def for_app(call: Call, registration: Registration, scopes: Scopes, proof: str) -> Json:
    lasts = call.options.token_seconds
    said = claims.app_claims(registration, call.directory, scopes.audience, proof, seconds(), lasts)
    answer = _answer(_access(call, said), "", lasts)
    return {name: value for name, value in answer.items() if name != "scope"}


def consented(call: Call, grant: Grant) -> frozenset[str]:
    """The permissions asked for; of `.default`, those that were consented to. Raises Failure."""
    registration, scopes = grant.registration, grant.scopes
    given = call.book.consented(registration.client_id, grant.person.directory)
    if scopes.is_default and given:
        return given & scopes.permissions
    if scopes.permissions - {*FREE} - given:
        name = registration.name
        raise consent_wanted(registration.client_id, name, error="invalid_grant", suberror="consent_required")
    return scopes.permissions


def _answer(access: str, scope: str, lasts: int) -> Json:
    return {
        "token_type": "Bearer",
        "scope": scope,
        "expires_in": lasts,
        "ext_expires_in": lasts,
        "access_token": access,
    }


def _access(call: Call, said: Json) -> str:
    """It bears the generation it is of, so that all of somebody's can be revoked at once."""
    return _signed(call, "access", said | {"sid": call.book.generation("access", said["oid"])})


def _signed(call: Call, kind: str, said: Json) -> str:
    token = draft(dict(said), call.world.signing_key())
    forged = call.world.forgeries.on_token(kind, token)
    _note(
        call,
        kind,
        said["appid" if kind == "access" else "aud"],
        header=token.header,
        claims=token.claims,
        forged=forged,
    )
    return token.signed()


def _refresh(call: Call, grant: Grant) -> str:
    token = f"1.{secrets.token_urlsafe(48)}"
    refresh = Refresh(
        grant.registration.client_id,
        grant.person.oid,
        grant.scopes.text,
        grant.auth_time,
        seconds() + call.options.refresh_seconds,
        call.book.generation("refresh", grant.person.oid),
        is_public=grant.proof == "0",
    )
    call.book.keep_refresh(token, refresh)
    _note(call, "refresh", refresh.client_id, id=digest(token)[:12], oid=refresh.oid, scope=refresh.scope)
    call.world.keep()
    return token


def _note(call: Call, kind: str, client_id: str, **facts: Any) -> None:
    call.world.note(kind, client_id=client_id, **facts)
