"""The document of a standing approval, and which events it covers (reliability.md S27)."""

from datetime import date
from string import ascii_letters, digits

from events import document as event
from portal.graph.reading import text_or_none
from portal.mirror.kinds import Document, Raw, Reference, folded

ASSET_ID, DAY = "{asset_id}", "{day}"
CHARACTERS = {"digits": digits, "letters": ascii_letters, "letters_digits": ascii_letters + digits}
WIDEST = {"digits": "8", "letters": "M", "letters_digits": "M"}
SAMPLE_DAY = date(2026, 12, 31)
QUERIES = (event.FILES, event.MESSAGES)
LIKE = ("retentionEventType", "eventTriggerDateTime", "eventQueries")
"""What a repetition has in common with the event it repeats."""


def blank() -> Document:
    """A standing approval with nothing set."""
    return {
        "displayName": "",
        "source": "",
        "event_type": None,
        "name_template": "",
        "query_kinds": [],
        "asset_id_characters": None,
        "asset_id_shortest": None,
        "asset_id_longest": None,
        "expires_on": None,
        "most_per_day": None,
    }


def document(raw: Raw) -> Document:
    """What is kept, as it was approved."""
    return {name: raw.get(name, empty) for name, empty in blank().items()}


def columns(wanted: Document, raw: Raw) -> dict[str, object]:
    """The typed columns of a standing approval."""
    return {
        "source": source(wanted),
        "event_type_name": str(wanted["event_type"] or "")[:300],
        "expires_on": last_day(wanted),
    }


def references(wanted: Document) -> tuple[Reference, ...]:
    """The event type."""
    name = text_or_none(wanted.get("event_type"))
    return (Reference("retentionEventType", name, "event_type"),) if name else ()


def source(wanted: Document) -> str:
    """The name of the system it is for."""
    return str(wanted.get("source") or "")


def last_day(wanted: Document) -> date | None:
    """The last day on which it counts, in UTC; None for no day of the calendar."""
    try:
        return date.fromisoformat(str(wanted.get("expires_on") or ""))
    except ValueError:
        return None


def number(wanted: Document, name: str) -> int | None:
    """A whole number of the document; None for anything else."""
    value = wanted.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def most_per_day(wanted: Document) -> int:
    """How many events it covers on one day."""
    return number(wanted, "most_per_day") or 0


def named(wanted: Document, asset_id: str, day: date) -> str:
    """The name of the event about this asset ID and day."""
    template = str(wanted.get("name_template") or "")
    return template.replace(ASSET_ID, asset_id).replace(DAY, day.isoformat())


def longest_name(wanted: Document) -> str:
    """A name as long as the template can make it, which says whether all fit (VR-58)."""
    widest = WIDEST.get(str(wanted.get("asset_id_characters")), "M")
    return named(wanted, widest * min(number(wanted, "asset_id_longest") or 0, 300), SAMPLE_DAY)


def covers(agreed: Document, wanted: Document, first: Document | None = None) -> bool:
    """Whether the event `wanted` is one that was approved in advance. `first`: what it repeats, if anything.

    Type, name and queries are exactly what was agreed for one asset ID; one without a query never is (VR-59). The
    marker and the note are left to whoever writes it.
    """
    if first is not None:
        return covers(agreed, first) and _repeats(first, wanted)
    asset_id, said = _asset_id(wanted), event.day_of(wanted)
    if not _is_allowed(agreed, asset_id) or said is None or not wanted.keys() <= event.blank().keys():
        return False
    return (
        _is_of_type(agreed, wanted)
        and _sorted(wanted.get("eventQueries") or []) == _sorted(queries(agreed, asset_id))
        and event.name_of(wanted) == named(agreed, asset_id, said[0])
        and wanted.get("eventTriggerDateTime") == event.beginning(*said)
    )


def queries(agreed: Document, asset_id: str) -> list[Document]:
    """What an event about this asset ID searches for: nothing else is covered."""
    made = {event.FILES: event.files_query([asset_id]), event.MESSAGES: event.messages_query([asset_id])}
    return [{"queryType": kind, "query": made[kind]} for kind in agreed.get("query_kinds") or () if kind in made]


def _asset_id(wanted: Document) -> str:
    """The one asset ID that the first query is about; "" for none or many."""
    for one in wanted.get("eventQueries") or []:
        read = event.asset_ids_in if one["queryType"] == event.FILES else event.case_words_in
        found = read(str(one["query"]))
        return found[0] if len(found) == 1 else ""
    return ""


def _is_allowed(agreed: Document, asset_id: str) -> bool:
    """Whether an asset ID has the length and the characters that were agreed."""
    shortest, longest = number(agreed, "asset_id_shortest") or 1, number(agreed, "asset_id_longest") or 0
    characters = CHARACTERS.get(str(agreed.get("asset_id_characters")), "")
    return 1 <= shortest <= len(asset_id) <= longest and set(asset_id) <= set(characters)


def _is_of_type(agreed: Document, wanted: Document) -> bool:
    agreed_type = folded(str(agreed.get("event_type") or ""))
    return bool(agreed_type) and folded(str(wanted.get("retentionEventType") or "")) == agreed_type


def _repeats(first: Document, wanted: Document) -> bool:
    """Whether it is the same event once more, under the name that says so."""
    name = event.name_of(wanted)
    is_named_so = event.FOLLOWS.search(name) is not None and event.FOLLOWS.sub("", name) == event.name_of(first)
    same = all(wanted.get(part) == first.get(part) for part in LIKE)
    return is_named_so and same and wanted.keys() <= event.blank().keys()


def _sorted(found: list[Document]) -> list[list[str]]:
    return sorted([str(one["queryType"]), str(one["query"])] for one in found)
