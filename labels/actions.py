"""What people do with labels: each is a change that somebody else decides on."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from labels.sheets import Sheet
from portal.changes import actions
from portal.changes.models import ChangeRequest
from portal.changes.objects import Wanted
from portal.changes.writing import already_in, reason_beside
from portal.errors import Stale
from portal.mirror.kinds import Action
from portal.tenants.models import Person


@transaction.atomic
def save(
    sheet: Sheet, *, by: Person, content_hash: str, wanted: Sequence[Wanted], title: str = "", reason: str = ""
) -> ChangeRequest:
    """Write what is wanted into the sheet's request, or into a new one. The label is the last of `wanted`.

    `content_hash` is the request as it was read; it counts only for a label that is part of it already.

    Raises NotAllowed, Stale and Invalid as the actions on requests do.
    """
    request = sheet.request
    if request is None:
        label = wanted[-1]
        return actions.draft(sheet.tenant, by=by, title=title or title_for(label), reason=reason, wanted=wanted)
    if sheet.in_review:
        actions.edit_in_review(request, by=by, content_hash=content_hash, wanted=wanted)
        return request
    if sheet.held is None:
        _must_be_new_in(request, wanted[-1])
        told = reason_beside(request, reason)
        actions.edit(request, by=by, content_hash=request.content_hash, wanted=wanted, reason=told)
        return request
    if sheet.held.key != wanted[-1].key:  # a new label was given another name, and with it another place
        actions.drop(request, by=by, content_hash=content_hash, key=sheet.held.key)
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


def title_for(label: Wanted) -> str:
    """What a change is called when its author gives it no title."""
    titles = {
        Action.CREATE: _("Create “%(name)s”"),
        Action.UPDATE: _("Change “%(name)s”"),
        Action.DELETE: _("Delete “%(name)s”"),
    }
    name = (label.after or label.base or {}).get("displayName", "")
    return titles[label.action] % {"name": name}


def _must_be_new_in(request: ChangeRequest, label: Wanted) -> None:
    """Raises Stale if the request is about that label already: that would be written over unread."""
    if already_in(request, label.key):
        raise Stale(_("“%(change)s” is about this label already. Open it there.") % {"change": request})
