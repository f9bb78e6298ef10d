"""Everything the provider has at hand while it answers one request."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from portal.sandbox.identity.book import Book
from portal.sandbox.identity.failures import Failure, lacking
from portal.sandbox.identity.forgeries import Forgeries
from portal.sandbox.identity.keys import Key
from portal.sandbox.identity.models import AUTOMATIC, Code, Device, Person, Registration, Session
from portal.sandbox.messages import Json, Request, now
from portal.sandbox.options import Options

COOKIE = "sandbox_sign_in"
KEPT = 2000


@dataclass
class World:
    """The book, what passes with this process, and what was asked and issued."""

    book: Book
    save: Callable[[Json], None]
    codes: dict[str, Code] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    forgeries: Forgeries = field(default_factory=Forgeries)
    asked: Counter[str] = field(default_factory=Counter)
    issued: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT))

    def keep(self) -> None:
        self.save(self.book.kept())

    def signing_key(self) -> Key:
        """Kept from the first time on."""
        if not self.book.keys.is_made:
            self.book.keys.make()
            self.keep()
        return self.book.keys.current

    def note(self, kind: str, **facts: object) -> None:
        """Enter what was issued; never a secret."""
        self.issued.append({"at": now(), "kind": kind, **facts})


@dataclass(frozen=True)
class Call:
    request: Request
    world: World
    options: Options
    directory: str
    """The first segment of the path: a directory's id, or one of `models.AUTOMATIC`."""
    given: dict[str, str]
    """Parameters of the protocol, from query and form."""
    pressed: dict[str, str]
    """What somebody chose on one of our own pages."""

    @property
    def book(self) -> Book:
        return self.world.book

    def need(self, name: str) -> str:
        """Raises Failure when the parameter is absent or empty."""
        if not self.given.get(name):
            raise lacking(name)
        return self.given[name]

    def registration(self) -> Registration:
        """The app that asks. Raises Failure where it is unknown in this directory."""
        client_id = self.need("client_id").lower()
        found = self.book.registrations.get(client_id)
        if found is not None and (found.is_multi_tenant or found.directory == self.directory):
            return found
        if found is not None and self.directory in AUTOMATIC:
            message = f"Application '{client_id}' is not configured as a multi-tenant application."
            raise Failure("invalid_request", 50194, message)
        message = f"Application with identifier '{client_id}' was not found in the directory '{self.directory}'."
        raise Failure("unauthorized_client", 700016, message)

    def admits(self, person: Person) -> bool:
        return self.directory in (person.directory, *AUTOMATIC)

    def person(self, oid: str) -> Person:
        """Somebody who may sign in here. Raises Failure."""
        person = self.book.people.get(oid)
        if person is None or not self.admits(person):
            message = f"User account does not exist in tenant '{self.directory}' and cannot access the application."
            raise Failure("invalid_grant", 50020, message)
        return person

    def session(self) -> Session | None:
        """Who is signed in in the browser that asks."""
        return self.world.sessions.get(self.session_id)

    @property
    def session_id(self) -> str:
        try:
            found = SimpleCookie(self.request.headers.get("Cookie", "")).get(COOKIE)
        except CookieError:
            return ""
        return found.value if found else ""


def seconds() -> int:
    """Now, as tokens count it."""
    return int(time.time())
