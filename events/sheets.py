"""What an event form is about: a new event, or one inside a draft, with what repeats it."""

from dataclasses import dataclass, replace

from events.document import blank
from events.kinds import RETENTION_EVENT, RETENTION_EVENT_TYPE
from events.starting import labels_by_type
from portal.changes.models import ChangeRequest
from portal.changes.objects import ChangedObject, Key, objects_of
from portal.mirror.kinds import Action, Document, folded
from portal.tenants.models import Tenant


@dataclass(frozen=True)
class Sheet:
    """One event on the desk of one person. `held`: what the request says of it, `repeated`: what repeats it there."""

    tenant: Tenant
    request: ChangeRequest | None = None
    held: ChangedObject | None = None
    repeated: tuple[ChangedObject, ...] = ()

    @property
    def start(self) -> Document:
        """What the form shows first."""
        return (self.held.after if self.held else None) or blank()

    @property
    def keys(self) -> list[Key]:
        """The places in the request that this event and its repetitions have."""
        return [one.key for one in (self.held, *self.repeated) if one is not None]

    def joining(self, request: ChangeRequest | None) -> "Sheet":
        """The same event as part of a request."""
        return replace(self, request=request)


def held_in(request: ChangeRequest, position: int) -> ChangedObject | None:
    """The event a request records at that place; of one that repeats another, the first of its case."""
    found = {changed.first.marker: changed for changed in _events(request)}
    for changed in found.values():
        if changed.first.position == position:
            return found.get(changed.first.case, changed)
    return None


def sheet_of(request: ChangeRequest, held: ChangedObject) -> Sheet:
    """An event inside a request, with what repeats it."""
    marker = held.first.marker
    repeated = [one for one in _events(request) if one.first.case == marker and one.first.marker != marker]
    return Sheet(request.tenant, request, held, tuple(repeated))


def _events(request: ChangeRequest) -> list[ChangedObject]:
    creations = [change for change in request.changes.all() if change.action == Action.CREATE]
    return [changed for changed in objects_of(creations) if changed.kind is RETENTION_EVENT]


def types_in(tenant: Tenant, request: ChangeRequest | None) -> list[tuple[str, int]]:
    """The event types that can be named, with how many labels start on each: the tenant's, and what a request adds."""
    labels = labels_by_type(tenant)
    held = RETENTION_EVENT_TYPE.rows(tenant).here().order_by("display_name").values_list("display_name", flat=True)
    added = (
        request.changes.filter(kind=RETENTION_EVENT_TYPE.name, action=Action.CREATE).values_list("name", flat=True)
        if request
        else ()
    )
    return [(name, len(labels.get(folded(name), ()))) for name in [*held, *added]]
