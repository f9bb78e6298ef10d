"""What a push is writing just now, so that a sync leaves it to the push's own read-back."""

from portal.changes.models import Change, Push
from portal.mirror import kinds
from portal.mirror.gone import Busy
from portal.tenants.models import Tenant


def busy(tenant: Tenant) -> Busy:
    """(kind, Graph id) and (kind, folded name) of every change whose outcome is not confirmed yet."""
    under_way = Change.objects.filter(request__tenant=tenant, push__in=[Push.SENDING, Push.UNSURE, Push.SENT])
    found: Busy = set()
    for kind, target, name in under_way.values_list("kind", "target", "name"):
        found |= {(kind, target), (kind, kinds.folded(name))}
    return found
