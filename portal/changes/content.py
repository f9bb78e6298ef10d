"""What a request says, as one hash: its version, which edits and decisions name (design.md)."""

from collections.abc import Iterable
from typing import Any

from portal.audit import canonical
from portal.changes.models import Change, ChangeRequest
from portal.mirror.kinds import Action


def content_hash(change_request: ChangeRequest) -> str:
    """SHA-256 over the canonical JSON of all changes of a request, as they stand in the database now."""
    return canonical.sha256(content(change_request.changes.all()))


def content(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Kind, action, target, base, after and acknowledged findings of each change, in order.

    What the request itself creates has no target yet: its Graph id, known later, is not part of what was decided.
    """
    ordered = sorted(changes, key=lambda change: change.position)
    created = {_object(change) for change in ordered if change.action == Action.CREATE}
    return [
        {
            "kind": change.kind,
            "action": change.action,
            "target": "" if _object(change) in created else change.target,
            "base": change.base,
            "after": change.after,
            "carried_by": change.carried_by,
            "acknowledged": sorted(change.acknowledged),
            **({"case": change.case, "after_days": change.after_days} if change.case else {}),
        }
        for change in ordered
    ]


def places(changes: Iterable[Change]) -> dict[int, dict[str, Any]]:
    """What each change of a request says, by its place."""
    ordered = sorted(changes, key=lambda change: change.position)
    return {change.position: said for change, said in zip(ordered, content(ordered), strict=True)}


def news(before: dict[int, dict[str, Any]], after: dict[int, dict[str, Any]]) -> dict[str, dict[str, Any] | None]:
    """What is said otherwise than before, by place; None where nothing is said any more.

    Every entry that changes a request tells this, so that what it said at any moment can be rebuilt from the history
    alone, and hashed (G10).
    """
    differing = sorted(place for place in before.keys() | after.keys() if before.get(place) != after.get(place))
    return {str(place): after.get(place) for place in differing}


def _object(change: Change) -> tuple[str, str, str]:
    return change.kind, change.parent, change.name
