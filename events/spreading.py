"""How far an event has spread, read out of Graph's answer, and when it is looked at next (domain-rules.md 4.4)."""

from datetime import datetime, timedelta
from typing import Any

from portal.mirror.kinds import Raw

ENDED = frozenset({"success", "failed"})  # of a place
UNTIL = timedelta(days=7)  # how long Purview may take
FIRST = timedelta(minutes=5)
WAITS = (FIRST, timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=12), timedelta(days=1))


def status_of(raw: Raw) -> str:
    """The status of the whole as Graph spells it; both spellings of *not available* are one (T15, T17)."""
    said = raw.get("eventStatus") or raw.get("retentionEventStatus")
    text = str((said.get("status") if isinstance(said, dict) else None) or "")[:40]
    return "notAvaliable" if text == "notAvailable" else text


def error_of(raw: Raw) -> dict[str, Any]:
    """What Graph says went wrong with the whole; nothing where it does not say."""
    said = raw.get("eventStatus") or raw.get("retentionEventStatus")
    error = said.get("error") if isinstance(said, dict) else None
    return error if isinstance(error, dict) else {}


def places_of(raw: Raw) -> list[dict[str, str]]:
    """What Graph says of each service and location; `workload` is an older name of the service (T16)."""
    found = raw.get("eventPropagationResults")
    return [
        {
            "service": str(one.get("serviceName") or one.get("workload") or ""),
            "location": str(one.get("location") or ""),
            "status": str(one.get("status") or ""),
            "said": str(one.get("statusInformation") or ""),
        }
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    ]


def has_ended(raw: Raw) -> bool:
    """Whether every place has said how it ended; where none is named, whether the whole has.

    The whole may be a success while its places have not begun (contract 9.7).
    """
    places = places_of(raw)
    return all(one["status"] in ENDED for one in places) if places else status_of(raw) in ("success", "error")


def has_failed(raw: Raw) -> bool:
    """Whether the event failed, or failed in some place."""
    return status_of(raw) == "error" or any(one["status"] == "failed" for one in places_of(raw))


def next_look(created_at: datetime | None, looks: int, now: datetime) -> datetime | None:
    """When to look again after that many looks: later and later, once more when its week is over, then never."""
    if created_at is None or now >= created_at + UNTIL:
        return None
    return min(now + WAITS[min(looks, len(WAITS) - 1)], created_at + UNTIL)
