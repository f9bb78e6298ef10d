"""Documents, changes and plans, plainly made. A test names only what it is about."""

from collections.abc import Iterable
from typing import Any

from labels.document import PARTS, blank
from labels.rules import check, check_descriptor
from portal.mirror.kinds import Action, Document, Finding, Known, Level, Plan, Proposal

BLOCK, CONFIRM, WARN = Level.BLOCK, Level.CONFIRM, Level.WARN
FOREVER = {"@odata.type": "#microsoft.graph.security.retentionDurationForever"}


def in_days(days: Any) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.security.retentionDurationInDays", "days": days}


def make_label(**fields: Any) -> Document:
    """A label nothing is to be said against: kept ten years, then deleted, with a reason."""
    return {
        **blank(),
        "displayName": "FIN Invoices 10y",
        "behaviorDuringRetentionPeriod": "retain",
        "actionAfterRetentionPeriod": "delete",
        "retentionTrigger": "dateCreated",
        "retentionDuration": in_days(3653),
        "descriptors": described(authority="Legal"),
        **fields,
    }


def reviewed(*stages: Document, **fields: Any) -> Document:
    """A label that ends in a disposition review by these stages."""
    return make_label(
        actionAfterRetentionPeriod="startDispositionReview", dispositionReviewStages=list(stages), **fields
    )


def on_event(**fields: Any) -> Document:
    """A label that starts on the event type `KNOWN` holds."""
    return make_label(**{"retentionTrigger": "dateOfEvent", "retentionEventType": "Employee departure"} | fields)


def followed(by: str | None, **fields: Any) -> Document:
    """A label that hands over to another."""
    return make_label(actionAfterRetentionPeriod="relabel", labelToBeApplied=by, **fields)


def stage(number: int, name: str, *reviewers: str) -> Document:
    return {"stageNumber": str(number), "name": name, "reviewersEmailAddresses": list(reviewers)}


def described(**parts: str) -> Document:
    return dict.fromkeys(PARTS) | parts


def known(kind: str, name: str, **fields: Any) -> Known:
    return Known(kind, {"displayName": name, **fields}, graph_id=f"id of {name}")


def known_label(document: Document) -> Known:
    return Known("retentionLabel", document, graph_id=f"id of {document['displayName']}")


KNOWN = (known("authority", "Legal"), known("retentionEventType", "Employee departure"))
"""What the labels above name."""


def make_plan(*others: Known, **fields: Any) -> Plan:
    return Plan((*KNOWN, *others), **fields)


def create(document: Document, kind: str = "retentionLabel") -> Proposal:
    return Proposal(kind, Action.CREATE, None, document)


def update(base: Document, **fields: Any) -> Proposal:
    """`base`, with these fields changed."""
    return Proposal("retentionLabel", Action.UPDATE, base, {**base, **fields})


def delete(document: Document, kind: str = "retentionLabel", *, in_use: bool | None = False) -> Proposal:
    return Proposal(kind, Action.DELETE, document, None, in_use=in_use)


def said(rule: str, change: Proposal, plan: Plan | None = None) -> list[tuple[Level, str, str]]:
    """Level, field and message of what a rule finds."""
    return [(finding.level, finding.field, finding.message) for finding in findings(rule, change, plan)]


def findings(rule: str, change: Proposal, plan: Plan | None = None) -> list[Finding]:
    return [finding for finding in all_findings(change, plan) if finding.rule == rule]


def all_findings(change: Proposal, plan: Plan | None = None) -> Iterable[Finding]:
    judge = check if change.kind == "retentionLabel" else check_descriptor
    return judge(change, make_plan() if plan is None else plan)
