"""A system as its people would program it: a token, a secret, and messages signed with it."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.test import Client
from django.utils import timezone

from portal.tenants import clock, systems
from portal.tenants.keys import Shown
from portal.tenants.models import Key, Person, Scope, System, Tenant

TYPE = "Employee separation"


def said(number: str = "4711", **fields: Any) -> dict[str, Any]:
    """The body of a report of somebody who left today."""
    told = {
        "id": f"message-{number}",
        "event_type": TYPE,
        "name": f"Departure {number}",
        "day": timezone.now().date().isoformat(),
        "zone": "Europe/Berlin",
        "asset_ids": [number],
        "case_words": [number],
    }
    return {name: value for name, value in (told | fields).items() if value is not None}


def signed(shown: Shown, body: bytes, message: str, *, at: float = 0) -> dict[str, str]:
    """The headers of a message that is sent `at` seconds from now."""
    return stamped(shown, body, message, str(int(clock.now().timestamp() + at)))


def stamped(shown: Shown, body: bytes, message: str, timestamp: str) -> dict[str, str]:
    """The headers of a message that bears a moment."""
    key = sha256(shown.secret.encode()).digest()
    digest = hmac.new(key, f"{message}.{timestamp}.".encode() + body, "sha256").digest()
    return {
        "Authorization": f"Bearer {shown.token}",
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


@dataclass
class Sender:
    """A system with a key, and a client to send with."""

    system: System
    key: Key
    shown: Shown
    client: Client

    @property
    def path(self) -> str:
        return f"/api/v1/t/{self.system.tenant.slug}/events"

    def post(self, told: Any, *, headers: Mapping[str, str] | None = None, **more: Any) -> Any:
        """Send a report, signed now. `headers` replace what it would send; one that is "" is left out."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        message = told["id"] if isinstance(told, dict) and "id" in told else "message-1"
        sent = signed(self.shown, body, message) | dict(headers or {})
        return self.send(body, {name: value for name, value in sent.items() if value}, **more)

    def send(self, body: bytes, headers: Mapping[str, str], *, path: str = "", kind: str = "application/json") -> Any:
        return self.client.post(path or self.path, body, content_type=kind, headers=dict(headers))

    def get(self, message: str, *, path: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.shown.token}"}
        return self.client.get(path or f"{self.path}/{message}", headers=headers)


def make_sender(
    tenant: Tenant, by: Person, *, name: str = "Workday", types: tuple[str, ...] = (TYPE,), scopes: Any = Scope
) -> Sender:
    """A system that may report `types`, with one key."""
    system = systems.add(tenant, name=name, event_types=types, by=by)
    return with_key(system, by, scopes=scopes)


def with_key(system: System, by: Person, *, scopes: Any = Scope, days: int = 365) -> Sender:
    """The system with a key of its own, besides those it has."""
    ends = clock.now() + timedelta(days=days)
    key, shown = systems.make_key(system, scopes=scopes, expires_at=ends, by=by)
    return Sender(system, key, shown, Client())
