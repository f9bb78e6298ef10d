"""Is this ID token what it says? MSAL leaves issuer, audience, times and signature to its callers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
import requests
from urllib3.exceptions import HTTPError

from portal.graph.clouds import AN_ID
from portal.graph.errors import NotSent, UnsafeLink
from portal.graph.identity.door import Door
from portal.graph.identity.registration import Registration

LEEWAY: Final = 120  # seconds our clocks may differ
KEPT: Final = 3600  # seconds keys are believed in without asking again
ASKED_AGAIN: Final = 60  # seconds between two looks for a key nobody knows
REQUIRED: Final = ("iss", "aud", "exp", "iat", "nbf", "tid", "oid", "sub")
UNREADABLE: Final = (
    requests.RequestException,
    HTTPError,
    OSError,
    UnsafeLink,
    jwt.PyJWTError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
)


class Forged(Exception):
    """An ID token that does not prove what it should. Its text names the check that failed, nothing of the token."""


@dataclass(frozen=True)
class Claims:
    """Who signed in, according to a proved ID token. All text in it is the directory's: untrusted."""

    directory: str
    object_id: str
    name: str
    username: str
    roles: frozenset[str]
    groups: frozenset[str]
    tells_groups: bool
    """False where somebody is in too many groups for a token: then none of them is known."""
    signed_in_at: int | None
    """When they last proved who they are, in seconds since 1970."""
    methods: tuple[str, ...]

    @property
    def values(self) -> frozenset[str]:
        """App roles and groups, as roles can be given for."""
        return self.roles | self.groups


@dataclass
class Keys:
    """The keys a directory signs with, read when they are first needed and when one is unknown."""

    found: dict[str, jwt.PyJWK] = field(default_factory=dict)
    read_at: float = float("-inf")

    def key(self, kid: str, authority: str, door: Door) -> jwt.PyJWK:
        """Raises Forged for a key the directory does not have, NotSent if it does not answer."""
        age = time.monotonic() - self.read_at
        if age > KEPT or (kid not in self.found and age > ASKED_AGAIN):
            self._read(authority, door)
        if kid not in self.found:
            raise Forged("signed with a key the directory does not have")
        return self.found[kid]

    def _read(self, authority: str, door: Door) -> None:
        try:
            about = door.get(f"{authority}/v2.0/.well-known/openid-configuration").json()
            listed = door.get(str(about["jwks_uri"])).json()["keys"]
            keys = [jwt.PyJWK(one) for one in listed if one.get("kty") == "RSA" and one.get("kid")]
        except UNREADABLE as exc:
            raise NotSent("The sign-in host did not tell its keys") from exc
        self.found = {str(key.key_id): key for key in keys}
        self.read_at = time.monotonic()


def proved(id_token: str, registration: Registration, keys: Keys, door: Door) -> Claims:
    """What the token says, once signature, issuer, audience, times and directory are what they must be (S8).

    Raises Forged, or NotSent if the directory's keys cannot be read.
    """
    try:
        head = jwt.get_unverified_header(id_token)
        key = keys.key(str(head.get("kid") or ""), registration.authority, door)
        claims = jwt.decode(
            id_token,
            key,
            algorithms=["RS256"],
            audience=registration.client_id,
            leeway=LEEWAY,
            options={"require": list(REQUIRED), "strict_aud": True},
        )
    except jwt.PyJWTError as exc:
        raise Forged(type(exc).__name__) from None  # its text may hold claims
    _is_of_directory(claims, registration)
    return _read(claims)


def _is_of_directory(claims: Mapping[str, Any], registration: Registration) -> None:
    directory = str(claims["tid"]).lower()
    if not AN_ID.fullmatch(directory) or not AN_ID.fullmatch(str(claims["oid"]).lower()):
        raise Forged("no ids")
    if str(claims["iss"]).lower() != f"{registration.origin}/{directory}/v2.0":
        raise Forged("another issuer")
    if registration.names_one and directory != registration.directory.lower():
        raise Forged("another directory")
    if claims.get("ver") != "2.0":
        raise Forged("another version")


def _read(claims: Mapping[str, Any]) -> Claims:
    has_too_many = "groups" in _of(claims.get("_claim_names"), dict) or claims.get("hasgroups") is True
    at = claims.get("auth_time")
    return Claims(
        directory=str(claims["tid"]).lower(),
        object_id=str(claims["oid"]).lower(),
        name=str(claims.get("name") or ""),
        username=str(claims.get("preferred_username") or ""),
        roles=frozenset(map(str, _of(claims.get("roles"), list))),
        groups=frozenset(map(str, _of(claims.get("groups"), list))),
        tells_groups=not has_too_many,
        signed_in_at=at if isinstance(at, int) and not isinstance(at, bool) else None,
        methods=tuple(map(str, _of(claims.get("amr"), list))),
    )


def _of(value: Any, kind: type) -> Any:
    return value if isinstance(value, kind) else kind()
