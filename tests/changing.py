"""Mirror rows read from answers of Graph, and requests made through the actions."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from labels.document import blank
from portal.changes import actions
from portal.changes.models import ChangeRequest
from portal.changes.objects import Wanted
from portal.mirror import kinds, store
from portal.mirror.kinds import Action, Document
from portal.mirror.models import Cause, Mirrored, RunState, SyncRun
from portal.tenants.models import Person, Tenant

LABEL = "retentionLabel"
DAYS = "#microsoft.graph.security.retentionDurationInDays"
_ids = count(1)


def mirrored(tenant: Tenant, name: str, *, in_use: bool = False, **fields: Any) -> Mirrored:
    """A label of the tenant, as a sync would have written it, agreed on."""
    Tenant.objects.filter(pk=tenant.pk, baseline_at=None).update(baseline_at=timezone.now())
    tenant.refresh_from_db()
    kind = kinds.of(LABEL)
    raw = {"id": f"id-{next(_ids)}", "isInUse": in_use, **wanted_label(name), **fields, "descriptors": {}}
    return store.keep(kind, tenant, raw, read_at=timezone.now(), agreed=kind.document(raw))


def wanted_label(name: str, *, days: int = 1827, **fields: Any) -> Document:
    """A label that is kept for `days` from creation and then deleted."""
    kept = {
        "displayName": name,
        "behaviorDuringRetentionPeriod": "retain",
        "actionAfterRetentionPeriod": "delete",
        "retentionTrigger": "dateCreated",
        "retentionDuration": lasting(days),
    }
    return {**blank(), **kept, **fields}


def lasting(days: int) -> dict[str, Any]:
    return {"@odata.type": DAYS, "days": days}


def stage(number: int, name: str, *reviewers: str) -> dict[str, Any]:
    return {"stageNumber": str(number), "name": name, "reviewersEmailAddresses": list(reviewers)}


def update(row: Mirrored, acknowledged: dict[str, str] | None = None, **fields: Any) -> Wanted:
    return Wanted(LABEL, Action.UPDATE, row.document, {**row.document, **fields}, row.graph_id, acknowledged or {})


def shorter(row: Mirrored, days: int = 1096) -> Wanted:
    """Takes two approvers (VR-42)."""
    return update(row, {"VR-42": "Agreed with counsel."}, retentionDuration=lasting(days))


def delete(row: Mirrored, acknowledged: dict[str, str] | None = None) -> Wanted:
    return Wanted(LABEL, Action.DELETE, row.document, None, row.graph_id, acknowledged or {})


def create(name: str, **fields: Any) -> Wanted:
    return Wanted(LABEL, Action.CREATE, None, wanted_label(name, **fields))


def drafted(
    tenant: Tenant, by: Person, *wanted: Wanted, title: str = "Clearer texts", reason: str = "Asked for."
) -> ChangeRequest:
    return actions.draft(tenant, by=by, title=title, reason=reason, wanted=wanted)


def submitted(tenant: Tenant, by: Person, *wanted: Wanted, **about: str) -> ChangeRequest:
    request = drafted(tenant, by, *wanted, **about)
    actions.submit(request, by=by, content_hash=request.content_hash)
    return request


def approved(tenant: Tenant, by: Person, approvers: list[Person], *wanted: Wanted, **about: str) -> ChangeRequest:
    request = submitted(tenant, by, *wanted, **about)
    for person in approvers:
        actions.approve(request, by=person, content_hash=request.content_hash)
    return request


def ran(tenant: Tenant, state: RunState = RunState.COMPLETE, *, ago: float = 0, **fields: Any) -> SyncRun:
    """A sync run that began `ago` seconds ago."""
    at = timezone.now() - timedelta(seconds=ago)
    ended = None if state == RunState.RUNNING else at
    values = {"cause": Cause.TIMETABLE, "started_at": at, "touched_at": at, "finished_at": ended, "listed": 12}
    return SyncRun.objects.create(tenant=tenant, state=state, **(values | fields))
