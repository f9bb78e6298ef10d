"""What a refusal, a namesake or a changed object means, in words for people (reliability.md 3, rules 8 to 10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.changes.models import Change, Why
from portal.changes.objects import key_of
from portal.changes.plans import plan_without
from portal.graph import reading
from portal.graph.errors import Rejected
from portal.mirror import kinds, store
from portal.mirror.kinds import Action, Level, Proposal, Raw


@dataclass(frozen=True)
class Obstacle:
    """Why something approved must not be carried out after all."""

    why: Why
    message: str


def deletion_obstacle(change: Change, raw: Raw) -> Obstacle | None:
    """What the rules say of a deletion on what the tenant holds now: the object by itself (VR-45, VR-47, VR-48), and
    what has come to name it (VR-46, VR-56, VR-68).

    A refusal stops it; a point that nobody confirmed, because it was not so when it was approved, holds it.
    """
    request, key = change.request, key_of(change.kind, change.document)
    plan = plan_without(key, request.tenant, (), request=request, creation=False)
    proposal = Proposal(change.kind, Action.DELETE, change.base, None, in_use=reading.in_use(raw))
    for finding in change.of.check(proposal, plan):
        if finding.level == Level.BLOCK:
            return Obstacle(Why.REJECTED, str(finding.message))
        if finding.level == Level.CONFIRM and finding.rule not in change.acknowledged:
            message = _("This was not so when it was approved: %(message)s") % {"message": finding.message}
            return Obstacle(Why.HELD, message)
    return None


def namesakes(change: Change, everything: Iterable[Raw]) -> list[Raw]:
    """Objects of the wanted name: those that spell it exactly, or else all that do ignoring case (rule 8)."""
    wanted = kinds.folded(change.name)
    named = [raw for raw in everything if kinds.folded(str(raw.get("displayName", ""))) == wanted]
    return [raw for raw in named if raw["displayName"] == change.name] or named


def refused(change: Change, refusal: Rejected) -> str:
    """Graph's own words, named as such."""
    said = refusal.message.strip() or refusal.code or str(refusal.status)
    return _("Purview did not accept “%(name)s”: %(said)s") % {"name": change.name, "said": said}


def gone(change: Change) -> str:
    return _("“%(name)s” is no longer in the tenant.") % {"name": change.name}


def conflict(change: Change, fields: Sequence[str]) -> str:
    """Which settings somebody else changed."""
    return _("“%(name)s” was changed in Purview meanwhile (%(fields)s). Nothing was overwritten.") % {
        "name": change.name,
        "fields": ", ".join(fields),
    }


def other_name(change: Change, found: str) -> str:
    return _("Purview answered with “%(found)s” where “%(wanted)s” was sent.") % {"found": found, "wanted": change.name}


def namesake(change: Change, raw: Raw) -> str:
    return _("“%(name)s” exists with other settings; Purview says %(who)s made it. Nothing was overwritten.") % {
        "name": change.name,
        "who": store.changed_by(raw) or _("somebody unknown"),
    }


def mismatch(change: Change, fields: Sequence[str]) -> str:
    """Which settings of something that cannot be taken back are not what was approved."""
    return _(
        "Purview holds “%(name)s” with other settings than were approved (%(fields)s). It cannot be taken back: "
        "look in Purview what it reaches, then close this with what was done."
    ) % {"name": change.name, "fields": ", ".join(fields)}


def twins(change: Change, matches: Sequence[Raw]) -> str:
    return _("Purview holds %(count)d objects named “%(name)s”. A person must decide which one stays.") % {
        "count": len(matches),
        "name": change.name,
    }
