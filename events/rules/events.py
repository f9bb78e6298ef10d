"""Rules for events. An event starts periods that nobody can stop again, so most of them are asked before it is sent."""

import re
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from events import document
from events.rules.types import labels_on
from portal.graph import reading
from portal.mirror import markers, names
from portal.mirror.kinds import Finding, Known, Level, Plan, Proposal, folded
from portal.mirror.rules import CREATE, DELETE, UPDATE, Says, rule, run

LONGEST_NAME = 64 - markers.LENGTH - 1
FORBIDDEN = "%*\\&<>|#?,:;"
PAIRS = re.compile(r'[A-Za-z][A-Za-z0-9_]*:(?:"[^"]+"|[^\s":]+)(?:\s+[A-Za-z][A-Za-z0-9_]*:(?:"[^"]+"|[^\s":]+))*')
PHRASE = re.compile(r'"([^"]*)"')
STARS = re.compile(r"(?<![^\s:(])\*+(?![^\s)])")
FAR = timedelta(days=90)
YEARS = (1900, 2200)


def queries(change: Proposal, kind: str = "") -> list[str]:
    """The texts that an event searches for, of one kind of query or of all."""
    found = change.document.get("eventQueries") or []
    return [str(one["query"]) for one in found if kind in ("", one["queryType"])]


def bare_name(change: Proposal) -> str:
    """The name before its marker, as it was typed: a space at its end is one of the 64 characters as well."""
    return markers.MARKER.sub("", names.name_of(change))


@rule("VR-57", Level.BLOCK, on=CREATE)
def complete(change: Proposal, plan: Plan) -> Says:
    """VR-57."""
    if not bare_name(change).strip():
        yield "displayName", _("Enter a name.")
    if not change.document.get("retentionEventType"):
        yield "retentionEventType", _("Choose the event type: it decides which labels start.")
    if not change.document.get("eventTriggerDateTime"):
        yield "eventTriggerDateTime", _("Enter the date on which it happened.")


@rule("VR-57", Level.BLOCK, on=CREATE)
def the_same_day(change: Proposal, plan: Plan) -> Says:
    """VR-57: what is sent is the beginning of the day that was entered, in the zone it happened in (4.3)."""
    sent, said = change.document.get("eventTriggerDateTime"), document.day_of(change.document)
    if not sent:
        return
    moment = reading.moment(sent)
    if said is None or moment is None or document.beginning(*said) != sent:
        yield "eventTriggerDateTime", _("Date and zone do not say the same moment. Enter the date again.")
    elif not YEARS[0] <= said[0].year <= YEARS[1]:
        yield "eventTriggerDateTime", _("Enter a date between the years 1900 and 2200.")


@rule("VR-58", Level.BLOCK, on=CREATE)
def name_fits(change: Proposal, plan: Plan) -> Says:
    """VR-58."""
    name = bare_name(change)
    if len(name) > LONGEST_NAME:
        numbers = {"n": len(name), "most": LONGEST_NAME, "too_many": len(name) - LONGEST_NAME}
        told = _("The name has %(n)s characters; %(most)s fit beside Fileplan’s marker. Shorten it by %(too_many)s.")
        yield "displayName", told % numbers
    found = "".join(sorted(set(FORBIDDEN) & set(name)))
    if found:
        yield "displayName", _("Purview does not take %(signs)s in names. Leave them out.") % {"signs": found}
    if name != name.strip():
        yield "displayName", _("Remove the spaces at the start and the end of the name.")


@rule("VR-58", Level.BLOCK, on=CREATE)
def name_is_new(change: Proposal, plan: Plan) -> Says:
    """VR-58, the duplicate: also one that waits in another change, which the tenant may not hold for weeks."""
    name = folded(bare_name(change))
    if name and any(folded(markers.without(known.name)) == name for known in _others(change, plan)):
        told = _("An event “%(name)s” exists already or is in this change. Choose another name.")
        yield "displayName", told % {"name": bare_name(change)}
    elif name and (change.kind, name) in plan.drafted:
        told = _("An event “%(name)s” is part of another change. Choose another name or open that change.")
        yield "displayName", told % {"name": bare_name(change)}


@rule("VR-58", Level.BLOCK, on=CREATE)
def is_marked(change: Proposal, plan: Plan) -> Says:
    """Name and description end in the same marker (reliability.md 3, rule 7)."""
    marker = markers.of({"displayName": names.name_of(change)})
    if not marker or markers.of({"description": change.document.get("description")}) != marker:
        yield "displayName", _("This event has no marker, so it could not be found again. Draft it anew.")


@rule("VR-59", Level.CONFIRM, on=CREATE, two_approvers=True)
def unscoped(change: Proposal, plan: Plan) -> Says:
    """VR-59."""
    if not queries(change):
        told = _(
            "Without an asset ID or query this event starts retention for all content with labels of type “%(type)s”."
        )
        yield "eventQueries", told % {"type": change.document.get("retentionEventType") or ""}


@rule("VR-60", Level.WARN, on=CREATE)
def both_kinds(change: Proposal, plan: Plan) -> Says:
    """VR-60."""
    files, messages = queries(change, "files"), queries(change, "messages")
    if files and not messages:
        yield "eventQueries", _("Files only will be reached: no message is searched for.")
    if messages and not files:
        yield "eventQueries", _("Messages only will be reached: no file is searched for.")


