"""Manual steps: what Graph cannot carry is done by a person in Purview and verified when a sync sees it (design.md)."""

from django.db import transaction

from portal.audit import canonical, trail
from portal.changes.models import Carrier, Change, Push, State
from portal.changes.plans import row_of
from portal.changes.push.moves import SERVICE
from portal.changes.threeway import compare
from portal.mirror import store
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Tenant


def settle(tenant: Tenant) -> None:
    """Confirm every manual step of a tenant whose result the mirror now shows."""
    waiting = Change.objects.filter(
        request__tenant=tenant, request__state=State.APPROVED, carried_by=Carrier.PERSON, push=Push.PERSON
    )
    for change in waiting.select_related("request__tenant"):
        row = row_of(change, tenant)
        if row is not None:
            _confirm(change, row.pk)


@transaction.atomic
def _confirm(change: Change, key: int) -> None:
    row: Mirrored = change.of.model._default_manager.select_for_update().get(pk=key)
    compared = compare(change.base or {}, row.document, change.after or {})
    if not compared.is_done:
        return
    done = Change.objects.filter(pk=change.pk, push=Push.PERSON).update(
        push=Push.DONE, done_at=clock.now(), target=row.graph_id
    )
    if not done:
        return
    row.agreed = {**(row.agreed or row.document), **{name: row.document[name] for name in compared.there}}
    row.agreed_hash = canonical.sha256(row.agreed)
    row.save(update_fields=["agreed", "agreed_hash"])
    mirrored = [store.told(row)]
    trail.record(change, "change.by_hand", service=SERVICE, seen_made_by=row.changed_by, mirrored=mirrored)
