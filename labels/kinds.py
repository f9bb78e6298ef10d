"""Retention labels and the six kinds of descriptors: what the portal needs to know of them (contract 3, 4)."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labels import descriptors, document, words
from labels.facts import Facts
from labels.models import Descriptor, RetentionLabel
from labels.rules import check, check_descriptor
from portal.mirror.kinds import Action, Document, Kind, Raw, register

KEPT = 300
"""Characters a filter column holds. What is longer is cut there only; the document keeps the whole."""


def columns(wanted: Document, raw: Raw) -> dict[str, Any]:
    """The typed columns of a label. A duration outside 1 to 36,525 days has no column, only its document."""
    facts = Facts(wanted)
    return {
        "behavior": facts.behavior[:60],
        "action": facts.action[:60],
        "trigger": facts.trigger[:60],
        "record_starts": facts.starts[:60],
        "retention_days": facts.days,
        "is_forever": facts.is_forever,
        "event_type_name": facts.event_type[:KEPT],
        "next_label": facts.next_label[:KEPT],
        "stage_count": len(facts.stages),
        "reviewer_count": len(facts.reviewers),
        "is_in_use": raw.get("isInUse") is True,
        "reference_id": facts.descriptor("filePlanReference")[:KEPT],
    } | {part: facts.descriptor(part)[:KEPT] for part in document.PARTS if part != "filePlanReference"}


def _descriptor(
    name: str,
    path: str,
    noun: str | Promise,
    plural: str | Promise,
    *,
    read: Callable[[Raw], Document] = descriptors.named,
    blank: Callable[[], Document] = dict,
    parent: str = "",
    actions: frozenset[Action] = frozenset({Action.CREATE, Action.DELETE}),
) -> Kind:
    return Kind(
        name=name,
        noun=noun,
        plural=plural,
        model=Descriptor,
        path=f"security/labels/{path}",
        actions=actions,
        document=read,
        body=descriptors.body,
        partial=descriptors.partial,
        references=descriptors.references,
        columns=descriptors.columns,
        lines=descriptors.lines,
        check=check_descriptor,
        blank=blank,
        parent=parent,
    )


AUTHORITY = _descriptor("authority", "authorities", _("authority"), _("authorities"))
CATEGORY = _descriptor("category", "categories", _("category"), _("categories"))
SUBCATEGORY = _descriptor(
    "subcategory",
    "categories/{parent}/subcategories",
    _("subcategory"),
    _("subcategories"),
    read=descriptors.subcategory,
    parent="category",
    actions=frozenset({Action.CREATE}),
)
CITATION = _descriptor(
    "citation", "citations", _("citation"), _("citations"), read=descriptors.citation, blank=descriptors.blank_citation
)
DEPARTMENT = _descriptor("department", "departments", _("function"), _("functions"))
FILE_PLAN_REFERENCE = _descriptor("filePlanReference", "filePlanReferences", _("reference ID"), _("reference IDs"))
RETENTION_LABEL = Kind(
    name="retentionLabel",
    noun=_("label"),
    plural=_("labels"),
    model=RetentionLabel,
    path="security/labels/retentionLabels",
    actions=frozenset({Action.CREATE, Action.UPDATE, Action.DELETE}),
    document=document.document,
    body=document.body,
    partial=document.partial,
    references=document.references,
    columns=columns,
    lines=words.lines,
    check=check,
    blank=document.blank,
    reach=document.reach,
    updatable=document.UPDATABLE,
    in_review=("dispositionReviewStages", "descriptors"),
    expand=("retentionEventType", "descriptors"),
    collections=("dispositionReviewStages",),
)

register(AUTHORITY, CATEGORY, SUBCATEGORY, CITATION, DEPARTMENT, FILE_PLAN_REFERENCE, RETENTION_LABEL)
