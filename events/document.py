"""The document of an event, and what is read out of one (design.md; contract 3.4, 4.2).

The day and its zone stand in the description, before the marker: what Graph keeps is a moment, and a moment alone slips
a day for half of the world (domain-rules.md 4.3).
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db.models import Q

from events import spreading
from portal.audit import canonical
from portal.graph import reading
from portal.mirror import markers
from portal.mirror.kinds import Bind, Document, Incomplete, Named, Raw, Reference, folded

SAID = re.compile(r"(?:^|\s)(\d{4}-\d\d-\d\d) ([A-Za-z0-9_+\-/]+) FPE-[0-9A-Z]{10}$")
ZONE = re.compile(r"[A-Za-z0-9_+\-/]+")
FOLLOWS = re.compile(r" \+\d+d$")
FIELDS = ("displayName", "description", "eventTriggerDateTime", "eventQueries")
QUERY = ("queryType", "query")
FILES, MESSAGES = "files", "messages"
ASSET = "ComplianceAssetID"


def blank() -> Document:
    """An event with nothing set."""
    return {
        "displayName": "",
        "description": "",
        "retentionEventType": None,
        "eventTriggerDateTime": None,
        "eventQueries": [],
    }


def composed(
    *, name: str, note: str, event_type: str, day: date | None, zone: str, queries: Iterable[Document], marker: str
) -> Document:
    """The document of a new event: its marker at the end of name and description, its day and zone before that."""
    when = f"{day.isoformat()} {zone}" if day and zone else ""
    return {
        "displayName": f"{name} {marker}",
        "description": " ".join(filter(None, [note, when, marker])),
        "retentionEventType": event_type or None,
        "eventTriggerDateTime": beginning(day, zone) if day and zone else None,
        "eventQueries": [{part: one[part] for part in QUERY} for one in queries],
    }


@cache
def zones() -> frozenset[str]:
    """The zones of the tz database that an event can name. Read once: it takes a walk through many files."""
    return frozenset(zone for zone in available_timezones() if ZONE.fullmatch(zone))


def beginning(day: date, zone: str) -> str | None:
    """The moment a day begins in a zone, in UTC as Graph writes it; None for an unknown zone or before the year 1."""
    if zone not in zones():
        return None
    try:
        moment = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment.year >= 1000 else None


def day_of(document: Document) -> tuple[date, str] | None:
    """The day and the zone that an event names itself; None for one that was made elsewhere."""
    found = SAID.search(str(document.get("description") or ""))
    try:
        return (date.fromisoformat(found[1]), found[2]) if found else None
    except ValueError:
        return None


def note_of(document: Document) -> str:
    """The description as its author wrote it: without day, zone and marker."""
    text = str(document.get("description") or "")
    return markers.without(SAID.sub("", text)).rstrip()


def name_of(document: Document) -> str:
    """The name as its author wrote it, without the marker."""
    return markers.without(str(document.get("displayName") or ""))


def case_name(document: Document) -> str:
    """The name that an event shares with what repeats it: “Departure 4711 +30d” is of the case “Departure 4711”."""
    return folded(FOLLOWS.sub("", name_of(document)))


def files_query(asset_ids: Iterable[str]) -> str:
    """The file query for asset IDs: repeated restrictions of one property mean *or* (domain-rules.md 4.2)."""
    return " ".join(f"{ASSET}:{_quoted(one)}" for one in asset_ids)


def messages_query(words: Iterable[str]) -> str:
    """The message query for case words: any of them, each as it is written."""
    return " OR ".join('"' + one.replace('"', "") + '"' for one in words)


def asset_ids_in(query: str) -> list[str]:
    """The asset IDs that `files_query` made this query of; none for any other query."""
    found = [quoted or plain for quoted, plain in re.findall(ASSET + r':(?:"([^"]*)"|(\S+))', query)]
    return found if found and files_query(found) == query else []


def case_words_in(query: str) -> list[str]:
    """The case words that `messages_query` made this query of; none for any other query."""
    found = [word for word in re.findall(r'"([^"]*)"', query) if word]
    return found if found and messages_query(found) == query else []


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"[\s:]", value) else value


def search_key(document: Document) -> str:
    """A hash of event type and queries: equal for events that reach the same."""
    queries = sorted([str(one["queryType"]), str(one["query"])] for one in document.get("eventQueries") or [])
    return canonical.sha256([folded(str(document.get("retentionEventType") or "")), queries])


def document(raw: Raw) -> Document:
    """An event as Graph answers it with its type expanded. Raises Incomplete where a part is missing (T5)."""
    if not (reading.text_or_none(raw.get("id")) and reading.text_or_none(raw.get("displayName"))):
        raise Incomplete("An event came without its id or its name.")
    if "retentionEventType" not in raw or not ("eventQueries" in raw or "eventQuery" in raw):
        raise Incomplete("An event came without its type or its queries.")
    return {**blank(), **partial(raw), "retentionEventType": _type_name(raw["retentionEventType"])}


def _type_name(value: Any) -> str | None:
    """The name of an expanded type; None for null. Raises Incomplete for one without a name, and for a text (T6)."""
    if value is None:
        return None
    name = reading.text_or_none(value.get("displayName")) if isinstance(value, dict) else None
    if name is None:
        raise Incomplete("An event came without the name of its type.")
    return name


def partial(body: Raw, named: Named | None = None) -> Document:
    """The part of a document that a body or an unexpanded answer carries."""
    found: Document = {}
    for name in ("displayName", "description"):
        if name in body:
            found[name] = body[name] if isinstance(body[name], str) else ""
    if "eventTriggerDateTime" in body:
        found["eventTriggerDateTime"] = _moment(body["eventTriggerDateTime"])
    if "eventQueries" in body or "eventQuery" in body:
        found["eventQueries"] = _queries(body.get("eventQueries", body.get("eventQuery")))
    if named is not None and "retentionEventType@odata.bind" in body:
        found["retentionEventType"] = named(body["retentionEventType@odata.bind"])
    return found


def _moment(value: Any) -> str | None:
    moment = reading.moment(value)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _queries(value: Any) -> list[Document]:
    """Each query as it came; one that is no query is kept as its text, so that it never reads as none."""
    given = value if isinstance(value, list) else [value] if value else []
    return [_query(one) for one in given]


def _query(one: Any) -> Document:
    if isinstance(one, dict):
        return {part: str(one.get(part) or "") for part in QUERY}
    return {"queryType": "", "query": str(one)}


def body(wanted: Document, fields: Iterable[str] | None, bind: Bind) -> Raw:
    """A creation sends everything that is set, and its queries even when there are none: that was approved (VR-59)."""
    sent = {name: wanted[name] for name in FIELDS if name == "eventQueries" or wanted[name]}
    bound = [bind(reference) for reference in references(wanted)]
    return sent | ({"retentionEventType@odata.bind": bound[0]} if bound else {})


def references(wanted: Document) -> tuple[Reference, ...]:
    """The event type."""
    name = wanted.get("retentionEventType")
    return (Reference("retentionEventType", name, "retentionEventType"),) if name else ()


def columns(wanted: Document, raw: Raw) -> dict[str, Any]:
    """The typed columns of an event."""
    return {
        "event_type_name": str(wanted["retentionEventType"] or "")[:300],
        "happened_at": reading.moment(wanted["eventTriggerDateTime"]),
        "bare_name": folded(name_of(wanted))[:300],
        "search_key": search_key(wanted),
        "marker": markers.of(wanted),
        "is_scoped": bool(wanted["eventQueries"]),
        "status": spreading.status_of(raw),
        "status_at": reading.moment(raw.get("lastStatusUpdateDateTime")),
        "has_ended": spreading.has_ended(raw),
        "has_failed": spreading.has_failed(raw),
    }


def alike(wanted: Document) -> tuple[str, ...]:
    """Equal in one for events of one name, or that search for the same."""
    return (folded(name_of(wanted)), search_key(wanted))


def near(wanted: Document) -> Q:
    """The events that rules about this one compare it with: of its name, or that search for the same."""
    return Q(bare_name=folded(name_of(wanted))[:300]) | Q(search_key=search_key(wanted))
