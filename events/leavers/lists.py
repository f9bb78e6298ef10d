"""A list of what happened, one row each, as somebody saves it from a spreadsheet: read, judged, and shown before it
is drafted. Nothing of it is ever given back as a file."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from django.utils.translation import gettext as _

from events import reports
from events.document import name_of
from events.reports import Problem, Report
from portal.changes.objects import Wanted
from portal.changes.writing import judged
from portal.mirror.kinds import Finding, Level
from portal.tenants.models import Tenant

MOST_ROWS = 500
LARGEST = 1024 * 1024  # bytes
NEEDED = ("name", "event_type", "day", "zone")
COLUMNS = (*NEEDED, "asset_ids", "case_words", "note", "kind_of_leave", "follow_ups_after")
BETWEEN = "|"  # several in one cell


class Unreadable(Exception):
    """This is no list as it is described on the page. The text says what to do, and where."""


@dataclass(frozen=True)
class Row:
    """One row: the line it ends on, what it says, and the events it would record; none where something is wrong."""

    line: int
    report: Report
    problems: tuple[Problem, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """What its events are called, without their markers."""
        return [name_of(one.after or {}) for one in self.wanted]


@dataclass(frozen=True)
class Listed:
    """All rows of a list, or why it cannot be read."""

    rows: tuple[Row, ...] = ()
    unreadable: str = ""
    text: str = field(default="", repr=False)

    @property
    def wrong(self) -> list[Row]:
        return [row for row in self.rows if row.problems]

    @property
    def wanted(self) -> list[Wanted]:
        return [one for row in self.rows for one in row.wanted]

    @property
    def is_ready(self) -> bool:
        """Whether it can be drafted as it is."""
        return bool(self.rows) and not self.wrong and not self.unreadable

    @property
    def seen(self) -> str:
        """What names the text that was shown, so that exactly this is drafted."""
        return sha256(self.text.encode()).hexdigest()


def decoded(raw: bytes) -> str:
    """The text of a file in UTF-8, with or without a mark at its beginning. Raises Unreadable."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise Unreadable(_("The file is not in UTF-8. Save it as “CSV UTF-8” and choose it again.")) from exc


def read(text: str, tenant: Tenant) -> Listed:
    """Every row with what it would record, or what is wrong with it and at which field."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    types = reports.types_of(tenant)
    try:
        rows = [_row(line, cells, types) for line, cells in _lines(text)]
    except Unreadable as exc:
        return Listed(unreadable=str(exc), text=text)
    if not rows:
        return Listed(
            unreadable=_("There is no row below the line with the columns. Add one for each case."), text=text
        )
    return Listed(tuple(_judged(rows, tenant)), text=text)


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row by its columns, with the line it ends on. Raises Unreadable."""
    if len(text.encode(errors="replace")) > LARGEST:
        raise Unreadable(_("This is larger than 1 MiB. Record it in several lists."))
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _columns([cell.strip().lower() for cell in next(reader, [])])
        count = 0
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_ROWS:
                raise Unreadable(
                    _("There are more than %(most)d rows. Record it in several lists.") % {"most": MOST_ROWS}
                )
            yield reader.line_num, _named(columns, cells, reader.line_num)
    except csv.Error as exc:
        told = _("Line %(line)d cannot be read: a quotation mark is open, or stands inside a word. Close or double it.")
        raise Unreadable(told % {"line": reader.line_num}) from exc


def _columns(given: list[str]) -> list[str]:
    unknown = [name for name in given if name not in COLUMNS]
    missing = [name for name in NEEDED if name not in given]
    if unknown:
        told = _("There is no column “%(name)s”. The columns are %(all)s.")
        raise Unreadable(told % {"name": unknown[0][:60], "all": ", ".join(COLUMNS)})
    if missing:
        raise Unreadable(
            _("The first line lacks the column “%(name)s”. Name the columns there.") % {"name": missing[0]}
        )
    if len(set(given)) != len(given):
        raise Unreadable(_("A column stands twice in the first line. Name each once."))
    return given


def _named(columns: list[str], cells: list[str], line: int) -> dict[str, str]:
    if len(cells) > len(columns):
        told = _("Line %(line)d has more cells than there are columns. Put quotation marks around a cell with commas.")
        raise Unreadable(told % {"line": line})
    return dict(zip(columns, (cell.strip() for cell in cells), strict=False))


def _row(line: int, cells: Mapping[str, str], types: Mapping[str, str]) -> Row:
    days, numbered = _several(cells, "follow_ups_after"), True
    if not all(one.isascii() and one.isdigit() and len(one) < 5 for one in days):
        days, numbered = (), False
    report = Report(
        **{name: cells.get(name, "") for name in (*NEEDED, "note", "kind_of_leave")},
        asset_ids=_several(cells, "asset_ids"),
        case_words=_several(cells, "case_words"),
        follow_ups_after=tuple(int(one) for one in days),
    )
    found = reports.problems(report, types)
    if not numbered:
        found.append(Problem("follow_ups_after", _("Write whole numbers of days, such as 30|90.")))
    return Row(line, report, tuple(found), () if found else tuple(reports.wanted(report, types)))


def _several(cells: Mapping[str, str], column: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in cells.get(column, "").split(BETWEEN) if one.strip())


def _judged(rows: list[Row], tenant: Tenant) -> Iterator[Row]:
    """The rows with what the rules say of each beside all others."""
    everything = [one for row in rows for one in row.wanted]
    said = iter(judged(tenant, None, everything))
    for row in rows:
        found = [next(said) for _one in row.wanted]
        problems = [problem for one, findings in found for problem in _refusals(one, findings)]
        warnings = [str(one.message) for _one, findings in found for one in findings if one.level == Level.WARN]
        yield Row(row.line, row.report, (*row.problems, *problems), row.wanted, tuple(dict.fromkeys(warnings)))


def _refusals(one: Wanted, findings: list[Finding]) -> list[Problem]:
    return reports.refusals(one.after or {}, bool(one.after_days), findings)
