"""What a label form is about: a new label, one of the tenant, or one inside a request; and what is wanted of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from django.core import signing

from labels.document import PARTS, blank
from labels.facts import Facts
from labels.kinds import RETENTION_LABEL
from labels.models import Behavior, Descriptor, RecordStarts, RetentionLabel, Trigger
from portal.changes.difference import Row, difference
from portal.changes.models import ChangeRequest, State
from portal.changes.objects import ChangedObject, Wanted, objects_of
from portal.changes.plans import row_of
from portal.changes.threeway import Comparison, changed_fields, compare
from portal.changes.writing import judged
from portal.mirror import kinds
from portal.mirror.kinds import Action, Document, Finding, folded
from portal.tenants.models import Tenant

SALT = "labels.base"
STAGES = "dispositionReviewStages"
ALWAYS = ("descriptionForAdmins", "descriptionForUsers", *PARTS)


@dataclass(frozen=True)
class Sheet:
    """One label on the desk of one person.

    `row` is how the tenant holds it now, `request` the request it is part of, `held` what that request says of it.
    """

    tenant: Tenant
    row: RetentionLabel | None = None
    request: ChangeRequest | None = None
    held: ChangedObject | None = None

    @property
    def base(self) -> Document | None:
        """What the change is compared with: what the tenant holds, in review what was submitted. None: a new label."""
        if self.row is not None and not self.in_review:
            document: Document = self.row.document
            return document
        return self.held.base if self.held else None

    @property
    def creates(self) -> bool:
        return self.base is None

    @property
    def in_review(self) -> bool:
        return self.request is not None and self.request.state == State.IN_REVIEW

    @property
    def target(self) -> str:
        return self.row.graph_id if self.row else self.held.first.target if self.held else ""

    @property
    def known_stages(self) -> int:
        """How many stages exist in the tenant already: they can neither move nor go (VR-27)."""
        return len(Facts(self.base).stages)

    @cached_property
    def start(self) -> Document:
        """What the form shows first: what the request says of the label, on the tenant as it is now."""
        if self.held is None or self.held.after is None:
            return self.base or blank()
        if self.row is None or self.held.base is None or self.in_review:
            return self.held.after
        return carried_over(self.held.base, self.row.document, self.held.after)

    @property
    def since_drafted(self) -> Comparison | None:
        """How the tenant has moved on since the request was drafted; None where there is nothing to compare."""
        if self.row is None or self.held is None or self.held.base is None or self.held.after is None:
            return None
        return compare(self.held.base, self.row.document, self.held.after)

    @property
    def moved(self) -> tuple[Row, ...]:
        """What the tenant changed in it since the request was drafted, setting by setting (G13)."""
        if self.row is None or self.held is None or self.held.base is None or self.in_review:
            return ()
        return difference(RETENTION_LABEL, self.held.base, self.row.document).changed

    @cached_property
    def fixed(self) -> frozenset[str]:
        """Fields of the form that cannot be edited: text with a lock instead (domain-rules.md 2.2)."""
        if self.creates and not self.in_review:
            return frozenset()
        return EVERY - (frozenset(PARTS) if self.in_review else self._updatable)

    @property
    def _updatable(self) -> frozenset[str]:
        facts = Facts(self.base)
        open_fields = {*ALWAYS, "citationUrl", "citationJurisdiction"}
        if facts.period is not None and facts.trigger != Trigger.LABELED:
            open_fields |= {"retentionDuration", "retentionDurationUnit"}
        if facts.behavior == Behavior.RECORD and facts.starts in RecordStarts.values:
            open_fields.add("defaultRecordBehavior")
        if facts.relabels:
            open_fields.add("labelToBeApplied")
        return frozenset(open_fields)

    @property
    def edits_stages(self) -> bool:
        """Whether there are stages to edit: always on a new label, else only where a review ends the period."""
        if self.creates and not self.in_review:
            return True
        return Facts(self.start).is_reviewed

    def wanted(self, document: Document, acknowledged: dict[str, str] | None = None) -> Wanted:
        """The change of the label alone."""
        action = Action.CREATE if self.creates else Action.UPDATE
        return Wanted(RETENTION_LABEL.name, action, self.base, document, self.target, acknowledged or {})

    def unwanted(self, acknowledged: dict[str, str] | None = None) -> Wanted:
        """The deletion of the label."""
        return Wanted(RETENTION_LABEL.name, Action.DELETE, self.base, None, self.target, acknowledged or {})

    def joining(self, request: ChangeRequest | None) -> "Sheet":
        """The same label as part of a request."""
        return replace(self, request=request)


EVERY = frozenset(
    {
        "displayName",
        "behaviorDuringRetentionPeriod",
        "defaultRecordBehavior",
        "retentionDuration",
        "retentionDurationUnit",
        "retentionTrigger",
        "retentionEventType",
        "actionAfterRetentionPeriod",
        "labelToBeApplied",
        "citationUrl",
        "citationJurisdiction",
        *ALWAYS,
    }
)


def carried_over(base: Document, now: Document, after: Document) -> Document:
    """The same wish on the tenant as it is now."""
    return {**now, **{name: after[name] for name in changed_fields(base, after) if name in after}}


def sealed(document: Document | None) -> str:
    """The tenant's document a form was drawn on, to compare with the tenant when the form comes back."""
    return signing.dumps(document, salt=SALT, compress=True) if document is not None else ""


