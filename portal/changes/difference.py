"""Two documents side by side, setting by setting, in the words of their kind. Nothing that differs is left out."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from portal.changes.threeway import changed_fields
from portal.mirror import veil
from portal.mirror.kinds import Document, Kind, Line

NAME = "displayName"


@dataclass(frozen=True)
class Row:
    """One setting. `before` is empty when it was not set, `after` when it no longer is."""

    path: str
    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after

    @property
    def is_short(self) -> bool:
        """Whether both are values rather than prose, and fit into half a line."""
        texts = (self.before, self.after)
        return all(len(text) <= 40 and "\n" not in text and not text.endswith(".") for text in texts)


@dataclass(frozen=True)
class Difference:
    """Settings that differ, and those that stay. Of a creation or deletion every setting differs, the name left out."""

    changed: tuple[Row, ...]
    unchanged: tuple[Row, ...]


def difference(kind: Kind, base: Document | None, after: Document | None, *, sees: bool = True) -> Difference:
    """What a change makes of an object. No base: it is created; no after: it is deleted.

    For a reader who does not see what the tenant limits, words stand there; whether it differs is told all the same.
    """
    before, wanted = _lines(kind, base), _lines(kind, after)
    rows = [
        Row(path, label, before[path].text if path in before else "", wanted[path].text if path in wanted else "")
        for path, label in _in_reading_order(before, wanted)
    ]
    rows += _unworded(kind, base, after, rows)
    shown = [row for row in rows if row.path != NAME or (base is not None and after is not None)]
    changed, unchanged = [row for row in shown if row.differs], [row for row in shown if not row.differs]
    if not sees:
        changed, unchanged = _hidden(kind, changed), _hidden(kind, unchanged)
    return Difference(tuple(changed), tuple(unchanged))


def _hidden(kind: Kind, rows: list[Row]) -> list[Row]:
    words = veil.words()
    return [
        Row(row.path, row.label, row.before and words, row.after and words) if veil.hides(kind, row.path) else row
        for row in rows
    ]


def _lines(kind: Kind, document: Document | None) -> dict[str, Line]:
    return {line.path: line for line in kind.lines(document)} if document is not None else {}


def _in_reading_order(before: dict[str, Line], after: dict[str, Line]) -> Iterable[tuple[str, str]]:
    """Paths in the order of the document wanted; what only the earlier one has stands behind its neighbour there."""
    order = list(after)
    neighbour = -1
    for path in before:
        if path in after:
            neighbour = order.index(path)
        else:
            neighbour += 1
            order.insert(neighbour, path)
    return [(path, (after.get(path) or before[path]).label) for path in order]


def _unworded(kind: Kind, base: Document | None, after: Document | None, rows: list[Row]) -> list[Row]:
    """Fields that differ although no words for them do: shown as they are, so that nobody approves the unseen."""
    worded = {row.path.partition(".")[0] for row in rows if row.differs}
    nothing = kind.blank()
    old, new = nothing if base is None else base, nothing if after is None else after
    return [
        Row(name, name, _raw(old.get(name)), _raw(new.get(name)))
        for name in changed_fields(old, new)
        if name not in worded and _raw(old.get(name)) != _raw(new.get(name))
    ]


def _raw(value: object) -> str:
    return "" if value in (None, "", [], {}) else json.dumps(value, ensure_ascii=False, sort_keys=True)
