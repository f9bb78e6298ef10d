"""What the tenant changed since a change was drafted: three ways, setting by setting (VR-75, G13)."""

from dataclasses import dataclass

from portal.changes.difference import difference
from portal.changes.objects import ChangedObject
from portal.changes.threeway import compare
from portal.mirror import veil
from portal.mirror.kinds import Action, Document
from portal.mirror.models import Mirrored


@dataclass(frozen=True)
class Met:
    """One setting the tenant changed: as it was drafted on, as it is now, and as the change wants it.

    `verdict`: conflict, both changed it and approval is refused; there, the tenant has what is wanted; kept, the change
    leaves it alone, so it stays as the tenant has it.
    """

    label: str
    drafted: str
    now: str
    wanted: str
    verdict: str


def meanwhile(changed: ChangedObject, row: Mirrored | None, *, sees: bool = True) -> tuple[Met, ...]:
    """Every setting that is no longer as the change was drafted on; empty for a creation and for what is gone."""
    drafted = found(changed)
    if drafted is None or row is None:
        return ()
    lines = changed.kind.lines(changed.after) if changed.after is not None else ()
    wanted = {line.path: line.text for line in (lines if sees else veil.lines(changed.kind, lines))}
    return tuple(
        Met(one.label, one.before, one.after, wanted.get(one.path, ""), _verdict(changed, row.document, one.path))
        for one in difference(changed.kind, drafted, row.document, sees=sees).changed
    )


def found(changed: ChangedObject) -> Document | None:
    """What the tenant held when the change was drafted; of an adoption that is what it agrees to."""
    return changed.after if changed.action == Action.ADOPT else changed.base


def _verdict(changed: ChangedObject, now: Document, path: str) -> str:
    """An update speaks of single settings; a deletion and an adoption of the whole object."""
    if changed.action != Action.UPDATE:
        return "conflict"
    field = path.partition(".")[0]
    compared = compare(changed.base or {}, now, changed.after or {})
    return "conflict" if field in compared.conflict else "there" if field in compared.there else "kept"
