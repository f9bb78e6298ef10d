"""What tokens say of a person or of an app, in Microsoft's names."""

import json
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from portal.sandbox.identity.cast import ORIGIN
from portal.sandbox.identity.keys import base64url
from portal.sandbox.identity.models import Person, Registration
from portal.sandbox.identity.scopes import FREE, Scopes
from portal.sandbox.messages import Json

MOST_GROUPS = 200
"""Beyond that a token says only that there are groups, and where to ask."""


@dataclass(frozen=True)
class Grant:
    """Who gets tokens, through which app, for what."""

    registration: Registration
    person: Person
    scopes: Scopes
    auth_time: int
    nonce: str = ""
    proof: str = "0"
    """How the app proved itself: 0 not at all, 1 by a secret, 2 by a certificate."""


def issuer(directory: str) -> str:
    return f"{ORIGIN}/{directory}/v2.0"


def lifetime(at: int, seconds: int) -> Json:
    return {"iat": at, "nbf": at, "exp": at + seconds, "uti": base64url(uuid4().bytes)}


def id_claims(grant: Grant, at: int, seconds: int) -> Json:
    person = grant.person
    said = {
        "iss": issuer(person.directory),
        "aud": grant.registration.client_id,
        **lifetime(at, seconds),
        "auth_time": grant.auth_time,
        "amr": person.amr,
        "tid": person.directory,
        "ver": "2.0",
        **of_person(person, grant.registration),
    }
    if grant.nonce:
        said["nonce"] = grant.nonce
    if "email" in grant.scopes.words:
        said["email"] = person.preferred_username
    return said


def of_person(person: Person, registration: Registration) -> Json:
    """What an id token says about somebody, to that app."""
    roles = [role for role in person.roles if role in registration.app_roles]
    return {
        "oid": person.oid,
        "sub": _pairwise(person, registration),
        "name": person.name,
        "preferred_username": person.preferred_username,
        **({"roles": roles} if roles else {}),
        **_groups(person),
    }


def _groups(person: Person) -> Json:
    if len(person.groups) > MOST_GROUPS:
        where = f"https://graph.windows.net/{person.directory}/users/{person.oid}/getMemberObjects"
        return {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": where}}}
    return {"groups": list(person.groups)} if person.groups else {}


def _pairwise(person: Person, registration: Registration) -> str:
    """Another for every app."""
    return base64url(sha256(f"{person.oid} {registration.client_id}".encode()).digest())


def access_claims(grant: Grant, permissions: frozenset[str], at: int, seconds: int) -> Json:
    person = grant.person
    free = [word for word in grant.scopes.words if word in FREE and word != "offline_access"]
    return {
        "aud": grant.scopes.audience,
        "iss": issuer(person.directory),
        **lifetime(at, seconds),
        **_of_app(grant.registration, grant.proof),
        "idtyp": "user",
        "name": person.name,
        "oid": person.oid,
        "sub": person.oid,
        "tid": person.directory,
        "upn": person.preferred_username,
        "scp": " ".join([*free, *sorted(permissions)]),
        "ver": "1.0",
    }


def app_claims(registration: Registration, directory: str, audience: str, proof: str, at: int, seconds: int) -> Json:
    """An access token without a person: `roles` and no `scp` (contract section 2.2)."""
    return {
        "aud": audience,
        "iss": issuer(directory),
        **lifetime(at, seconds),
        **_of_app(registration, proof),
        "idtyp": "app",
        "oid": registration.service_id,
        "sub": registration.service_id,
        "tid": directory,
        "roles": list(registration.permissions),
        "ver": "1.0",
    }


def _of_app(registration: Registration, proof: str) -> Json:
    return {"appid": registration.client_id, "app_displayname": registration.name, "appidacr": proof}


def client_info(person: Person) -> str:
    """What MSAL names an account by."""
    return base64url(json.dumps({"uid": person.oid, "utid": person.directory}).encode())
