"""One object of a request as an approver reads it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from portal.changes.difference import Difference, Row, difference
from portal.changes.drift.adopting import holds
from portal.changes.impact import LABEL
from portal.changes.meanwhile import Met, meanwhile
from portal.changes.models import Change
from portal.changes.objects import ChangedObject
from portal.changes.outgoing import Outgoing, outgoing
from portal.changes.threeway import changed_fields
from portal.mirror.kinds import Action, Level
from portal.mirror.models import Mirrored


class Noted(NamedTuple):
    """A finding and who confirmed it, if anybody."""

    finding: dict[str, Any]
    confirmed: dict[str, Any] | None

    @property
    def wants_confirmation(self) -> bool:
        return self.confirmed is None and self.finding["level"] == Level.CONFIRM

    @property
    def confirmed_at(self) -> datetime | None:
        return datetime.fromisoformat(self.confirmed["at"]) if self.confirmed else None


@dataclass(frozen=True)
class ObjectSheet:
    """One changed object with everything an approver reads of it. `row` is what the mirror holds of it, if anything.

    `sees`: whether the reader sees what the tenant limits.
    """

    changed: ChangedObject
    row: Mirrored | None
    sees: bool = True

    @property
    def position(self) -> int:
        """The object's place in the request; it names the object in addresses."""
        return self.changed.first.position

    @property
    def is_label(self) -> bool:
        return self.changed.kind.name == LABEL

    @property
    def is_event(self) -> bool:
        """Whether it records what happens once, which has pages of its own."""
        return self.changed.kind.once

    @property
    def in_use(self) -> bool:
        return bool(self.row and self.row.raw.get("isInUse"))

    @property
    def is_outdated(self) -> bool:
        """Whether the tenant holds something else than what the change was drafted on."""
        if self.is_adoption:
            return not holds(self.changed.base, self.changed.after, self.row)
        if self.changed.base is None:
            return False
        return self.row is None or self.row.document != self.changed.base

    @cached_property
    def meanwhile(self) -> tuple[Met, ...]:
        """What the tenant changed in it since, setting by setting."""
        return meanwhile(self.changed, self.row, sees=self.sees)

    @property
    def is_refused(self) -> bool:
        """Whether what changed since keeps it from being approved (VR-75)."""
        if not self.is_outdated:
            return False
        return (
            self.changed.action != Action.UPDATE
            or self.row is None
            or any(one.verdict == "conflict" for one in self.meanwhile)
        )

    @property
    def is_undecided(self) -> bool:
        """Whether something of it was made or changed outside that this change leaves as it is."""
        return self.is_made_outside or bool(self.drifted)

    @property
    def is_made_outside(self) -> bool:
        """Whether nobody ever agreed on the object that it changes."""
        return self._drifted_row is not None and self._drifted_row.agreed is None

    @property
    def drifted(self) -> list[Row]:
        """The settings changed outside that nobody decided on, and that this change leaves as they are."""
        row, after = self._drifted_row, self.changed.after or {}
        if row is None or row.agreed is None:
            return []
        left = {name for name in changed_fields(row.agreed, row.document) if after.get(name) == row.document.get(name)}
        rows = difference(self.changed.kind, row.agreed, row.document, sees=self.sees).changed
        return [one for one in rows if one.path.partition(".")[0] in left]

    @property
    def _drifted_row(self) -> Mirrored | None:
        """What an update meets; an adoption and a deletion decide on the whole object."""
        updates = self.changed.action == Action.UPDATE
        return self.row if updates and self.row is not None and self.row.is_drifted else None

    @property
    def is_adoption(self) -> bool:
        return self.changed.action == Action.ADOPT

    @cached_property
    def difference(self) -> Difference:
        return difference(self.changed.kind, self.changed.base, self.changed.after, sees=self.sees)

    @cached_property
    def outgoing(self) -> list[Outgoing]:
        return [sent for part in self.changed.parts if (sent := outgoing(part, sees=self.sees))]

    @cached_property
    def notes(self) -> list[Noted]:
        confirmed = {one["rule"]: one for one in self.changed.acknowledgements}
        return [
            Noted(found, confirmed.get(found["rule"]) if found["level"] == Level.CONFIRM else None)
            for found in self.changed.findings
        ]

    @property
    def settled(self) -> list[Noted]:
        """Findings nobody needs to confirm any more."""
        return [note for note in self.notes if not note.wants_confirmation]

    @property
    def open(self) -> list[Noted]:
        """Findings that still want somebody's confirmation."""
        return [note for note in self.notes if note.wants_confirmation]

    @property
    def grave(self) -> list[dict[str, Any]]:
        """What of it cannot be undone."""
        return [found for found in self.changed.findings if found["two_approvers"]]

    @property
    def by_hand(self) -> list[str]:
        """What a person does in Purview for it, sentence by sentence."""
        return [step for part in self.changed.by_hand for step in manual_steps(part)]

    @property
    def is_kept(self) -> bool:
        """Whether Fileplan alone keeps it, and so nothing of it is sent."""
        return self.changed.kind.is_kept

    @property
    def is_creation(self) -> bool:
        return self.changed.base is None

    @property
    def is_deletion(self) -> bool:
        return self.changed.after is None


def manual_steps(part: Change) -> list[str]:
    """A part that Graph cannot take, as what to do in Purview, one sentence for each setting."""
    texts = {
        True: _("Open the %(noun)s “%(name)s” in Purview and set %(setting)s to “%(value)s”."),
        False: _("Open the %(noun)s “%(name)s” in Purview and clear %(setting)s, which is “%(value)s” now."),
    }
    return [
        texts[bool(row.after)]
        % {"noun": part.of.noun, "name": part.name, "setting": row.label, "value": row.after or row.before}
        for row in difference(part.of, part.base, part.after).changed
    ]
