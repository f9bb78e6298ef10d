"""What outlives a restart: people, apps, consent, refresh tokens, signing keys."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, uuid5

from portal.sandbox.identity import cast
from portal.sandbox.identity.keys import Keys
from portal.sandbox.identity.models import Person, Refresh, Registration, Secret
from portal.sandbox.messages import Json

T = TypeVar("T")
MOST_REFRESHES = 2000
"""The oldest are forgotten: workers refresh for months."""


class Book:
    """The caller holds the server's one lock.

    Raises KeyError, TypeError, ValueError or AttributeError for `kept` that is not what `kept()` gave.
    """

    def __init__(self, kept: Json) -> None:
        self.directories = cast.directories()
        self.people = cast.people() | _read(Person, kept.get("people", {}))
        self.registrations: dict[str, Registration] = cast.registrations() | {
            id: _registration(found) for id, found in kept.get("registrations", {}).items()
        }
        self.refreshes = _read(Refresh, kept.get("refreshes", {}))
        self.consents: dict[str, list[str]] = {name: list(found) for name, found in kept.get("consents", {}).items()}
        self.keys = Keys(kept.get("keys", []))
        self._generations: Counter[str] = Counter(kept.get("generations", {}))

    def kept(self) -> Json:
        return {
            "people": _written(self.people),
            "registrations": _written(self.registrations),
            "refreshes": _written(self.refreshes),
            "consents": self.consents,
            "keys": self.keys.kept(),
            "generations": dict(self._generations),
        }

    def find_person(self, who: str) -> Person:
        """By object id or address. Raises ValueError."""
        wanted = who.casefold()
        for person in self.people.values():
            if wanted in (person.oid, person.preferred_username.casefold()):
                return person
        raise ValueError(f"There is nobody called '{who}'.")

    def consented(self, client_id: str, directory: str) -> frozenset[str]:
        return frozenset(self.consents.get(f"{client_id} {directory}", ()))

    def consent(self, client_id: str, directory: str, permissions: Iterable[str]) -> None:
        every = self.consented(client_id, directory) | set(permissions)
        self.consents[f"{client_id} {directory}"] = sorted(every)

    def withdraw_consent(self, client_id: str | None) -> None:
        """From one app, or from all."""
        self.consents = {
            name: found for name, found in self.consents.items() if client_id not in (None, name.split()[0])
        }

    def generation(self, kind: str, subject: str) -> str:
        """What tokens of a kind (`refresh`, `access`) for a person or an app bear as long as they stand."""
        return str(uuid5(NAMESPACE_OID, f"{kind} {subject} {self._generations[f'{kind} {subject}']}"))

    def revoke(self, kind: str, subjects: Iterable[str]) -> None:
        """Every token of that kind issued so far stands no more."""
        self._generations.update(f"{kind} {subject}" for subject in subjects)

    def keep_refresh(self, token: str, refresh: Refresh) -> None:
        self.refreshes[digest(token)] = refresh
        while len(self.refreshes) > MOST_REFRESHES:
            del self.refreshes[next(iter(self.refreshes))]

    def refresh(self, token: str) -> Refresh | None:
        return self.refreshes.get(digest(token))


def digest(token: str) -> str:
    """What is kept of a refresh token."""
    return sha256(token.encode()).hexdigest()


def _read(of: type[T], kept: Json) -> dict[str, T]:
    return {id: of(**found) for id, found in kept.items()}


def _registration(found: Json) -> Registration:
    return Registration(**found | {"secrets": [Secret(**secret) for secret in found["secrets"]]})


def _written(records: dict[str, Any]) -> Json:
    return {id: asdict(record) for id, record in records.items()}
