"""Who may call: a system with a key of its tenant, which signed exactly this message a moment ago (S24, S25).

Whatever is wrong, the answer is the same; the history says what it was.
"""

import re
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja.security.base import AuthBase

from portal.audit import restored, trail
from portal.audit.models import Result
from portal.audit.trail import Subject
from portal.errors import NotAllowed, Refused
from portal.tenants import clock, keys, meter
from portal.tenants.access import Request, enter
from portal.tenants.actions import About
from portal.tenants.models import Key, Role, Scope

LONGEST_BODY = 64 * 1024  # bytes
SKEW = 300  # seconds between the system's clock and ours
MESSAGE = re.compile(r"[A-Za-z0-9._:-]{1,100}")
MOST_SIGNATURES = 5
REFUSED_BURST, REFUSED_PER_SECOND = 30, 0.1  # of one address, before it is answered without an entry


class Unproved(Refused):
    """Who calls did not prove to be a system of ours. Which part was wrong is not told."""

    status = 401


class Held(Refused):
    """A backup was restored, and nobody has looked yet at what it lost (S31)."""

    status = 503


class TooLarge(Refused):
    """More than a message can be."""

    status = 413


class WrongType(Refused):
    """No JSON."""

    status = 415


class TooMany(Refused):
    """Nothing was looked at, so nothing is lost. `seconds` later it is taken."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(_("This is more than one key may send at once. Send it again later; nothing of it was kept."))
        self.seconds = seconds


class Caller(Request):
    """A request of a system. For annotations only."""

    auth: Key


class Bearer(AuthBase):
    """A key, as bearer token, that is good for `scope`; `proves` says what is wrong beside the token, or ""."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: Scope, *, proves: Callable[[HttpRequest, Key], str] = lambda request, key: "") -> None:
        super().__init__()
        self.scope, self.proves = scope, proves

    def __call__(self, request: HttpRequest) -> Key:
        """The key. Raises Unproved, Http404 for another tenant's, NotAllowed without the scope, TooMany, Held."""
        kind, _space, token = request.headers.get("Authorization", "").partition(" ")
        key = keys.find(token.strip()) if kind.lower() == "bearer" else None
        because = _ended(key) or self.proves(request, key) if key else "token"
        if key is None or because:
            raise _refused(request, key, because)
        request.user, match = key.system.person, request.resolver_match
        enter(cast(Request, request), str(match.kwargs["tenant"]) if match else "", (Role.AUTHOR,))
        if restored.is_held(key.system.tenant):
            raise Held(_("A backup was restored, and nothing is taken until it was looked at. Send it again later."))
        if self.scope.value not in key.scopes:
            note(key, "scope")
            raise NotAllowed(_("This key is not good for that. Ask an administrator for one that is."))
        seconds = meter.wait(f"key {key.pk}", burst=settings.CALLS_BURST, per_second=settings.CALLS_PER_SECOND)
        if seconds:
            raise TooMany(seconds)
        keys.note_use(key, clock.now())
        return key


def _ended(key: Key) -> str:
    """Why a key no longer counts; "" while it does."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= clock.now():
        return "expired"
    return "" if key.system.is_active else "closed"


def signed(request: HttpRequest, key: Key) -> str:
    """What is wrong with the signature over id, moment and raw body; "" if nothing is."""
    message, timestamp = (request.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp"))
    given = request.headers.get("webhook-signature", "").split(" ")[:MOST_SIGNATURES]
    if not MESSAGE.fullmatch(message):
        return "id"
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(int(timestamp) - clock.now().timestamp()) > SKEW:
        return "timestamp"
    return "" if keys.is_signed(given, key, message, timestamp, request.body) else "signature"


class Signed(Bearer):
    """A key as bearer token, and a signature over the message. Its size and type are looked at before it is read."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope, proves=signed)

    def __call__(self, request: HttpRequest) -> Key:
        """The key. Raises TooLarge and WrongType beside what every key does."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            raise TooLarge(_("A message has at most 64 KiB. Report one event in each."))
        if request.content_type != "application/json":
            raise WrongType(_("A message is JSON. Send it with “Content-Type: application/json”."))
        return super().__call__(request)


@transaction.atomic
def note(key: Key, because: str, **facts: Any) -> None:
    """Tell the tenant's history that a call of one of its keys was refused, and why. Never what it said."""
    told = {"key": key.prefix, "because": because, **facts}
    trail.record(key.system, "call.refused", service="api", result=Result.DENIED, **told)


def _refused(request: HttpRequest, key: Key | None, because: str) -> Refused:
    """The answer to who proved nothing. Of an address that goes on like that no more is told."""
    address = request.META.get("REMOTE_ADDR", "")
    seconds = meter.wait(f"refused {address}"[:100], burst=REFUSED_BURST, per_second=REFUSED_PER_SECOND)
    if seconds:
        return TooMany(seconds)
    if key is not None:
        note(key, because)
    else:
        _note_unknown()
    return Unproved(_("The key, the signature or the moment of this message does not fit. Nothing was kept."))


@transaction.atomic
def _note_unknown() -> None:
    """Somebody without a key of ours is told in the portal's chain; what they sent may be a secret of somebody's."""
    about = About(Subject("system", "", "", None))
    trail.record(about, "call.refused", service="api", result=Result.DENIED, because="token")
