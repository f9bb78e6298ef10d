"""Agreeing to what the tenant holds. Nothing is sent: what is approved becomes what is agreed, if it is still so."""

from django.utils.translation import gettext as _

from portal.audit import canonical, trail
from portal.audit.models import Result
from portal.changes.models import Change, Push, Why
from portal.changes.objects import Wanted
from portal.changes.threeway import changed_fields
from portal.mirror.kinds import Action, Document
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Connection, Person


def adoption(row: Mirrored) -> Wanted:
    """The change that agrees to an object as the tenant holds it."""
    return Wanted(row.kind, Action.ADOPT, row.agreed, row.document, row.graph_id)


def holds(base: Document | None, after: Document | None, row: Mirrored | None) -> bool:
    """Whether an adoption is still about what the tenant holds, and about what was agreed of it until now."""
    return row is not None and row.document == after and row.agreed == base


def carry_out(change: Change, *, by: Person) -> None:
    """Make what was approved the agreed document; stopped if the tenant moved on meanwhile (VR-75).

    Runs in the transaction of the approval that releases it, with one entry.
    """
    tenant = change.request.tenant
    # A sync writes rows with this one locked: none changes between being compared and being agreed on.
    Connection.objects.select_for_update().filter(tenant=tenant).first()
    as_read = (
        change.of.rows(tenant)
        .here()
        .filter(graph_id=change.target, document_hash=canonical.sha256(change.after), agreed_hash=_hash(change.base))
    )
    if as_read.update(agreed=change.after, agreed_hash=canonical.sha256(change.after)):
        _done(change, by)
    else:
        _stopped(change, by)


def _done(change: Change, by: Person) -> None:
    base, after = change.base or {}, change.after or {}
    Change.objects.filter(pk=change.pk).update(push=Push.DONE, done_at=clock.now())
    told = {name: [base.get(name), after.get(name)] for name in changed_fields(base, after)}
    mirrored = [{"kind": change.kind, "key": change.target, "document": after}]
    trail.record(change, "change.adopted", by=by, changes=told, mirrored=mirrored)


def _stopped(change: Change, by: Person) -> None:
    message = _("“%(name)s” was changed in Purview meanwhile. Nothing was agreed on.") % {"name": change.name}
    Change.objects.filter(pk=change.pk).update(push=Push.STOPPED, why=Why.DRIFTED, message=message)
    trail.record(
        change, "change.stopped", by=by, reason=message, result=Result.ERROR, why=Why.DRIFTED.value, support=""
    )


def _hash(document: Document | None) -> str:
    """As a row keeps it: empty where nothing was ever agreed on."""
    return canonical.sha256(document) if document is not None else ""
