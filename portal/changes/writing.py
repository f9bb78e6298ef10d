"""What is being written and not part of a request yet: what the rules would say of it there."""

from collections.abc import Collection

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.changes.models import ChangeRequest, State
from portal.changes.objects import ChangedObject, Key, Wanted, key_of, objects_of, parts_of
from portal.changes.plans import Judge
from portal.errors import Invalid
from portal.mirror.kinds import Finding
from portal.tenants.models import Person, Tenant

WRITTEN_OVER = gettext_lazy(
    "Somebody changed this draft while you were writing. Save again to replace what they wrote."
)


def open_drafts(tenant: Tenant, by: Person) -> list[ChangeRequest]:
    """The drafts this person wrote, which something new can become part of."""
    return list(tenant.change_requests.filter(author=by, state=State.DRAFT))


def must_be_draft(request: ChangeRequest) -> None:
    """Raises Invalid for a request that is decided on or over: what it records is no longer edited."""
    if request.state != State.DRAFT:
        closed = _("“%(change)s” is closed to editing. Ask for it to be returned, or draft a new change.")
        raise Invalid(closed % {"change": request})


def on_the_request_now(typed: QueryDict, request: ChangeRequest | None) -> QueryDict:
    """A form as it was typed, about the request as it is now, so that the next try is about that."""
    data = typed.copy()
    if request is not None:
        request.refresh_from_db()
        data["content_hash"] = request.content_hash
    return data


def reason_beside(request: ChangeRequest, reason: str) -> str:
    """The reason of a request with that of what joins it."""
    return "\n\n".join(filter(None, [request.reason, reason if reason != request.reason else ""]))


def already_in(request: ChangeRequest, key: Key) -> ChangedObject | None:
    """What a request says of that object already."""
    return next((changed for changed in objects_of(request.changes.all()) if changed.key == key), None)


def judged(
    tenant: Tenant, request: ChangeRequest | None, wanted: list[Wanted], *, instead_of: Collection[Key] = ()
) -> list[tuple[Wanted, list[Finding]]]:
    """What the rules say of each wish, as if the request held them all, instead of what it holds under other names."""
    own = {one.key for one in wanted} | set(instead_of)
    written = list(request.changes.all()) if request else []
    others = [change for change in written if key_of(change.kind, change.document) not in own]
    objects = [_placed(one, 10_000 + 2 * at) for at, one in enumerate(wanted)]
    changes = [*others, *(part for changed in objects for part in changed.parts)]
    judge = Judge(tenant, changes, request=request)
    return [(one, judge.findings(changed)) for one, changed in zip(wanted, objects, strict=True)]


def _placed(wanted: Wanted, position: int) -> ChangedObject:
    """The parts of a change as the request would hold them, behind all others."""
    parts = parts_of(wanted)
    for offset, part in enumerate(parts):
        part.position = position + offset
    return ChangedObject(tuple(parts))
