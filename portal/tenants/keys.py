"""What a system proves itself with: a bearer token that says who it is, and a secret that signs what it says."""

import base64
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from portal.tenants.models import Key

TOKEN = re.compile(r"fpt_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
NOBODYS = "0" * 64  # compared where no key is found, so that an unknown token takes as long as a wrong one
USED_EVERY = timedelta(minutes=1)


class Shown(NamedTuple):
    """What is shown once. Both are 256 random bits behind a word that secret scanners can look for."""

    token: str
    secret: str

    @property
    def prefix(self) -> str:
        return self.token.split("_")[1]


def new() -> Shown:
    """A token and a secret nobody has had."""
    return Shown(f"fpt_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}", f"fps_{secrets.token_urlsafe(32)}")


def hashed(text: str) -> str:
    """SHA-256 in hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def find(token: str) -> Key | None:
    """The key whose token this is, whatever became of it; compared in constant time (S24)."""
    shaped = TOKEN.fullmatch(token)
    keys = Key.objects.select_related("system__tenant", "system__person")
    key = keys.filter(prefix=shaped[1]).first() if shaped else None
    is_it = hmac.compare_digest(key.token_hash if key else NOBODYS, hashed(token))
    return key if is_it else None


def signature(signing_key: str, message: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `id.timestamp.body` in Base64, as the header webhook-signature has it behind `v1,` (S25)."""
    signed = f"{message}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(bytes.fromhex(signing_key), signed, "sha256")).decode()


def is_signed(given: Iterable[str], key: Key, message: str, timestamp: str, body: bytes) -> bool:
    """Whether one of the signatures is the key's own."""
    wanted = f"v1,{signature(key.signing_key, message, timestamp, body)}".encode()
    return any(hmac.compare_digest(wanted, one.encode()) for one in given)


@transaction.atomic
def note_use(key: Key, now: datetime) -> None:
    """Keep when a key was last used, to the minute: a write for every call would be many."""
    before = now - USED_EVERY
    if key.last_used_at is None or key.last_used_at < before:
        unseen = Q(last_used_at__isnull=True) | Q(last_used_at__lt=before)
        Key.objects.filter(unseen, pk=key.pk).update(last_used_at=now)
