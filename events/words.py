"""Events in words, as changes, history and pages show them."""

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import document
from events.models import RetentionEvent, Status
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


def listed(texts: Sequence[str]) -> str:
    """Texts as a sentence lists them: 14, 30 and 90."""
    if len(texts) < 2:
        return "".join(texts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(texts[:-1]), "last": texts[-1]}


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
    return _added_since(value)


STATES = {
    "partly": gettext_lazy("Not in every place yet"),
    "failed": gettext_lazy("Failed in part"),
    "overdue": gettext_lazy("No word for 7 days"),
    "gone": gettext_lazy("Gone from Purview"),
}


def state(row: RetentionEvent) -> str:
    """How an event stands: `gone`, `failed` somewhere, `overdue`, `partly` where Purview calls the whole a success
    before its places are, or else the status as Graph spells it."""
    if row.gone_at:
        return "gone"
    if row.has_failed:
        return "failed"
    if row.is_overdue:
        return "overdue"
    if row.status == Status.SUCCESS and not row.has_ended:
        return "partly"
    return row.status or Status.NOT_AVAILABLE.value


def said(row: RetentionEvent) -> str:
    """The same in words."""
    found = state(row)
    return str(STATES[found]) if found in STATES else status(row.status)


ERRORS = {
    "PropagationFailed": gettext_lazy("Purview could not bring the event to one of its places."),
    "location unavailable": gettext_lazy("Purview could not reach this place."),
}
"""What Graph's codes and texts mean, by the spelling Graph uses. One that is not known stands for itself."""


def meaning(of_graph: str) -> str:
    """What an error code or a text of Graph means; "" where only Graph knows."""
    return str(ERRORS.get(of_graph) or ERRORS.get(of_graph.casefold()) or "")


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
    return _added_since(value)


def _added_since(value: str) -> str:
    """What a word that Graph has added since is shown as, and none at all."""
    return _("“%(value)s”, unknown to Fileplan") % {"value": value} if value else str(Status.NOT_AVAILABLE.label)
