"""What people do with event types: each is a change that somebody else decides on."""

from django.utils.translation import gettext as _

from events.kinds import RETENTION_EVENT_TYPE
from events.models import RetentionEventType
from portal.changes import actions
from portal.changes.models import ChangeRequest
from portal.changes.objects import ChangedObject, Wanted, parts_of
from portal.changes.plans import findings_of
from portal.mirror.kinds import Action, Finding
from portal.tenants.models import Person, Tenant

KIND = RETENTION_EVENT_TYPE.name


def created(name: str, description: str) -> Wanted:
    """A new event type."""
    return Wanted(KIND, Action.CREATE, None, {"displayName": name, "description": description})


def described(row: RetentionEventType, description: str) -> Wanted:
    """The same event type with another description: its name is fixed (VR-69)."""
    return Wanted(KIND, Action.UPDATE, row.document, {**row.document, "description": description}, row.graph_id)


def deleted(row: RetentionEventType) -> Wanted:
    """No such event type."""
    return Wanted(KIND, Action.DELETE, row.document, None, row.graph_id)


def findings(wanted: Wanted, tenant: Tenant) -> list[Finding]:
    """What the rules say of it on the tenant as it is."""
    parts = parts_of(wanted)
    return findings_of(ChangedObject(tuple(parts)), tenant, parts, request=None)


def propose(wanted: Wanted, *, tenant: Tenant, by: Person, reason: str) -> ChangeRequest:
    """Draft it as a request of its own. Raises as `actions.draft` does."""
    titles = {
        Action.CREATE: _("Create event type “%(name)s”"),
        Action.UPDATE: _("Describe event type “%(name)s”"),
        Action.DELETE: _("Delete event type “%(name)s”"),
    }
    name = str((wanted.after or wanted.base or {})["displayName"])
    return actions.draft(tenant, by=by, title=titles[wanted.action] % {"name": name}, reason=reason, wanted=[wanted])
