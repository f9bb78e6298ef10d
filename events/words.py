"""Events in words, as changes, history and pages show them."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import document
from portal.graph import reading
from portal.mirror.kinds import Document, Line

QUERIES = {
    document.FILES: gettext_lazy("Searches files for"),
    document.MESSAGES: gettext_lazy("Searches messages for"),
}


def lines(wanted: Document) -> tuple[Line, ...]:
    """The settings of an event, in reading order."""
    said = [
        ("displayName", _("Name"), str(wanted.get("displayName") or "")),
        ("retentionEventType", _("Event type"), str(wanted.get("retentionEventType") or "")),
        ("eventTriggerDateTime", _("Happened on"), when(wanted)),
        *_queries(wanted),
        ("description", _("Description"), str(wanted.get("description") or "")),
    ]
    return tuple(Line(path, label, text) for path, label, text in said if text)


def _queries(wanted: Document) -> list[tuple[str, str, str]]:
    found = wanted.get("eventQueries") or []
    if not found:
        everything = ("eventQueries", _("Searches for"), _("Nothing: all content with a label of this type"))
        return [everything] if wanted.get("displayName") else []
    return [
        (f"eventQueries.{number}", str(QUERIES.get(one["queryType"], one["queryType"])), str(one["query"]))
        for number, one in enumerate(found, start=1)
    ]


def when(wanted: Document) -> str:
    """The day it happened and the zone; for an event made elsewhere the moment that Graph keeps."""
    said = document.day_of(wanted)
    if said is not None:
        return _("%(day)s in %(zone)s") % {"day": day(said[0]), "zone": said[1]}
    moment = reading.moment(wanted.get("eventTriggerDateTime"))
    return f"{date_format(moment, 'j F Y, H:i')} UTC" if moment else ""


def day(value: date) -> str:
    return date_format(value, "j F Y")
