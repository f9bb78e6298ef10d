"""What is reported without anybody at a form: by a system, or in a list of leavers. Nothing of it is ever cut."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from events import document
from events.happening import LATEST_REPEAT, MOST_REPEATS, Case, Happening
from events.kinds import RETENTION_EVENT_TYPE
from portal.changes.fields import storable
from portal.changes.objects import Wanted
from portal.mirror import markers
from portal.mirror.kinds import Document, Finding, Level, folded
from portal.tenants import clock
from portal.tenants.models import Tenant

FARTHEST = 366
"""Days between today and what happened; more is a slip (domain-rules.md 4.7)."""

MOST_IDS = 200
LONGEST = {"name": 280, "event_type": 300, "zone": 60, "day": 10, "note": 800, "kind_of_leave": 80}
LONGEST_ID = 100
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# What the query language reads as more than a number would reach more than one person.
ASSET_ID = re.compile(r"[^\W_][\w./@#+-]*(?: [\w./@#+-]+)*")
WORDS = re.compile(r'[^"*\x00-\x1f\x7f]+')
FIELDS = {"displayName": "name", "eventTriggerDateTime": "day", "eventQueries": "asset_ids", "description": "note"}
FIELDS |= {"retentionEventType": "event_type"}


@dataclass(frozen=True)
class Report:
    """What was said, as it was written: `day` as 2026-05-31, `zone` of the tz database, `follow_ups_after` in days."""

    name: str
    event_type: str
    day: str
    zone: str
    asset_ids: tuple[str, ...] = ()
    case_words: tuple[str, ...] = ()
    note: str = ""
    kind_of_leave: str = ""
    follow_ups_after: tuple[int, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, as a sentence that says what to do. It never repeats an ID."""

    field: str
    sentence: str


def types_of(tenant: Tenant) -> dict[str, str]:
    """The event types of a tenant as it spells them, by their folded names."""
    held = RETENTION_EVENT_TYPE.rows(tenant).here().values_list("display_name", flat=True)
    return {folded(name): name for name in held}


def problems(report: Report, types: Mapping[str, str]) -> list[Problem]:
    """What is wrong with a report by itself. `types` are those that may be reported, by their folded names.

    What the rules say of it beside everything else is asked of its change (`refusals`).
    """
    texts = [*_too_long(report), *_unstorable(report)]
    return texts or [*_missing(report, types), *_when(report), *_searches(report), *_repeats(report)]


def wanted(report: Report, types: Mapping[str, str]) -> list[Wanted]:
    """The events that record a report without problems, the first first."""
    note = "; ".join(filter(None, [report.kind_of_leave, report.note]))
    happening = Happening(
        name=report.name,
        event_type=types[folded(report.event_type)],
        day=date.fromisoformat(report.day),
        zone=report.zone,
        queries=tuple(_queries(report)),
        note=note,
    )
    return Case().wanted(happening, sorted(report.follow_ups_after))


def refusals(event: Document, repeats: bool, findings: Iterable[Finding]) -> list[Problem]:
    """What the rules have against one event of a report, which `repeats` another: nobody is there to confirm anything.

    Where they name it they may name a person's number.
    """
    name, fields = document.name_of(event), FIELDS | ({"displayName": "follow_ups_after"} if repeats else {})
    return [
        Problem(fields.get(one.field, one.field), one.message.replace(f"“{name}”", _("of this name")))
        for one in findings
        if one.level != Level.WARN
    ]


def _queries(report: Report) -> Iterator[Document]:
    if report.asset_ids:
        yield {"queryType": document.FILES, "query": document.files_query(dict.fromkeys(report.asset_ids))}
    if report.case_words:
        yield {"queryType": document.MESSAGES, "query": document.messages_query(dict.fromkeys(report.case_words))}


def _too_long(report: Report) -> Iterator[Problem]:
    for field, most in LONGEST.items():
        count = len(getattr(report, field))
        if count > most:
            told = _("This has %(count)d characters; %(most)d can be kept. Shorten it.")
            yield Problem(field, told % {"count": count, "most": most})
    for field in ("asset_ids", "case_words"):
        given = getattr(report, field)
        if len(given) > MOST_IDS:
            yield Problem(field, _("Name at most %(most)d at once.") % {"most": MOST_IDS})
        elif any(len(one) > LONGEST_ID for one in given):
            yield Problem(field, _("One of them is longer than %(most)d characters.") % {"most": LONGEST_ID})


def _unstorable(report: Report) -> Iterator[Problem]:
    for field in (*LONGEST, "asset_ids", "case_words"):
        given = getattr(report, field)
        try:
            for text in (given,) if isinstance(given, str) else given:
                storable(text)
        except ValidationError as exc:
            yield Problem(field, str(exc.message))


def _missing(report: Report, types: Collection[str]) -> Iterator[Problem]:
    if not report.name.strip():
        yield Problem("name", _("Enter a name, such as “Departure 4711”."))
    elif report.name != report.name.strip():
        yield Problem("name", _("Remove the spaces at the start and the end of the name."))
    elif markers.of({"displayName": report.name}):
        yield Problem("name", _("Leave Fileplan’s marker out of the name. It is added to it."))
    if not report.event_type.strip():
        yield Problem("event_type", _("Name the event type: it decides which labels start."))
    elif folded(report.event_type) not in types:
        yield Problem("event_type", _("This event type cannot be reported here. Ask an administrator of the tenant."))


def _when(report: Report) -> Iterator[Problem]:
    known = report.zone in document.zones()
    if not known:
        yield Problem("zone", _("Name a time zone of the tz database, such as Europe/Berlin."))
    try:
        day = date.fromisoformat(report.day) if DAY.fullmatch(report.day) else None
    except ValueError:
        day = None
    if day is None:
        yield Problem("day", _("Write the day it happened as year, month and day, such as 2026-05-31."))
    elif known and abs((day - _today(report.zone)).days) > FARTHEST:
        yield Problem("day", _("The day is more than a year away. Check it, or record the event in the browser."))


def _today(zone: str) -> date:
    now: datetime = clock.now()
    return now.astimezone(ZoneInfo(zone)).date()


def _searches(report: Report) -> Iterator[Problem]:
    if not report.asset_ids and not report.case_words:
        told = _("Name at least one asset ID or case word. Without them everything of this event type would start.")
        yield Problem("asset_ids", told)
    if not all(ASSET_ID.fullmatch(one) for one in report.asset_ids):
        told = _("An asset ID is made of letters, digits and . / @ # + - _, and begins with a letter or digit.")
        yield Problem("asset_ids", told)
    if not all(WORDS.fullmatch(one) and one == one.strip() for one in report.case_words):
        told = _("Case words are found as they are written: leave out quotation marks, * and spaces at the ends.")
        yield Problem("case_words", told)


def _repeats(report: Report) -> Iterator[Problem]:
    after = report.follow_ups_after
    fits = len(after) <= MOST_REPEATS and len(set(after)) == len(after)
    if not fits or not all(1 <= days <= LATEST_REPEAT for days in after):
        told = _("Name up to %(most)d different numbers of days, each from 1 to %(latest)d.")
        yield Problem("follow_ups_after", told % {"most": MOST_REPEATS, "latest": LATEST_REPEAT})
