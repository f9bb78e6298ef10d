"""A retention label between Graph and Fileplan: one reader for what is answered and what is sent (contract 3, 4, 7)."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from labels.models import Behavior, RecordStarts
from portal.graph.reading import days_of, duration_body, stage_number, text_or_none
from portal.mirror.kinds import Bind, Document, Incomplete, Named, Raw, Reference

NAVIGATION = ("retentionEventType", "descriptors", "dispositionReviewStages")
PARTS = ("authority", "category", "subcategory", "citation", "department", "filePlanReference")
"""The six parts of `descriptors`; each is also the name of the kind it refers to."""

BINDABLE = tuple(part for part in PARTS if part != "subcategory")
UPDATABLE = (
    "descriptionForAdmins",
    "descriptionForUsers",
    "retentionDuration",
    "dispositionReviewStages",
    "defaultRecordBehavior",
    "labelToBeApplied",
)
EVENT_TYPE_BIND = "retentionEventType@odata.bind"


def bind_key(part: str) -> str:
    return f"{part}Template@odata.bind"


def blank() -> Document:
    """A label with nothing set. What a new label leaves like this is not sent."""
    return {
        "displayName": "",
        "descriptionForAdmins": "",
        "descriptionForUsers": "",
        "behaviorDuringRetentionPeriod": "",
        "actionAfterRetentionPeriod": "",
        "retentionTrigger": None,
        "retentionDuration": None,
        "retentionEventType": None,
        "defaultRecordBehavior": RecordStarts.LOCKED.value,
        "labelToBeApplied": None,
        "dispositionReviewStages": [],
        "descriptors": dict.fromkeys(PARTS),
    }


def document(raw: Raw) -> Document:
    """A label as Graph answers it, expanded.

    Raises Incomplete when id or name is missing, or a navigation key is absent: absence never reads as empty (3.7).
    """
    missing = [key for key in ("id", "displayName") if not text_or_none(raw.get(key))]
    missing += [key for key in NAVIGATION if key not in raw]
    if missing:
        raise Incomplete(_("A retention label came without %(missing)s.") % {"missing": ", ".join(missing)})
    return {**blank(), **_read(raw)}


def partial(body: Raw, named: Named) -> Document:
    """The part of a document that a request body carries; `named` turns a bound URL back into a display name (G1)."""
    raw = dict(body)
    if EVENT_TYPE_BIND in body:
        raw["retentionEventType"] = {"displayName": named(body[EVENT_TYPE_BIND])}
    if "descriptors" in body:
        binds = body["descriptors"]
        bound = {part: named(binds[bind_key(part)]) for part in BINDABLE if bind_key(part) in binds}
        raw["descriptors"] = {part: {"displayName": name} for part, name in bound.items()}
    return _read(raw)


def body(wanted: Document, fields: Iterable[str] | None, bind: Bind) -> Raw:
    """The request body that creates `wanted`, or that sets those of `fields` which Graph can update (contract 3.3)."""
    return _creation(wanted, bind) if fields is None else _update(wanted, frozenset(fields))


def references(wanted: Document) -> tuple[Reference, ...]:
    """The event type, descriptor values and next label that a label names."""
    descriptors = wanted.get("descriptors")
    parts = descriptors if isinstance(descriptors, dict) else {}
    category = text_or_none(parts.get("category")) or ""
    found: list[tuple[str, object, str]] = [
        ("retentionEventType", wanted.get("retentionEventType"), "retentionEventType")
    ]
    found += [(part, parts.get(part), f"descriptors.{part}") for part in PARTS]
    found += [("retentionLabel", wanted.get("labelToBeApplied"), "labelToBeApplied")]
    return tuple(
        Reference(kind, name, field, category if kind == "subcategory" else "")
        for kind, name, field in found
        if isinstance(name, str) and name.strip()
    )


def reach(base: Document | None, after: Document) -> Document:
    """The nearest document Graph can bring a label to.

    It cannot assign a subcategory (contract 4.5), and of an existing label it takes six fields only (3.3).
    """
    if base is not None:
        return {**base, **{name: after[name] for name in UPDATABLE}}
    return {**{name: after[name] for name in blank()}, "descriptors": {**after["descriptors"], "subcategory": None}}


def _creation(wanted: Document, bind: Bind) -> Raw:
    nothing = blank()
    navigation = ("retentionEventType", "descriptors")
    sent = {name: wanted[name] for name in nothing if name not in navigation and wanted[name] != nothing[name]}
    if wanted["behaviorDuringRetentionPeriod"] == Behavior.RECORD:
        sent["defaultRecordBehavior"] = wanted["defaultRecordBehavior"]
    bound = {reference.kind: bind(reference) for reference in references(wanted) if reference.kind in _BOUND}
    if "retentionEventType" in bound:
        sent[EVENT_TYPE_BIND] = bound.pop("retentionEventType")
    if bound:
        sent["descriptors"] = {bind_key(part): url for part, url in bound.items()}
    return sent


def _update(wanted: Document, fields: frozenset[str]) -> Raw:
    sent = {name: wanted[name] for name in UPDATABLE if name in fields}
    if "dispositionReviewStages" in sent:  # Graph wants the action beside the stages, unchanged (T13)
        sent["actionAfterRetentionPeriod"] = wanted["actionAfterRetentionPeriod"]
    return sent


_BOUND = ("retentionEventType", *BINDABLE)


def _read(raw: Raw) -> Document:
    return {name: read(raw[name]) for name, read in _READERS.items() if name in raw}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _starts(value: object) -> str:
    return text_or_none(value) or RecordStarts.LOCKED.value


def _duration(value: object) -> Any:
    """A duration in its one written form; what Fileplan does not know stays as it came."""
    known = days_of(value)
    return _kept(value) if known is None else duration_body(known)


def _kept(value: object) -> Any:
    """An unknown value, its fractions as text: a document holds no floats, which have no canonical form."""
    if isinstance(value, dict):
        return {key: _kept(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_kept(item) for item in value]
    return str(value) if isinstance(value, float) else value


def _name(value: object) -> str | None:
    """The display name of an expanded object; None for null. Raises Incomplete when it has none."""
    if value is None:
        return None
    name = text_or_none(value.get("displayName")) if isinstance(value, dict) else None
    if name is None:
        raise Incomplete(_("Something a retention label refers to came without its name."))
    return name


def _descriptors(value: object) -> Document:
    """The six names; the category is called `appliedCategory` on one page of the reference (domain-rules.md 7)."""
    given = _object(value)
    category = _object(given.get("category") or given.get("appliedCategory"))
    parts = {**given, "category": category, "subcategory": category.get("subcategory")}
    return {part: text_or_none(_object(parts.get(part)).get("displayName")) for part in PARTS}


def _object(value: object) -> Raw:
    return value if isinstance(value, dict) else {}


def _stages(value: object) -> list[Document]:
    """The stages in the order of their numbers, whatever order they came in; none for null.

    Raises Incomplete for what cannot be read as stages: it never reads as fewer than there are.
    """
    given = [] if value is None else value
    if not isinstance(given, list) or not all(isinstance(stage, dict) for stage in given):
        raise Incomplete(_("A retention label came with stages that cannot be read."))
    stages = [_stage(stage) for stage in given]
    return sorted(stages, key=lambda stage: (len(stage["stageNumber"]), stage["stageNumber"]))


def _stage(value: Raw) -> Document:
    """One stage; the reference's examples write a key with a space behind it (T1) and the number as a number (T2)."""
    given = {key.strip(): item for key, item in value.items()}
    reviewers = given.get("reviewersEmailAddresses") or []
    if not isinstance(reviewers, list):
        raise Incomplete(_("A retention label came with stages that cannot be read."))
    return {
        "stageNumber": stage_number(given.get("stageNumber")),
        "name": _text(given.get("name")),
        "reviewersEmailAddresses": [_text(address) for address in reviewers],
    }


_READERS: dict[str, Callable[[Any], Any]] = {
    "displayName": _text,
    "descriptionForAdmins": _text,
    "descriptionForUsers": _text,
    "behaviorDuringRetentionPeriod": _text,
    "actionAfterRetentionPeriod": _text,
    "retentionTrigger": text_or_none,
    "retentionDuration": _duration,
    "retentionEventType": _name,
    "defaultRecordBehavior": _starts,
    "labelToBeApplied": text_or_none,
    "dispositionReviewStages": _stages,
    "descriptors": _descriptors,
}