def unsealed(text: str) -> Document | None:
    """What `sealed` made; None for nothing, and for what it did not make."""
    try:
        document: Document | None = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
    return document


def held_in(request: ChangeRequest, position: int) -> ChangedObject | None:
    """The label a request creates or changes at that place."""
    for changed in objects_of(request.changes.all()):
        is_written = changed.after is not None and changed.action != Action.ADOPT  # which agrees to what is there
        if changed.first.position == position and changed.kind is RETENTION_LABEL and is_written:
            return changed
    return None


def sheet_of(request: ChangeRequest, held: ChangedObject) -> Sheet:
    """A label inside a request."""
    row = row_of(held.first, request.tenant) if held.base is not None else None
    return Sheet(request.tenant, row if isinstance(row, RetentionLabel) else None, request, held)


Names = dict[str, list[tuple[str, str]]]
"""What can be named, by field of the form: each name with a second fact."""


def names_in(tenant: Tenant) -> Names:
    """What the tenant holds of everything a label can name."""
    found: Names = {part: [] for part in PARTS}
    for row in Descriptor.objects.filter(tenant=tenant).here():
        found[row.kind].append((row.display_name, row.parent_name or row.citation_jurisdiction))
    event_types = kinds.of("retentionEventType").rows(tenant).here().order_by("display_name")
    found["retentionEventType"] = [(name, "") for name in event_types.values_list("display_name", flat=True)]
    labels = RetentionLabel.objects.filter(tenant=tenant).here()
    found["labelToBeApplied"] = [
        (label.display_name, str(label.get_behavior_display())) for label in labels.only("display_name", "behavior")
    ]
    return found


def names_with(names: Names, request: ChangeRequest | None) -> Names:
    """The same, with what a request would create itself."""
    found = {field: list(held) for field, held in names.items()}
    for change in request.changes.filter(action=Action.CREATE) if request else ():
        found["labelToBeApplied" if change.kind == RETENTION_LABEL.name else change.kind].append(
            (change.name, change.parent)
        )
    return found


def spelled(document: Document, names: Names) -> Document:
    """The document with what it names spelled as it is spelled already: “personnel ” is “Personnel”."""
    parts = {part: _spelling(document["descriptors"].get(part), names[part]) for part in PARTS}
    tops = {name: _spelling(document[name], names[name]) for name in ("retentionEventType", "labelToBeApplied")}
    return {**document, **tops, "descriptors": parts}


def _spelling(name: str | None, known: Iterable[tuple[str, str]]) -> str | None:
    return next((held for held, _second in known if name and folded(held) == folded(name)), name)


def additions(sheet: Sheet, document: Document, names: Names, citation: dict[str, str]) -> list[Wanted]:
    """What the label names and the tenant does not hold: it is created in the same request. In review nothing can be.

    `citation`: web address and jurisdiction of a citation that is new.
    """
    if sheet.in_review:
        return []
    added = []
    for reference in RETENTION_LABEL.references(document):
        made = _made(reference.kind, reference.name, reference.parent, citation)
        # Names of subcategories are unique in the tenant, whatever their category (VR-52).
        if made is not None and not _is_known(reference.name, names[reference.kind]):
            added.append(Wanted(reference.kind, Action.CREATE, None, made))
    return added


def _is_known(name: str, known: Iterable[tuple[str, str]]) -> bool:
    return any(folded(held) == folded(name) for held, _second in known)


def _made(kind: str, name: str, parent: str, citation: dict[str, str]) -> Document | None:
    """The document of a new value; None for what cannot be made on the side: a label, a subcategory of nothing."""
    if kind == RETENTION_LABEL.name or (kind == "subcategory" and not parent):
        return None
    more = {"citation": citation, "subcategory": {"category": parent}, "retentionEventType": {"description": ""}}
    return {"displayName": name, **more.get(kind, {})}


def findings(sheet: Sheet, wanted: list[Wanted]) -> list[tuple[Wanted, list[Finding]]]:
    """What the rules say of the label and of what is added with it, within the request they become part of."""
    instead = {sheet.held.key} if sheet.held else set()
    return judged(sheet.tenant, sheet.request, wanted, instead_of=instead)
