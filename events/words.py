"""Events in words, as changes, history and pages show them."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import document
from events.models import Status
from portal.graph import reading
from portal.mirror import veil
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


LONG = 80  # characters of a query that a row of a list has room for


def scope(wanted: Document, *, sees: bool) -> str:
    """What an event searches for, as short as a row of a list; "" for everything. `sees`: see portal/mirror/veil.py."""
    if wanted.get("eventQueries") and not sees:
        return veil.words()
    return "; ".join(_short(one) for one in wanted.get("eventQueries") or [])


def _short(query: Document) -> str:
    text = str(query["query"])
    ids = document.asset_ids_in(text)
    if len(ids) > 3:
        more = len(ids) - 3
        told = ngettext("%(ids)s and %(more)d more asset ID", "%(ids)s and %(more)d more asset IDs", more)
        return told % {"ids": ", ".join(ids[:3]), "more": more}
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def status(value: str) -> str:
    """How far an event has spread. A value Graph has added since is shown as it came."""
    if value in Status.values:
        return str(Status(value).label)
    return _("“%(value)s”, unknown to Fileplan") % {"value": value} if value else str(Status.NOT_AVAILABLE.label)


RESULTS = {
    "none": gettext_lazy("Nothing yet"),
    "inProcessing": gettext_lazy("On its way"),
    "failed": gettext_lazy("Failed"),
    "success": gettext_lazy("Spread here"),
}


def result(value: str) -> str:
    """How far an event has spread in one place (domain-rules.md 4.4)."""
    if value in RESULTS:
        return str(RESULTS[value])
    return _("“%(value)s”, unknown to Fileplan") % {"value": value} if value else _("Purview does not say")
