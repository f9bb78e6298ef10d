"""What was drafted before a backup was restored may have been sent by the database that was lost (C17, G15)."""

from django.utils.translation import gettext as _

from portal.audit import restored
from portal.audit.models import Result
from portal.changes.models import Change, Push
from portal.changes.push.lease import Lease
from portal.changes.push.moves import move
from portal.mirror.kinds import Action
from portal.tenants import clock


def needs_a_look(change: Change) -> bool:
    """Whether a ready creation must be looked up before it is sent. Updates and deletions read before they write."""
    last = restored.last(change.request.tenant)
    if last is None or change.action != Action.CREATE or change.request.created_at > last.noticed_at:
        return False
    return change.doubted_at is None or change.doubted_at < last.noticed_at


def doubt(change: Change, lease: Lease) -> None:
    """Have it looked up as one whose outcome is unknown. Raises Lost."""
    reason = _("A backup was restored. It may have been sent before that, so it is looked up first.")
    move(
        change,
        lease,
        "change.unsure",
        source=Push.READY,
        target=Push.UNSURE,
        reason=reason,
        result=Result.ERROR,
        columns={"negatives": 0, "not_before": None, "message": reason, "doubted_at": clock.now()},
    )
