"""How long Graph asks us to wait."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

FLOOR: Final = 1.0
CAP: Final = 3600.0


def seconds(header: str | None, now: datetime) -> float | None:
    """A `Retry-After` header in seconds from `now`, between FLOOR and CAP; None if it is missing or says nothing.

    Graph sends seconds; a date is legal HTTP (contract 6.1). Zero, less and the past become the floor, so that nothing
    can make us hammer; a year becomes the cap, so that nothing can stop us for good (reliability.md section 8).
    """
    if header is None:
        return None
    text = header.strip()
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
        return _bounded(float(text))
    moment = date(text)
    return None if moment is None else _bounded((moment - now).total_seconds())


def date(header: str | None) -> datetime | None:
    """An HTTP date in any of its three spellings, always with a zone; None if it is none."""
    try:
        moment = parsedate_to_datetime(header or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bounded(wait: float) -> float:
    return min(max(wait, FLOOR), CAP)
