"""What people do with standing approvals: propose one as a change, and withdraw one at once."""

from django.db import transaction
from django.utils.translation import gettext as _

from events.models import StandingApproval
from events.standing import queries
from events.standing.kinds import STANDING_APPROVAL
from portal.audit import trail
from portal.changes import actions
from portal.changes.models import ChangeRequest
from portal.changes.objects import ChangedObject, Wanted
from portal.errors import Invalid, NotAllowed, Stale
from portal.mirror.kinds import Action, Document
from portal.tenants import clock
from portal.tenants.access import ACTING, roles_of
from portal.tenants.models import Connection, Person, Tenant


def wanted(document: Document) -> Wanted:
    """A new standing approval."""
    return Wanted(STANDING_APPROVAL.name, Action.CREATE, None, document)


def propose(tenant: Tenant, document: Document, *, by: Person, reason: str) -> ChangeRequest:
    """Draft one as a request of its own. Raises as `actions.draft` does."""
    title = _("Standing approval “%(name)s”") % {"name": document["displayName"]}
    return actions.draft(tenant, by=by, title=title, reason=reason, wanted=[wanted(document)])


@transaction.atomic
def rewrite(
    request: ChangeRequest, held: ChangedObject, document: Document, *, by: Person, content_hash: str, reason: str
) -> None:
    """Change what a draft says of one. Raises as `actions.edit` does."""
    one = wanted(document)
    if one.key != held.key:
        actions.drop(request, by=by, content_hash=content_hash, key=held.key)
        content_hash = request.content_hash
    actions.edit(request, by=by, content_hash=content_hash, wanted=[one], reason=reason)


@transaction.atomic
def withdraw(row: StandingApproval, *, by: Person, reason: str) -> int:
    """End a standing approval at once. What was released under it and still waits is not sent: how many that is.

    Raises NotAllowed for auditors alone, Invalid without a reason, Stale if it ended before.
    """
    if not by.is_active or roles_of(by, row.tenant).isdisjoint(ACTING):
        raise NotAllowed(_("Authors, approvers and administrators can do this. Ask one of them."))
    if not reason.strip():
        raise Invalid(_("Say why it is withdrawn. It becomes part of the history."))
    # A send checks with this one locked: either it was sent before, or it sees the withdrawal.
    Connection.objects.select_for_update().filter(tenant=row.tenant).first()
    ended = {"gone_at": clock.now(), "agreed": None, "agreed_hash": ""}
    told = {"withdrawn_by": by, "withdrawn_because": reason.strip()[:1000]}
    if not StandingApproval.objects.here().filter(pk=row.pk).update(**ended, **told):
        raise Stale(_("“%(name)s” is withdrawn already. Reload and look again.") % {"name": row})
    row.refresh_from_db()
    waiting = queries.waiting(queries.one(row).request)
    mirrored = [{"kind": row.kind, "key": row.graph_id, "document": None}]
    trail.record(row, "standing.withdrawn", by=by, reason=reason.strip(), waiting=waiting, mirrored=mirrored)
    return waiting