@rule("VR-61", Level.BLOCK, on=CREATE)
def property_and_value(change: Proposal, plan: Plan) -> Says:
    """VR-61. A bare value is VR-62's; what finds everything is an event without a query, which two approve (VR-59)."""
    for query in queries(change, "files"):
        if not is_bare(query) and not PAIRS.fullmatch(query):
            yield "eventQueries", _("Write property and value, such as ComplianceAssetID:4711.")
    for query in queries(change):
        if not query.strip():
            yield "eventQueries", _("A query is empty. Enter what it searches for, or remove it.")
        elif finds_everything(query):
            yield (
                "eventQueries",
                _(
                    "“*” or quotation marks around nothing may find everything. Enter what it searches for, or leave "
                    "out all queries and confirm that everything is meant."
                ),
            )


def finds_everything(query: str) -> bool:
    """Whether one of its terms is but stars, or quotation marks around nothing."""
    if not all(phrase.replace("*", "").strip() for phrase in PHRASE.findall(query)):
        return True
    return STARS.search(PHRASE.sub("x", query)) is not None


@rule("VR-62", Level.WARN, on=CREATE)
def bare_value(change: Proposal, plan: Plan) -> Says:
    """VR-62."""
    for query in queries(change, "files"):
        if is_bare(query):
            told = _(
                "A bare value is a full-text search and may match other people’s files. "
                "Write ComplianceAssetID: before it."
            )
            yield "eventQueries", told


def is_bare(query: str) -> bool:
    """Whether a file query is one value without a property."""
    return bool(re.fullmatch(r"[^\s:\"]+", query))


@rule("VR-63", Level.WARN, on=CREATE)
def not_again(change: Proposal, plan: Plan) -> Says:
    """VR-63. A repetition within the same case is meant to be one."""
    mine = document.search_key(change.document)
    for known in _others(change, plan):
        if queries(change) and document.search_key(known.document) == mine and not _same_case(change, known):
            yield "eventQueries", _again(known)


@rule("VR-64", Level.WARN, on=CREATE)
def some_label_starts(change: Proposal, plan: Plan) -> Says:
    """VR-64."""
    name = str(change.document.get("retentionEventType") or "")
    if name and not labels_on(name, plan):
        told = _("No label starts on “%(type)s”; the event would have no effect.")
        yield "retentionEventType", told % {"type": name}


@rule("VR-57", Level.BLOCK, on=CREATE)
def type_exists(change: Proposal, plan: Plan) -> Says:
    """VR-57: the type is in the tenant or in the same request."""
    name = str(change.document.get("retentionEventType") or "")
    if name and plan.find("retentionEventType", name) is None:
        told = _("There is no event type “%(type)s”. Choose another, or add it to this change.")
        yield "retentionEventType", told % {"type": name}


@rule("VR-65", Level.WARN, on=CREATE)
def near_in_time(change: Proposal, plan: Plan) -> Says:
    """VR-65, in days of the zone it happened in."""
    day, zone = document.day_of(change.document) or (None, "")
    if day and zone in document.zones() and abs(day - timezone.localdate(timezone=ZoneInfo(zone))) > FAR:
        told = _(
            "The date is more than 90 days away. Past dates can make content due at once; future dates are allowed."
        )
        yield "eventTriggerDateTime", told


@rule("VR-66", Level.BLOCK, on=UPDATE)
def unchangeable(change: Proposal, plan: Plan) -> Says:
    """VR-66."""
    told = _("Events cannot be changed. Create a corrected event and handle the affected items by relabelling.")
    yield "displayName", told


@rule("VR-67", Level.WARN, on=DELETE)
def goes_on(change: Proposal, plan: Plan) -> Says:
    """VR-67."""
    yield "displayName", _("Deleting the event does not stop retention that has started.")


RULES = (
    complete,
    the_same_day,
    type_exists,
    name_fits,
    name_is_new,
    is_marked,
    names.storable,
    unscoped,
    both_kinds,
    property_and_value,
    bare_value,
    not_again,
    some_label_starts,
    near_in_time,
    unchangeable,
    goes_on,
)


def check_event(change: Proposal, plan: Plan) -> list[Finding]:
    """What the rules have to say about a change to an event."""
    return run(RULES, change, plan)


def _others(change: Proposal, plan: Plan) -> Iterator[Known]:
    mine = markers.of(change.document)
    return (known for known in plan.of(change.kind) if markers.of(known.document) != mine or not mine)


def _same_case(change: Proposal, known: Known) -> bool:
    return document.case_name(change.document) == document.case_name(known.document)


def _again(known: Known) -> str:
    """Which event searched for the same before. What it searches for may be seen by few."""
    name = markers.without(known.name)
    if known.created_at is None:
        told = _("“%(name)s” searches for the same. Needed again only for content labelled after that.")
        return told % {"name": name}
    told = _("“%(name)s” of %(date)s searched for the same. Needed again only for content labelled after that.")
    return told % {"name": name, "date": date_format(known.created_at, "j F Y")}
