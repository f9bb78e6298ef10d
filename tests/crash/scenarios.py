"""What is approved before a worker is killed: a creation with what it names, a change, a deletion, an event."""

from collections.abc import Callable, Sequence

from labels.document import blank
from labels.models import RetentionLabel
from portal.changes import actions
from portal.changes.models import ChangeRequest
from portal.changes.objects import Wanted, objects_of
from portal.mirror.kinds import Action, Level
from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.happening import created, event

DAYS = "#microsoft.graph.security.retentionDurationInDays"
REVIEW = [
    {"stageNumber": "1", "name": "HR records", "reviewersEmailAddresses": ["hr-records@harrowvale.example"]},
    {"stageNumber": "2", "name": "Legal", "reviewersEmailAddresses": ["legal@harrowvale.example"]},
]


def creation() -> list[Wanted]:
    """An event-based label with a new event type and a new category in the same request."""
    label = blank() | {
        "displayName": "HR Agency worker file 6y",
        "behaviorDuringRetentionPeriod": "retainAsRecord",
        "actionAfterRetentionPeriod": "startDispositionReview",
        "retentionTrigger": "dateOfEvent",
        "retentionEventType": "Assignment ended",
        "retentionDuration": {"@odata.type": DAYS, "days": 2192},
        "dispositionReviewStages": REVIEW,
    }
    label["descriptors"] = {**label["descriptors"], "category": "Agency workers"}
    event_type = {"displayName": "Assignment ended", "description": "The agency reports the last day."}
    return [
        Wanted("retentionEventType", Action.CREATE, None, event_type),
        Wanted("category", Action.CREATE, None, {"displayName": "Agency workers"}),
        Wanted("retentionLabel", Action.CREATE, None, label),
    ]


def change() -> list[Wanted]:
    """A longer period and one more stage at the end."""
    label = RetentionLabel.objects.filter(action="startDispositionReview", stage_count__lt=5).exclude(
        trigger="dateLabeled"
    )[0]
    stages = label.document["dispositionReviewStages"]
    added = {
        "stageNumber": str(len(stages) + 1),
        "name": "Data protection",
        "reviewersEmailAddresses": ["dpo-office@harrowvale.example"],
    }
    longer = {"@odata.type": DAYS, "days": (label.retention_days or 0) + 366}
    after = label.document | {"retentionDuration": longer, "dispositionReviewStages": [*stages, added]}
    return [Wanted("retentionLabel", Action.UPDATE, label.document, after, label.graph_id)]


def deletion() -> list[Wanted]:
    """A plain label that nothing carries and nothing names."""
    named = set(RetentionLabel.objects.values_list("next_label", flat=True))
    plain = RetentionLabel.objects.exclude(behavior="retainAsRegulatoryRecord").exclude(trigger="dateOfEvent")
    unused = plain.filter(is_in_use=False)
    label = next(label for label in unused if label.display_name not in named)
    return [Wanted("retentionLabel", Action.DELETE, label.document, None, label.graph_id)]


def happening() -> list[Wanted]:
    """An event that cannot be taken back, for one employee."""
    return [created(event("Departure 4711", day=clock.now().date()))]


SCENARIOS: dict[str, Callable[[], list[Wanted]]] = {
    "create": creation,
    "update": change,
    "delete": deletion,
    "event": happening,
}


def submitted(tenant: Tenant, author: Person, wanted: Sequence[Wanted]) -> ChangeRequest:
    """A request in review, with every point confirmed that asks for it."""
    request = actions.draft(tenant, by=author, title="A test", reason="The schedule says so.", wanted=wanted)
    actions.edit(request, by=author, content_hash=request.content_hash, wanted=acknowledged(request))
    actions.submit(request, by=author, content_hash=request.content_hash)
    return request


def acknowledged(request: ChangeRequest) -> list[Wanted]:
    """What a request says, with every point confirmed that asks for it."""
    return [
        Wanted(
            changed.kind.name,
            changed.action,
            changed.base,
            changed.after,
            changed.first.target,
            {finding["rule"]: "" for finding in changed.first.findings if finding["level"] == Level.CONFIRM},
        )
        for changed in objects_of(list(request.changes.all()))
    ]
