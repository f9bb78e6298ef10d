"""What people do with events: each is a change that somebody else decides on."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from events.cases import case_of
from events.document import name_of
from events.sheets import Sheet
from portal.changes import actions, waiting
from portal.changes.models import Change, ChangeRequest
from portal.changes.objects import Wanted
from portal.changes.writing import reason_beside
from portal.errors import Stale
from portal.tenants.models import Person


@transaction.atomic
def save(
    sheet: Sheet, *, by: Person, content_hash: str, wanted: Sequence[Wanted], title: str = "", reason: str = ""
) -> ChangeRequest:
    """Write an event and what repeats it into the sheet's request, or into a new one. The event is first of `wanted`.

    `content_hash` is the request as it was read; it counts only for an event that is part of it already.

    Raises NotAllowed, Stale and Invalid as the actions on requests do.
    """
    request = sheet.request
    if request is None:
        return actions.draft(sheet.tenant, by=by, title=title or title_for(wanted[0]), reason=reason, wanted=wanted)
    if sheet.held is None:
        told = reason_beside(request, reason)
        actions.edit(request, by=by, content_hash=request.content_hash, wanted=wanted, reason=told)
        return request
    kept = {one.key for one in wanted}
    for key in sheet.keys:  # what got another name gets another place; what is not repeated any more goes
        if key not in kept:
            actions.drop(request, by=by, content_hash=content_hash, key=key)
            content_hash = request.content_hash
    actions.edit(request, by=by, content_hash=content_hash, wanted=wanted, title=title or request.title, reason=reason)
    return request


@transaction.atomic
def submit(
    sheet: Sheet, *, by: Person, content_hash: str, wanted: Sequence[Wanted], title: str, reason: str
) -> ChangeRequest:
    """Save and send to review, or neither. Raises as `save` and `submit` do."""
    request = save(sheet, by=by, content_hash=content_hash, wanted=wanted, title=title, reason=reason)
    actions.submit(request, by=by, content_hash=request.content_hash)
    return request


@transaction.atomic
def stop_repeating(change: Change, *, by: Person, reason: str) -> int:
    """Take back whatever of an event's case was not sent yet. Returns how many events that were.

    Raises Invalid without a reason, NotAllowed for auditors alone, Stale if nothing is left, or one is being sent just
    now: then none is stopped.
    """
    left = [member.change for member in case_of(change) if member.is_left]
    if not left:
        raise Stale(_("Nothing of this case waits any more. Reload and look again."))
    for one in [one for one in left if not one.is_follow_up] or left:  # with the first go those that repeat it
        waiting.withdraw(one, by=by, reason=reason)
    return len(left)


def title_for(event: Wanted) -> str:
    """What a change is called when its author gives it no title."""
    return _("Record “%(name)s”") % {"name": name_of(event.after or {})}
