"""Events as an author would draft them."""

from datetime import date
from hashlib import sha256
from typing import Any

from django.utils import timezone

from events import document
from events.models import RetentionEvent
from portal.changes.objects import Wanted
from portal.mirror import markers
from portal.mirror.kinds import Action, Document

FILES = {"queryType": "files", "query": "ComplianceAssetID:4711"}
MESSAGES = {"queryType": "messages", "query": '"4711"'}


def event(name: str = "Departure 4711", **said: Any) -> Document:
    """An event of a type the seeded tenants have; `said` is what `composed` takes."""
    wanted: dict[str, Any] = {
        "note": "Left for good.",
        "event_type": "Employee separation",
        "day": date(2026, 10, 31),
        "zone": "Europe/Berlin",
        "queries": [FILES, MESSAGES],
        "marker": markers.new(),
    }
    return document.composed(name=name, **{**wanted, **said})


def created(wanted: Document, acknowledged: dict[str, str] | None = None, **case: Any) -> Wanted:
    return Wanted("retentionEvent", Action.CREATE, None, wanted, acknowledged=acknowledged or {}, **case)


def deleted(row: RetentionEvent) -> Wanted:
    return Wanted("retentionEvent", Action.DELETE, row.document, None, row.graph_id)


def said_of_an_event(name: str = "Departure 4711", **fields: Any) -> dict[str, Any]:
    """What a browser sends of the form of an event that is filled in well."""
    sent = {
        "displayName": name,
        "retentionEventType": "Employee separation",
        "day": "2026-10-31",
        "zone": "Europe/Berlin",
        "asset_ids": "4711",
        "case_words": "4711",
        "reason": "HR says so.",
        "do": "save",
    }
    return {**sent, **fields}


LIST = ("name", "event_type", "day", "zone", "asset_ids", "case_words")


def list_of(*names: str) -> str:
    """A list of leavers, all of today."""
    rest = ["Employee separation", timezone.now().date().isoformat(), "Europe/Berlin", "4711|4712", "Case 12"]
    return "\n".join([";".join(LIST), *(";".join([name, *rest]) for name in names)])


def listed(*names: str, **fields: str) -> dict[str, str]:
    """What a browser sends of a list that it was shown."""
    text = list_of(*names)
    sent = {"rows": text, "seen": sha256(text.encode()).hexdigest(), "reason": "HR says so.", "do": "save"}
    return {**sent, **fields}
