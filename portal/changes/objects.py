"""A request as people read it: one object per changed thing, whoever carries its parts."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from portal.changes.models import Carrier, Change, Push
from portal.mirror import kinds, markers
from portal.mirror.kinds import Action, Document, Kind

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Wanted:
    """What somebody wants of one object.

    `target` is its Graph id, empty for a creation; `acknowledged` is {rule: reason}. An adoption's `base` is what was
    agreed until now, None if nothing was; its `after` is what the tenant holds. What repeats an event names the marker
    of the first as its `case`, and waits `after_days` longer.
    """

    kind: str
    action: Action
    base: Document | None
    after: Document | None
    target: str = ""
    acknowledged: dict[str, str] = field(default_factory=dict)
    case: str = ""
    after_days: int = 0

    @property
    def key(self) -> Key:
        return key_of(self.kind, self.after or self.base or {})


@dataclass(frozen=True)
class ChangedObject:
    """One object with all parts of its change: what Graph is sent, and what a person carries after it."""

    parts: tuple[Change, ...]

    @property
    def first(self) -> Change:
        return self.parts[0]

    @property
    def key(self) -> Key:
        return key_of(self.kind.name, self.document)

    @property
    def kind(self) -> Kind:
        return kinds.of(self.first.kind)

    @property
    def action(self) -> Action:
        return Action(self.first.action)

    @property
    def name(self) -> str:
        return self.first.name

    @property
    def base(self) -> Document | None:
        return self.first.base

    @property
    def after(self) -> Document | None:
        after: Document | None = self.parts[-1].after
        return after

    @property
    def document(self) -> Document:
        return self.after or self.base or {}

    @property
    def findings(self) -> list[dict[str, Any]]:
        findings: list[dict[str, Any]] = self.first.findings
        return findings

    @property
    def acknowledgements(self) -> list[dict[str, Any]]:
        acknowledgements: list[dict[str, Any]] = self.first.acknowledgements
        return acknowledgements

    @property
    def is_stopped(self) -> bool:
        return any(part.push == Push.STOPPED for part in self.parts)

    @property
    def by_hand(self) -> tuple[Change, ...]:
        return tuple(part for part in self.parts if part.carried_by == Carrier.PERSON)


def key_of(kind: str, document: Document) -> Key:
    """What tells objects apart before they have an id: kind, folded parent and folded name."""
    parent = kinds.parent_name(kind, document)
    return kind, kinds.folded(parent), kinds.folded(str(document.get("displayName", "")))


def objects_of(changes: Iterable[Change]) -> list[ChangedObject]:
    """The changes of a request, part to part, in their order."""
    grouped: dict[Key, list[Change]] = {}
    for change in sorted(changes, key=lambda change: change.position):
        grouped.setdefault(key_of(change.kind, change.document), []).append(change)
    return [ChangedObject(tuple(parts)) for parts in grouped.values()]


def confirmed(changed: ChangedObject, rule: str, reason: str) -> Wanted:
    """The same wish with one more point confirmed, beside those that were."""
    given = {one["rule"]: one["reason"] for one in changed.acknowledgements} | {rule: reason}
    first = changed.first
    wanted = Wanted(changed.kind.name, changed.action, changed.base, changed.after, first.target, given)
    return replace(wanted, case=first.case, after_days=first.after_days)


def parts_of(wanted: Wanted) -> list[Change]:
    """The rows, not saved yet, that carry it out: what Graph can be brought to, then what is left to a person."""
    kind, document = kinds.of(wanted.kind), wanted.after or wanted.base or {}
    shared: dict[str, Any] = {
        "kind": wanted.kind,
        "name": str(document.get("displayName", ""))[:300],
        "parent": kinds.parent_name(wanted.kind, document)[:300],
        "target": wanted.target,
    }
    if kind.once and wanted.action == Action.CREATE:
        marker = markers.of(document)
        shared |= {"marker": marker or None, "case": wanted.case or marker, "after_days": wanted.after_days}
    if kind.is_kept:
        kept = {"base": wanted.base, "after": wanted.after, "carried_by": Carrier.NOBODY}
        return [Change(**shared, action=wanted.action, **kept)]
    if wanted.after is None:
        return [Change(**shared, action=wanted.action, base=wanted.base, after=None)]
    if wanted.action == Action.ADOPT:
        nothing_sent = {"base": wanted.base, "after": wanted.after, "carried_by": Carrier.NOBODY}
        return [Change(**shared, action=wanted.action, **nothing_sent)]
    reached = kind.reach(wanted.base, wanted.after)
    parts = []
    if wanted.base is None or reached != wanted.base or reached == wanted.after:
        parts.append(Change(**shared, action=wanted.action, base=wanted.base, after=reached))
    if reached != wanted.after:
        by_hand = {"action": Action.UPDATE, "base": reached, "after": wanted.after, "carried_by": Carrier.PERSON}
        parts.append(Change(**shared, **by_hand))
    return parts
