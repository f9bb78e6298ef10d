"""Secrets that tests use are canaries: each is looked for in every log line, page, mail, export and entry (S23).

A test that lets one out fails at its end, whatever it was about. What looks like a token counts, and so does what looks
like something TOKEN_KEYS encrypted.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.db.models.signals import post_save
from django.http import HttpResponseBase
from django.test import Client

from portal.audit.models import Entry

SECRET = re.compile(
    r"canary-[a-z0-9-]+|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|gAAAAA[\w-]{20,}"
    r"|stand-in-secret-that-guards-nothing|\b1\.[\w-]{40,}|PRIVATE KEY-----"  # the sandbox's, and certificates' keys
)
FORMATTER = logging.Formatter("%(message)s")


class Watch(logging.Handler):
    """Notes where a secret was told, and by which test."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def begin(self) -> None:
        """Forget what was told, and listen again: a test that set logging up anew took this away."""
        self.told.clear()
        logging.getLogger().addHandler(self)

    def look(self, where: str, text: str) -> None:
        if found := SECRET.search(text):
            self.told.append(f"{where}: {found[0][:20]}")

    def emit(self, record: logging.LogRecord) -> None:
        self.look(f"a log line of {record.name}", f"{FORMATTER.format(record)} {record.__dict__.get('args')}")

    def entry(self, instance: Entry, **_: Any) -> None:
        self.look(f"the entry {instance.verb}", instance.body)

    def page(self, response: HttpResponseBase) -> HttpResponseBase:
        where = f"the answer {response.status_code}"
        self.look(where, str(dict(response.items())))
        if response.streaming:
            response.streaming_content = self._pieces(where, response.streaming_content)  # type: ignore[attr-defined]
        else:
            self.look(where, response.content.decode(errors="replace"))  # type: ignore[attr-defined]
        return response

    def _pieces(self, where: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.look(where, piece.decode(errors="replace"))
            yield piece


@pytest.fixture(scope="session")
def watching() -> Iterator[Watch]:
    watch, ask = Watch(), Client.request
    post_save.connect(watch.entry, sender=Entry, dispatch_uid="tests.canaries")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", lambda client, **said: watch.page(ask(client, **said)))
        yield watch
    post_save.disconnect(sender=Entry, dispatch_uid="tests.canaries")
    logging.getLogger().removeHandler(watch)


@pytest.fixture(autouse=True)
def _no_secret_is_told(watching: Watch) -> Iterator[None]:
    watching.begin()
    yield
    for one in getattr(mail, "outbox", []):
        watching.look("a mail", f"{one.subject}\n{one.body}")
    assert watching.told == []
