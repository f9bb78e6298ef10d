"""Standing approvals in words, as changes, history and pages show them."""

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import document as event
from events.standing.document import last_day, number
from portal.mirror.kinds import Document, Line

CHARACTERS = {
    "digits": gettext_lazy("Digits"),
    "letters": gettext_lazy("Letters from A to Z, small or capital"),
    "letters_digits": gettext_lazy("Letters from A to Z and digits"),
}
QUERIES = {
    event.FILES: gettext_lazy("Files with this asset ID"),
    event.MESSAGES: gettext_lazy("Messages with this asset ID in their text"),
}


def lines(wanted: Document) -> tuple[Line, ...]:
    """The settings of a standing approval, in reading order."""
    day = last_day(wanted)
    said = [
        ("displayName", _("Name"), str(wanted.get("displayName") or "")),
        ("source", _("For the system"), str(wanted.get("source") or "")),
        ("event_type", _("Event type"), str(wanted.get("event_type") or "")),
        ("name_template", _("Names of its events"), str(wanted.get("name_template") or "")),
        ("query_kinds", _("Its events search for"), searches(wanted)),
        ("asset_id_characters", _("An asset ID is made of"), characters(wanted)),
        ("asset_id_shortest", _("Fewest characters of an asset ID"), _figure(wanted, "asset_id_shortest")),
        ("asset_id_longest", _("Most characters of an asset ID"), _figure(wanted, "asset_id_longest")),
        ("most_per_day", _("Events of one day, at most"), _figure(wanted, "most_per_day")),
        ("expires_on", _("Last day on which it counts"), date_format(day, "j F Y") if day else ""),
    ]
    return tuple(Line(path, label, text) for path, label, text in said if text)


def searches(wanted: Document) -> str:
    """What its events search for."""
    return "; ".join(str(QUERIES.get(kind, kind)) for kind in wanted.get("query_kinds") or [])


def characters(wanted: Document) -> str:
    """What an asset ID is made of."""
    value = wanted.get("asset_id_characters")
    return str(CHARACTERS.get(str(value), value)) if value else ""


def _figure(wanted: Document, name: str) -> str:
    value = number(wanted, name)
    return "" if value is None else number_format(value, force_grouping=True)
