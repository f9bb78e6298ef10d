"""What a test or a trainer does to the directories and to the sign-in; the control paths lead here too."""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, replace
from threading import RLock
from typing import Any
from uuid import UUID, uuid4

from cryptography import x509

from portal.sandbox.identity import bearer, provider
from portal.sandbox.identity.book import Book
from portal.sandbox.identity.claims import of_person
from portal.sandbox.identity.forgeries import BadForgery
from portal.sandbox.identity.models import Person, Registration, Secret
from portal.sandbox.identity.world import World
from portal.sandbox.messages import Answer, Caller, Json, Request
from portal.sandbox.options import Options

REVOCABLE = ("refresh", "access", "consent", "secret", "session")


class Identity:
    """The stand-in for Microsoft's sign-in. `kept` is what an earlier process saved.

    Raises KeyError, TypeError, ValueError or AttributeError for `kept` that is something else.
    """

    def __init__(self, kept: Json, save: Callable[[Json], None], lock: RLock) -> None:
        self._world = World(Book(kept), save)
        self._lock = lock

    def answer(self, request: Request, options: Options) -> Answer:
        return provider.answer(request, self._world, options)

    def count(self, request: Request) -> None:
        """Whatever came of it, also by fault rules."""
        if name := provider.endpoint_of(request):
            self._world.asked[name] += 1

    def caller(self, request: Request) -> Caller | None:
        """Whose access token the request carries, if it stands."""
        return bearer.caller_of(request, self._world.book)

    def register(
        self,
        *,
        directory: str,
        client_id: str = "",
        secret: str = "",
        secret_expires_in: float | None = None,
        certificate: str = "",
        **choices: Any,
    ) -> Json:
        """Register an app, or register it anew; `choices` are further fields of Registration.

        Raises ValueError or TypeError for what cannot be one.
        """
        with self._lock:
            if directory not in self._world.book.directories:
                raise ValueError(f"There is no directory '{directory}'.")
            id = str(UUID(client_id or str(uuid4())))
            if certificate:
                x509.load_pem_x509_certificate(certificate.encode())
            ends = None if secret_expires_in is None else time.time() + secret_expires_in
            given = {"name": "An app", "service_id": str(uuid4())} | choices
            made = Registration(id, directory, **given, certificates=[certificate] if certificate else [])
            made.secrets = [Secret(str(uuid4()), secret, ends)] if secret else []
            self._world.book.registrations[id] = made
            self._world.keep()
            return _shown_app(made)

    def person(self, who: str, **values: Any) -> Json:
        """Change the person of that address or object id, or add one of that address to `directory` (an id)."""
        with self._lock:
            book = self._world.book
            try:
                made = replace(book.find_person(who), **values)
            except ValueError:
                made = Person(**{"oid": str(uuid4()), "preferred_username": who} | values)
            if made.directory not in book.directories:
                raise ValueError(f"There is no directory '{made.directory}'.")
            book.people[made.oid] = made
            self._world.keep()
            return asdict(made)

    def revoke(self, what: str, *, person: str = "", client_id: str = "") -> Json:
        """End what was granted: `refresh` or `access` tokens or the `session` in browsers of one person (or all, and
        the apps), `consent` to one app (or all), or let the `secret` of one app expire."""
        with self._lock:
            if what not in REVOCABLE:
                raise ValueError(f"'what' is one of {', '.join(REVOCABLE)}.")
            oid = self._world.book.find_person(person).oid if person else ""
            getattr(self, f"_revoke_{what}")(oid, client_id)
            self._world.keep()
            return {}

    def _revoke_refresh(self, oid: str, client_id: str) -> None:
        self._world.book.revoke("refresh", [oid] if oid else self._subjects())

    def _revoke_access(self, oid: str, client_id: str) -> None:
        self._world.book.revoke("access", [oid] if oid else self._subjects())

    def _subjects(self) -> Iterable[str]:
        book = self._world.book
        return [*book.people, *(app.service_id for app in book.registrations.values())]

    def _revoke_consent(self, oid: str, client_id: str) -> None:
        self._world.book.withdraw_consent(client_id or None)

    def _revoke_secret(self, oid: str, client_id: str) -> None:
        for secret in self._world.book.registrations[client_id].secrets:
            secret.expires_at = time.time() - 1

    def _revoke_session(self, oid: str, client_id: str) -> None:
        kept = {id: one for id, one in self._world.sessions.items() if oid not in ("", one.oid)}
        self._world.sessions = kept

    def consent(self, client_id: str, directory: str, permissions: list[str]) -> Json:
        """As if an administrator had consented in the portal of the directory."""
        with self._lock:
            self._world.book.consent(client_id, directory, permissions)
            self._world.keep()
            return dict(self._world.book.consents)

    def forge(self, sources: list[Json]) -> list[Json]:
        """Replace the forgeries (see `forgeries`). Raises BadForgery.

        `{"forge": "person", "person": "ben@harrowvale.example"}` is filled in from the directory.
        """
        with self._lock:
            if not isinstance(sources, list):
                raise BadForgery("Forgeries are a JSON list of objects.")
            self._world.forgeries.set([self._filled(source) for source in sources])
            return self._world.forgeries.shown()

    def _filled(self, source: Json) -> Json:
        if not isinstance(source, dict) or source.get("forge") != "person" or "person" not in source:
            return source
        book = self._world.book
        person = book.find_person(source["person"])
        registration = next(app for app in book.registrations.values() if app.directory == person.directory)
        rest = {name: value for name, value in source.items() if name != "person"}
        return rest | {"claims": of_person(person, registration)}

    def forgeries(self) -> list[Json]:
        with self._lock:
            return self._world.forgeries.shown()

    def rotate_keys(self, *, forget: bool = False) -> list[str]:
        """Sign with a new key; with `forget` the older ones are published no more. Returns the ids of all published."""
        with self._lock:
            self._world.signing_key()
            self._world.book.keys.rotate(forget=forget)
            self._world.keep()
            return [key.kid for key in self._world.book.keys.all]

    def issued(self) -> list[Json]:
        """What was issued, oldest first: claims and ids, no secret and no token."""
        with self._lock:
            return list(self._world.issued)

    def asked(self) -> dict[str, int]:
        """How often each endpoint was asked; the token endpoint also by grant type."""
        with self._lock:
            return dict(self._world.asked)

    def show(self) -> Json:
        with self._lock:
            book = self._world.book
            return {
                "directories": [asdict(directory) for directory in book.directories.values()],
                "people": [asdict(person) for person in book.people.values()],
                "registrations": [_shown_app(app) for app in book.registrations.values()],
                "consents": book.consents,
                "keys": [key.kid for key in book.keys.all],
                "forgeries": self.forgeries(),
                "asked": self.asked(),
                "issued": self.issued(),
            }


def _shown_app(app: Registration) -> Json:
    """Without the values of its secrets."""
    shown = {one.name: getattr(app, one.name) for one in fields(app)}
    return shown | {"secrets": [{"id": secret.id, "expires_at": secret.expires_at} for secret in app.secrets]}
