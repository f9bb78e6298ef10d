"""The six kinds of values that describe labels, between Graph and Fileplan (contract 3.6). None can be changed."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from portal.graph.reading import text_or_none
from portal.mirror.kinds import Bind, Document, Incomplete, Line, Named, Raw, Reference

CITATION = ("citationUrl", "citationJurisdiction")


def named(raw: Raw) -> Document:
    """A value that is a name and nothing else. Raises Incomplete when id or name is missing."""
    if not (text_or_none(raw.get("id")) and text_or_none(raw.get("displayName"))):
        raise Incomplete(_("A descriptor came without its id or its name."))
    return {"displayName": raw["displayName"]}


def citation(raw: Raw) -> Document:
    """A citation with its web address and jurisdiction, "" where not set."""
    given = {name: raw.get(name) for name in CITATION}
    return named(raw) | {name: value if isinstance(value, str) else "" for name, value in given.items()}


def blank_citation() -> Document:
    """A citation with nothing set."""
    return {"displayName": "", **dict.fromkeys(CITATION, "")}


def subcategory(raw: Raw) -> Document:
    """A subcategory with its category, which the listing put at `@parent`. Raises Incomplete without it."""
    parent = raw.get("@parent")
    category = text_or_none(parent.get("displayName")) if isinstance(parent, dict) else None
    if category is None:
        raise Incomplete(_("A subcategory came without its category."))
    return named(raw) | {"category": category}


def body(document: Document, fields: Iterable[str] | None, bind: Bind) -> Raw:
    """What creates it. The category of a subcategory stands in the path, not in the body."""
    return {name: document[name] for name in ("displayName", *CITATION) if document.get(name)}


def partial(body: Raw, named: Named) -> Document:
    """The part of a document that a body carries."""
    return {name: body[name] for name in ("displayName", *CITATION) if name in body}


def references(document: Document) -> tuple[Reference, ...]:
    """The category of a subcategory; the others name nothing."""
    category = text_or_none(document.get("category"))
    return (Reference("category", category, "category"),) if category else ()


def columns(document: Document, raw: Raw) -> dict[str, Any]:
    return {
        "parent_name": document.get("category", "")[:300],
        "citation_url": document.get("citationUrl", ""),
        "citation_jurisdiction": document.get("citationJurisdiction", ""),
    }


def lines(document: Document) -> tuple[Line, ...]:
    """Name, category, web address and jurisdiction, those that are set."""
    labels = {
        "displayName": _("Name"),
        "category": _("Category"),
        "citationUrl": _("Web address"),
        "citationJurisdiction": _("Jurisdiction"),
    }
    return tuple(Line(name, label, str(document[name])) for name, label in labels.items() if document.get(name))
