"""An access token as the stand-in Graph reads it."""

from typing import Any

import jwt

from portal.sandbox.identity.book import Book
from portal.sandbox.identity.claims import issuer
from portal.sandbox.identity.scopes import GRAPH_ID, own_roots
from portal.sandbox.messages import Caller, Json, Request

REQUIRED = ["aud", "iss", "exp", "nbf", "oid", "tid", "sid"]


def caller_of(request: Request, book: Book) -> Caller | None:
    """Whose token it is; None for one that is not of this server, not for it, or does not stand (any more)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token.count(".") != 2:
        return None
    try:
        said = _read(token, request, book)
    except (jwt.PyJWTError, KeyError):
        return None
    stands = said["iss"] == issuer(said["tid"]) and said["sid"] == book.generation("access", said["oid"])
    return _caller(said, book) if stands else None


def _read(token: str, request: Request, book: Book) -> Json:
    """Raises PyJWTError, or KeyError for a key that is not published."""
    key = book.keys.of(str(jwt.get_unverified_header(token).get("kid")))
    if key is None:
        raise KeyError("kid")
    audience = [GRAPH_ID, *own_roots(request)]
    said: dict[str, Any] = jwt.decode(
        token, key.public, algorithms=["RS256"], audience=audience, options={"require": REQUIRED}
    )
    return said


def _caller(said: Json, book: Book) -> Caller | None:
    if "scp" not in said:
        return Caller(said["oid"], said["app_displayname"], frozenset(said.get("roles", ())), is_app=True)
    person = book.people.get(said["oid"])
    if person is None:
        return None
    return Caller(person.oid, person.name, frozenset(said["scp"].split()), has_purview_role=person.has_purview_role)
