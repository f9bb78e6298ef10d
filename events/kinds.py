"""Event types and events: what the portal needs to know of them (contract 3.4, 3.5)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events import document as event
from events import words
from events.models import RetentionEvent, RetentionEventType
from events.rules import check_event, check_event_type
from portal.graph.reading import text_or_none
from portal.mirror.kinds import Action, Bind, Document, Incomplete, Kind, Line, Named, Raw, Reference, register

BUILT_IN = "(event type)"


def document(raw: Raw) -> Document:
    """An event type as Graph answers it. Raises Incomplete when id or name is missing."""
    if not (text_or_none(raw.get("id")) and text_or_none(raw.get("displayName"))):
        raise Incomplete(gettext("An event type came without its id or its name."))
    return {"description": "", **partial(raw)}


def partial(body: Raw, named: Named | None = None) -> Document:
    """The part of a document that a body carries."""
    given = {name: body[name] for name in ("displayName", "description") if name in body}
    return {name: value if isinstance(value, str) else "" for name, value in given.items()}


def body(wanted: Document, fields: Iterable[str] | None, bind: Bind) -> Raw:
    """A creation sends what is set; an update sends the description alone, also to clear it."""
    if fields is None:
        return {name: wanted[name] for name in ("displayName", "description") if wanted[name]}
    return {"description": wanted["description"]} if "description" in fields else {}


def references(wanted: Document) -> tuple[Reference, ...]:
    return ()


def columns(wanted: Document, raw: Raw) -> dict[str, Any]:
    built_in = wanted["displayName"].rstrip().casefold().endswith(BUILT_IN)
    return {"description": wanted["description"], "is_built_in": built_in}


def lines(wanted: Document) -> tuple[Line, ...]:
    named = [("displayName", str(_("Name"))), ("description", str(_("Description")))]
    return tuple(Line(name, label, str(wanted[name])) for name, label in named if wanted.get(name))


def blank() -> Document:
    """An event type with nothing set."""
    return {"displayName": "", "description": ""}


def reach(base: Document | None, after: Document) -> Document:
    """The name is fixed once the event type exists (contract 3.5)."""
    return after if base is None else {**base, "description": after["description"]}


RETENTION_EVENT_TYPE = Kind(
    name="retentionEventType",
    noun=_("event type"),
    plural=_("event types"),
    model=RetentionEventType,
    path="security/triggerTypes/retentionEventTypes",
    actions=frozenset({Action.CREATE, Action.UPDATE, Action.DELETE}),
    document=document,
    body=body,
    partial=partial,
    references=references,
    columns=columns,
    lines=lines,
    check=check_event_type,
    blank=blank,
    reach=reach,
    updatable=("description",),
)

RETENTION_EVENT = Kind(
    name="retentionEvent",
    noun=_("event"),
    plural=_("events"),
    model=RetentionEvent,
    path="security/triggers/retentionEvents",
    actions=frozenset({Action.CREATE, Action.DELETE}),
    document=event.document,
    body=event.body,
    partial=event.partial,
    references=event.references,
    columns=event.columns,
    lines=words.lines,
    check=check_event,
    blank=event.blank,
    expand=("retentionEventType",),
    bind_parenthesised=False,
    once=True,
    settles=5,
    near=event.near,
    alike=event.alike,
    limited=("eventQueries",),
)

register(RETENTION_EVENT_TYPE, RETENTION_EVENT)
