"""What a call makes: a change request of the system's, in review; and the same answer however often it is sent."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from events import reports, standing
from events.actions import title_for
from events.api import doors
from events.models import Call
from events.reports import Problem, Report
from portal.audit import trail
from portal.changes import actions
from portal.changes.models import Change, ChangeRequest
from portal.errors import Invalid, Refused, Stale
from portal.mirror.kinds import Finding, Level, folded
from portal.tenants.models import Key, System


class Wrong(Refused):
    """A report that cannot be recorded as it is: what is wrong, field by field. Nothing of it is kept."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(found[0].sentence)
        self.found = found


class NotNow(Refused):
    """The tenant cannot take reports as it stands, whoever sends them."""

    status = 503


def receive(key: Key, report: Report, *, message: str, digest: str) -> tuple[Call, bool]:
    """Take one message, once: the call, and whether it is new. `digest` is the SHA-256 of its body.

    The unique constraint decides which of two is the first (S26). Raises Wrong, NotNow, and Stale if another message
    had that id.
    """
    try:
        with transaction.atomic():
            call = Call.objects.create(system=key.system, message=message, digest=digest)
            _record(call, report, key)
            return call, True
    except IntegrityError:
        first = Call.objects.filter(system=key.system, message=message).first()
        if first is None:
            raise
    if first.digest != digest:
        doors.note(key, "other body", message=message)
        raise Stale(_("Another message has this id. What was sent first stands; give each its own id."))
    return first, False


def _record(call: Call, report: Report, key: Key) -> None:
    """Draft what the report says, send it to review, and release it where a standing approval covers it."""
    system = key.system
    types = _types(system)
    if found := reports.problems(report, types):
        raise Wrong(found)
    wanted = reports.wanted(report, types)
    reason = _("Reported by %(system)s in message %(id)s.") % {"system": system.name, "id": call.message}
    about = {"title": title_for(wanted[0]), "reason": reason}
    request = actions.draft(system.tenant, by=system.person, **about, wanted=wanted)
    if found := _refusals(request):
        raise Wrong(found)
    try:
        actions.submit(request, by=system.person, content_hash=request.content_hash)
    except Invalid as exc:
        raise NotNow(exc.sentence) from exc
    standing.apply(request, system)
    call.request, call.answer = request, told(call.message, request)
    call.save(update_fields=["request", "answer"])
    facts: dict[str, Any] = {"message": call.message, "digest": call.digest, "request": request.number}
    trail.record(system, "call.received", by=system.person, key=key.prefix, **facts)


def told(message: str, request: ChangeRequest) -> dict[str, Any]:
    """What became of a report, as it is answered."""
    request.refresh_from_db()
    return {
        "id": message,
        "change": request.number,
        "state": request.state,
        "events": [
            {
                "marker": change.marker,
                "after_days": change.after_days,
                "state": change.push,
                "held_until": change.held_until.isoformat() if change.held_until else None,
            }
            for change in request.changes.order_by("position")
        ],
    }


def _types(system: System) -> dict[str, str]:
    """The event types of its tenant that it may report."""
    may = {folded(name) for name in system.event_types}
    return {name: spelt for name, spelt in reports.types_of(system.tenant).items() if name in may}


def _refusals(request: ChangeRequest) -> list[Problem]:
    return [
        problem
        for change in request.changes.order_by("position")
        for problem in reports.refusals(change.document, change.is_follow_up, _findings(change))
    ]


def _findings(change: Change) -> list[Finding]:
    """What the rules said of it when it was drafted."""
    return [Finding(**{**one, "level": Level(one["level"])}) for one in change.findings]
