"""That whoever signs is there at that moment: proved for one person, one record and one content, once (G11).

Every signature is proved in full, however shortly after another: with a password there is no second factor to leave
out, and at Microsoft it is the directory's policy that says which factors are asked for. A password proves the
decision it is sent with. Microsoft proves it before: it is told to ask anew (`max_age=0`), says when it did, and that
counts for five minutes.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.auth import BACKEND_SESSION_KEY
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.audit import trail
from portal.audit.models import Result
from portal.audit.trail import Recorded, chain_name
from portal.errors import NotAllowed, Refused
from portal.graph.identity import Claims
from portal.tenants import clock, meter, microsoft
from portal.tenants.access import Request
from portal.tenants.backends import OF_MICROSOFT
from portal.tenants.models import Method, Person, Presence

LASTS = timedelta(minutes=5)
LEEWAY = 120  # seconds Microsoft's clock may differ from ours
TRIES, TRY_EVERY = 10, 90  # wrong passwords at once, and seconds until one more may be tried
FORGOTTEN = timedelta(days=1)
TYPED = "typed"


class Proof(NamedTuple):
    """What somebody proved who they are with, and when. `key` is that of the row it comes from, if from any."""

    method: Method
    at: datetime
    key: str = ""

    @property
    def told(self) -> dict[str, str]:
        """As it stands in the history."""
        return {"method": self.method.value, "at": self.at.astimezone(UTC).isoformat()}


class Again(Refused):
    """Nothing proves that they are there now: it has to be proved, and everything else stays as it was typed."""


class Used(Again):
    """It was proved for something that has been decided since."""

    status = 403


class TooMany(Again):
    """Too many passwords were wrong."""

    status = 429


class Asked(NamedTuple):
    """What a decision box asks its reader for: a password, or to have confirmed at Microsoft."""

    with_password: bool
    confirmed: Presence | None = None

    @property
    def is_open(self) -> bool:
        """Whether a decision can be sent from the box as it is."""
        return self.with_password or self.confirmed is not None


def asked(request: Request, about: Recorded, content_hash: str) -> Asked:
    """What this reader has to do before they sign this content."""
    if not _is_of_microsoft(request):
        return Asked(with_password=True)
    found = Presence.objects.filter(
        person=request.user, about=_name(about), content_hash=content_hash, used_at=None, at__gt=clock.now() - LASTS
    )
    return Asked(with_password=False, confirmed=found.order_by("-at").first())


def sign(request: Request, about: Recorded, content_hash: str, act: Callable[..., None]) -> None:
    """Do what somebody signs, with the proof that they are there, which is used up with it.

    Raises Again where it has to be proved first, NotAllowed for what somebody else proved, and whatever `act` raises;
    then nothing is used up.
    """
    proof = _of_microsoft(request, about, content_hash) if _is_of_microsoft(request) else _of_password(request)
    with transaction.atomic():
        _use(proof)
        act(proof=proof)
    request.session.pop(TYPED, None)


def lead(request: Request, about: Recorded, content_hash: str, *, then: str) -> str:
    """The address at Microsoft where somebody confirms who they are, for this content. Raises microsoft.Away."""
    person = request.user
    wanted = {"person": person.pk, "about": _name(about), "content_hash": content_hash}
    hint = None if person.email.endswith(".invalid") else person.email
    return microsoft.lead_with(request, {"then": then, "confirms": wanted}, max_age=0, login_hint=hint)


def confirm(request: Request, way: dict[str, Any], claims: Claims) -> str:
    """Keep that they confirmed who they are, if these claims prove it for the way they were sent on.

    Returns why not, a word of refusals.py, or nothing. Raises NotAllowed where somebody else was sent on it.
    """
    person, wanted = request.user, way["confirms"]
    if not person.is_authenticated or person.pk != wanted["person"]:
        raise NotAllowed(_("Somebody else was asked to confirm who they are. Open the change and confirm yourself."))
    if (claims.directory, claims.object_id) != (person.directory_id, person.object_id):
        return "another_account"
    now = clock.now()
    if not _is_fresh(claims.signed_in_at, began=way["began"], now=now.timestamp()):
        return "not_fresh"
    at = min(datetime.fromtimestamp(claims.signed_in_at or 0, UTC), now)
    _keep(person, at=at, about=wanted["about"], content_hash=wanted["content_hash"])
    request.session.cycle_key()
    return ""


@transaction.atomic
def note_refusal(person: Person, because: str) -> None:
    """Somebody did not prove that they are there."""
    trail.record(person, "person.presence_refused", by=person, result=Result.DENIED, because=because)


def keep_typed(request: Request, about: Recorded, typed: dict[str, Any]) -> None:
    """Keep what was typed while somebody is at Microsoft."""
    request.session[TYPED] = {"about": _name(about), **typed}


def typed(request: Request, about: Recorded) -> dict[str, Any]:
    """What was typed before somebody was sent to Microsoft."""
    kept: dict[str, Any] = request.session.get(TYPED) or {}
    return kept if kept.get("about") == _name(about) else {}


def _is_of_microsoft(request: Request) -> bool:
    """The way they came in is the way they prove it again."""
    return bool(request.session.get(BACKEND_SESSION_KEY) == OF_MICROSOFT)


def _of_password(request: Request) -> Proof:
    person, password = request.user, request.POST.get("password", "")
    if not password:
        raise Again(_("Type your password: it shows that it is you who signs."))
    name = f"presence {person.pk}"
    wait = meter.wait(name, burst=TRIES, per_second=1 / TRY_EVERY)
    if wait:
        minutes = -(-wait // 60)
        told = ngettext(
            "Too many passwords were wrong. Nothing was signed; try again in %(minutes)d minute.",
            "Too many passwords were wrong. Nothing was signed; try again in %(minutes)d minutes.",
            minutes,
        )
        raise TooMany(told % {"minutes": minutes})
    if not person.check_password(password[:1024]):
        note_refusal(person, "wrong_password")
        raise Again(_("This is not your password. Nothing was signed; type it again."))
    meter.forget(name)
    return Proof(Method.PASSWORD, clock.now())


def _of_microsoft(request: Request, about: Recorded, content_hash: str) -> Proof:
    given = request.POST.get("presence", "")
    kept = Presence.objects.filter(key=given).first() if given else None
    if kept is None:
        raise Again(_("Confirm first that it is you. What you typed is kept."))
    if kept.person_id != request.user.pk:
        raise NotAllowed(_("Somebody else confirmed who they are. Confirm that it is you, then decide."))
    if kept.used_at is not None:
        raise Used(_("This confirmation was used already. Confirm again that it is you; what you typed is kept."))
    if (kept.about, kept.content_hash) != (_name(about), content_hash):
        raise Again(_("You confirmed who you are for something else. Confirm again; what you typed is kept."))
    if kept.at <= clock.now() - LASTS:
        raise Again(_("You confirmed who you are more than five minutes ago. Confirm again; what you typed is kept."))
    return Proof(Method.MICROSOFT, kept.at, kept.key)


def _use(proof: Proof) -> None:
    """Once: of two at the same time, the database lets one through."""
    if proof.key and not Presence.objects.filter(key=proof.key, used_at=None).update(used_at=clock.now()):
        raise Used(_("This confirmation was used already. Confirm again that it is you; what you typed is kept."))


@transaction.atomic
def _keep(person: Person, *, at: datetime, about: str, content_hash: str) -> None:
    Presence.objects.filter(person=person, at__lt=clock.now() - FORGOTTEN).delete()
    Presence.objects.create(key=secrets.token_urlsafe(32), person=person, at=at, about=about, content_hash=content_hash)


def _is_fresh(at: int | None, *, began: int, now: float) -> bool:
    """Whether they were asked after they were sent, and at most five minutes ago."""
    return at is not None and began - LEEWAY <= at <= now + LEEWAY and now - at <= LASTS.total_seconds()


def _name(about: Recorded) -> str:
    subject = about.subject
    return f"{chain_name(subject.tenant_id)} {subject.kind} {subject.key}"
