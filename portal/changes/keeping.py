"""What Fileplan alone keeps (kinds without a path): approved like everything else, sent to nobody."""

from uuid import uuid4

from portal.audit import trail
from portal.changes.models import Change, Push
from portal.mirror import store
from portal.mirror.kinds import Action
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Person


def carry_out(change: Change, *, by: Person) -> None:
    """Keep what was approved, or end it. Runs in the transaction of the approval that releases it, with one entry."""
    row = _created(change) if change.action == Action.CREATE else _ended(change)
    Change.objects.filter(pk=change.pk).update(push=Push.DONE, done_at=clock.now(), target=row.graph_id)
    told = {"kind": row.kind, "key": row.graph_id, "document": None if row.gone_at else row.document}
    trail.record(change, "change.kept", by=by, mirrored=[told])


def _created(change: Change) -> Mirrored:
    kind, tenant, wanted, now = change.of, change.request.tenant, change.after or {}, clock.now()
    held = store.columns(kind, {"id": str(uuid4()), **wanted}, read_at=now)
    held |= {"agreed": held["document"], "agreed_hash": held["document_hash"], "created_at": now}
    return kind.model._default_manager.create(tenant=tenant, kind=kind.name, graph_id=held["raw"]["id"], **held)


def _ended(change: Change) -> Mirrored:
    """Its end; one that ended before stays as it ended."""
    row: Mirrored = change.of.rows(change.request.tenant).get(graph_id=change.target)
    if row.gone_at is None:
        row.gone_at, row.agreed, row.agreed_hash = clock.now(), None, ""
        row.save(update_fields=["gone_at", "agreed", "agreed_hash"])
    return row
