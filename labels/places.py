"""Where on the form something stands: its fields, its stages, and the field that a finding is shown at."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.forms import BoundField
from django.utils.translation import gettext as _

from labels.document import PARTS
from labels.forms import CITATION, StageForm
from labels.kinds import RETENTION_LABEL
from labels.sheets import STAGES
from portal.mirror.kinds import Document, Finding, Level

Placed = list[tuple[Finding, str]]
"""Findings, each with the field it is shown at."""

MOVED = "VR-75"


@dataclass(frozen=True)
class Noted:
    """A finding at its field. `href` leads there; `key` is what its checkbox sends; `mends` the text of a button."""

    finding: Finding
    slot: str
    href: str
    ticked: bool = False
    reason: str = ""
    mends: str = ""

    @property
    def key(self) -> str:
        return f"{self.finding.rule}:{self.slot}"

    @property
    def needs_confirmation(self) -> bool:
        return self.finding.level == Level.CONFIRM and not self.ticked


@dataclass(frozen=True)
class Place:
    """A place of the form. `field` is None where the setting is fixed: then `label` and `text` say it.

    `added` is the value typed there that is created beside the label.
    """

    name: str
    field: BoundField | None
    findings: list[Noted]
    added: str = ""
    label: str = ""
    text: str = ""

    @property
    def can_change(self) -> bool:
        """Whether what is said there can change while somebody types: not at a setting that is fixed and silent."""
        return self.field is not None or bool(self.findings) or not self.label


@dataclass(frozen=True)
class Card:
    """One stage. `is_known`: it exists in the tenant, and can neither move nor go (VR-27)."""

    form: StageForm
    place: Place
    number: int
    is_known: bool
    is_top: bool
    is_bottom: bool

    @property
    def is_wrong(self) -> bool:
        return bool(self.form.errors) or any(one.finding.level == Level.BLOCK for one in self.place.findings)


def slot_of(kind: str, path: str) -> str:
    """The field of the form a finding belongs to: a path in the label's document, or in that of something added."""
    if kind != RETENTION_LABEL.name:
        return path if path in CITATION else kind
    top, _dot, rest = path.partition(".")
    if top == "descriptors":
        return rest if rest in PARTS else top
    if top == STAGES and rest.isdigit():
        return f"{STAGES}-{int(rest) - 1}"
    return top


def met(now: Document, typed: Document, fields: Iterable[str]) -> Placed:
    """Fields that both the tenant and the author changed, with both values."""
    message = _("The tenant changed this since you started. Purview now has “%(now)s”, you wrote “%(typed)s”.")
    return [
        (
            Finding(MOVED, Level.WARN, name, message % {"now": told(now, name), "typed": told(typed, name)}),
            slot_of(RETENTION_LABEL.name, name),
        )
        for name in fields
    ]


def taken_over(now: Document, fields: Iterable[str]) -> Placed:
    """Fields that only the tenant changed: the form shows its value now."""
    message = _("The tenant changed this since you started. The form now shows what Purview has: “%(now)s”.")
    return [
        (
            Finding(MOVED, Level.WARN, name, message % {"now": told(now, name)}),
            slot_of(RETENTION_LABEL.name, name),
        )
        for name in fields
    ]


def told(document: Document, field: str) -> str:
    """One field of a label in words; a dash where nothing is set."""
    lines = [line.text for line in RETENTION_LABEL.lines(document) if line.path.partition(".")[0] == field]
    return "; ".join(" ".join(text.split("\n")) for text in lines) or "–"
