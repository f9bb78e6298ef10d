"""Graph's values read liberally and written strictly (contract sections 4 and 7). Shared by all kinds."""

import re
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import quote

Forever = Literal["forever"]
FOREVER: Final[Forever] = "forever"
LONGEST: Final = 36_525  # days; what is longer is kept for ever
IN_DAYS: Final = "#microsoft.graph.security.retentionDurationInDays"
FOR_EVER: Final = "#microsoft.graph.security.retentionDurationForever"


def text_or_none(value: object) -> str | None:
    """A text as it came; None for null, "", blanks (T23) and what is no text."""
    return value if isinstance(value, str) and value.strip() else None


def days_of(duration: object) -> int | Forever | None:
    """A retentionDuration as days from 1 to LONGEST or FOREVER; None where unknown (contract 4.4).

    The type counts with or without `#`, in any case. Without a type, `days` decides, as a number or numeric text (T8):
    an untyped `{}` is unknown, not for ever.
    """
    if not isinstance(duration, dict):
        return None
    kind = str(duration.get("@odata.type") or "").rpartition(".")[2].casefold()
    if kind == "retentiondurationforever":
        return FOREVER
    return _days(duration.get("days")) if kind in ("", "retentiondurationindays") else None


def duration_body(duration: int | Forever) -> dict[str, Any]:
    """A retentionDuration to send, with the type Graph needs. Raises ValueError outside 1 to LONGEST days."""
    if duration == FOREVER:
        return {"@odata.type": FOR_EVER}
    if not isinstance(duration, int) or _days(duration) is None:
        raise ValueError(f"{duration!r} is not 1 to {LONGEST} days")
    return {"@odata.type": IN_DAYS, "days": duration}


def moment(value: object) -> datetime | None:
    """A date-time in UTC, whatever its precision; without a zone it is UTC already (contract 5.1).

    None for null, for what is no date-time, and for the year 1, Graph's way to say never (T24).
    """
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
        if read is None or read.year == 1:
            return None
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def person(identity_set: object) -> str:
    """Who did it: a name, else an id, of the person, else of the application or device; "" if nobody says.

    Graph leaves out the name of some and the id of others (contract 4.2).
    """
    identities = identity_set if isinstance(identity_set, dict) else {}
    found = (identities.get(who) for who in ("user", "application", "device"))
    names = (text_or_none(one.get(key)) for one in found if isinstance(one, dict) for key in ("displayName", "id"))
    return next(filter(None, names), "")


def stage_number(value: object) -> str:
    """A stage's number as text, which it is, though Graph's examples write a number (T2); "" for neither."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def in_use(raw: dict[str, Any]) -> bool | None:
    """Whether items carry a label; None where Graph does not say, which is no permission to delete it (3.3)."""
    said = raw.get("isInUse")
    return said if isinstance(said, bool) else None


def bind_url(root: str, version: str, path: str, id: str, parenthesised: bool) -> str:
    """The address an `@odata.bind` names: `.../path('id')` for labels and descriptors, `.../path/id` for events.

    `root` and `version` must be those of the request it goes into (T3), `path` the plural set (T6).
    """
    base = f"{root.rstrip('/')}/{version}/{path.strip('/')}"
    if not parenthesised:
        return f"{base}/{quote(id, safe='')}"
    doubled = id.replace("'", "''")  # how OData writes a quote within quotes
    return f"{base}('{quote(doubled, safe='')}')"


def _days(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,5}\s*", value):
        value = int(value)
    usable = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST
    return value if usable and isinstance(value, int) else None
