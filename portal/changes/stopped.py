"""What people do with what stopped: try it again, or draft it again. Written as in actions.py."""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.changes import drafting
from portal.changes.actions import draft, hold, must_be
from portal.changes.models import CANNOT_REPEAT, Change, ChangeRequest, Push, State, Why
from portal.changes.objects import objects_of
from portal.changes.waiting import NOT_APPLIED, did_not_happen
from portal.doorbell import ring
from portal.errors import Invalid
from portal.mirror.kinds import Action
from portal.tenants.access import ACTING
from portal.tenants.models import Person, Role


@transaction.atomic
def retry(change_request: ChangeRequest, *, by: Person) -> None:
    """Try stopped changes of an approved request again; those that met a changed tenant want a new draft.

    What was sent with an unknown outcome is looked up first, never sent blindly (G4). Raises NotAllowed, Invalid.
    """
    must_be(by, change_request.tenant, *ACTING)
    hold(change_request, state=State.APPROVED, content_hash=change_request.content_hash)
    stopped = [
        change
        for change in change_request.changes.all()
        if change.push == Push.STOPPED and change.why not in CANNOT_REPEAT
    ]
    if not stopped:
        raise Invalid(_("Nothing of this change can be tried again. Draft what did not happen instead."))
    for change in stopped:
        Change.objects.filter(pk=change.pk).update(
            push=_goes_on_at(change), why=Why.NONE, message="", support="", sends=0, negatives=0, not_before=None
        )
    trail.record(change_request, "change.retried", by=by, names=[str(change) for change in stopped])
    transaction.on_commit(partial(ring, change_request.tenant_id), robust=True)


def _goes_on_at(change: Change) -> Push:
    """A creation that was answered is read back, one that may have arrived is looked up: none is sent blindly (G4).

    An update or a deletion reads before it writes.
    """
    if change.action != Action.CREATE:
        return Push.READY
    if change.target:
        return Push.SENT
    return Push.UNSURE if change.attempts.exclude(outcome__in=NOT_APPLIED).exists() else Push.READY


@transaction.atomic
def redraft(change_request: ChangeRequest, *, by: Person) -> ChangeRequest:
    """Draft what did not happen, on the tenant as it is now; the stopped changes and what waits for them are given up.

    Raises NotAllowed if `by` is no author, Invalid when nothing stopped.
    """
    must_be(by, change_request.tenant, Role.AUTHOR)
    hold(change_request, state=State.APPROVED, content_hash=change_request.content_hash)
    stopped = [changed for changed in objects_of(change_request.changes.all()) if changed.is_stopped]
    stopped = [changed for changed in stopped if not changed.kind.once or did_not_happen(changed.first)]
    if not stopped:
        raise Invalid(_("Nothing of this change can be drafted again: nothing stopped, or it may have happened."))
    given_up = [part for changed in stopped for part in changed.parts if part.push != Push.DONE]
    Change.objects.filter(pk__in=[part.pk for part in given_up]).update(push=Push.CANCELLED, why=Why.NONE)
    trail.record(change_request, "change.cancelled", by=by, names=[str(part) for part in given_up])
    title = _("What did not happen in %(title)s") % {"title": change_request}
    wanted = drafting.again(stopped, change_request.tenant)
    return draft(change_request.tenant, by=by, title=title, reason=change_request.reason, wanted=wanted)
