"""How the trail is read: entries as rows, runs without a change folded into one, all of it under its days."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from portal.audit.models import Entry, Result
from portal.audit.trail import entry_hash
from portal.history import verbs
from portal.mirror import veil

EVIDENCE = ("content", "says", "mirrored")  # facts shown with the hashes or field by field, or there to rebuild from
SYNCED = "sync.completed"
LISTED, FOUND = "listed", ("created", "changed", "gone")  # its facts: how many objects


@dataclass(frozen=True)
class Difference:
    """One field that changed, as text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Touched:
    """One object that a request drafted or edited."""

    name: str
    action: str
    differences: list[Difference]

    @property
    def title(self) -> str:
        """The object and what is to be done with it."""
        return str(verbs.ACTIONS.get(self.action, verbs.UNHEARD)) % {"name": self.name, "action": self.action}


@dataclass(frozen=True)
class Row:
    """One entry as it is shown. A body that is not the one that was hashed is not believed, and tells nothing.

    `sees`: whether the reader sees what the tenant limits.
    """

    entry: Entry
    sees: bool = True

    is_fold = False

    @property
    def first(self) -> int:
        return self.entry.seq

    last = first

    @property
    def day(self) -> date:
        """Its date in the reader's zone."""
        return timezone.localdate(self.entry.at)

    @cached_property
    def is_altered(self) -> bool:
        return entry_hash(self.entry.body) != self.entry.entry

    @cached_property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = {} if self.is_altered else json.loads(self.entry.body)
        return told

    @property
    def facts_told(self) -> dict[str, Any]:
        facts: dict[str, Any] = self.told.get("facts", {})
        return facts

    @property
    def what(self) -> str:
        return verbs.words(self.entry.verb)

    @property
    def is_signed(self) -> bool:
        return self.entry.verb in verbs.SIGNED and self.entry.result == Result.OK

    @property
    def is_request(self) -> bool:
        return self.entry.object_kind == "request" and self.entry.object_key.isdecimal()

    @property
    def is_uneventful(self) -> bool:
        """A complete run that found the tenant as it was."""
        found = any(self.facts_told.get(count) for count in FOUND)
        return self.entry.verb == SYNCED and not self.is_altered and not found

    @property
    def about(self) -> str:
        """What it was done to; for a sync run what it found, since its name is only its time."""
        if self.entry.verb != SYNCED or self.is_altered:
            return self.entry.object_name
        figures = {
            count: number_format(self.facts_told.get(count, 0), force_grouping=True) for count in (LISTED, *FOUND)
        }
        if self.facts_told.get("gone"):
            return _("Objects seen: %(listed)s. New: %(created)s. Changed: %(changed)s. Gone: %(gone)s.") % figures
        return _("Objects seen: %(listed)s. New: %(created)s. Changed: %(changed)s.") % figures

    @property
    def differences(self) -> list[Difference]:
        return self._differences(self.told.get("changes", {}))

    @property
    def objects(self) -> list[Touched]:
        told = self.facts_told.get("objects")
        if not isinstance(told, list):
            return []
        return [Touched(one["name"], one["action"], self._differences(one["changes"])) for one in told]

    def _differences(self, changes: dict[str, list[Any]]) -> list[Difference]:
        found = _differences(changes)
        if self.sees:
            return found
        limited, words = {verbs.spelled(name) for name in veil.fields()}, veil.words()
        return [
            Difference(one.field, one.before and words, one.after and words) if one.field in limited else one
            for one in found
        ]

    @property
    def facts(self) -> list[tuple[str, list[str]]]:
        """What else the entry tells, named and in lines of text."""
        shown = {name: value for name, value in self.facts_told.items() if name not in EVIDENCE}
        if self.objects:
            del shown["objects"]
        return [(verbs.fact(name), _lines(value)) for name, value in shown.items() if value not in ("", None, [])]


@dataclass(frozen=True)
class Fold:
    """Sync runs in a row that found nothing new, newest first."""

    rows: list[Row]

    is_fold = True

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def day(self) -> date:
        return self.rows[0].day

    @property
    def began(self) -> datetime:
        return self.rows[-1].entry.at

    @property
    def ended(self) -> datetime:
        return self.rows[0].entry.at

    @property
    def first(self) -> int:
        return self.rows[-1].entry.seq

    @property
    def last(self) -> int:
        return self.rows[0].entry.seq


Item = Row | Fold


@dataclass(frozen=True)
class Day:
    """What is shown under one date."""

    date: date
    items: list[Item]


def folded(entries: Iterable[Entry], *, sees: bool = True) -> list[Item]:
    """Entries as rows, with runs of uneventful ones of a day folded."""
    items: list[Item] = []
    rows = (Row(entry, sees) for entry in entries)
    for (_day, is_uneventful), run in groupby(rows, lambda row: (row.day, row.is_uneventful)):
        together = list(run)
        items += [Fold(together)] if is_uneventful and len(together) > 1 else together
    return items


def by_day(items: Iterable[Item]) -> list[Day]:
    """Items, newest first, under their days."""
    return [Day(day, list(of_day)) for day, of_day in groupby(items, lambda item: item.day)]


def text_of(value: Any) -> str:
    """A value of an entry as text; of something with parts, each part with its name."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ("; " if any(isinstance(part, dict) for part in value) else ", ").join(map(text_of, value))
    if isinstance(value, dict):
        return ", ".join(f"{verbs.spelled(name)}: {text_of(part)}" for name, part in value.items())
    return str(value)


def _lines(value: Any) -> list[str]:
    return [text_of(part) for part in value] if isinstance(value, list) else [text_of(value)]


def _differences(changes: dict[str, list[Any]]) -> list[Difference]:
    return [
        Difference(verbs.spelled(field), text_of(before), text_of(after)) for field, (before, after) in changes.items()
    ]
