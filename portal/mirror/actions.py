"""What people do about the mirror."""

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.doorbell import ring
from portal.errors import Invalid, NotAllowed, Stale
from portal.mirror.models import SyncRun
from portal.mirror.queries import missing_rows
from portal.mirror.sync import NAMED, freshness
from portal.tenants import clock
from portal.tenants.access import roles_of
from portal.tenants.models import Connection, Person, Role


@transaction.atomic
def confirm_gone(run: SyncRun, *, by: Person) -> None:
    """Say that what a held run lacked is really gone: for a day, runs may mark exactly these objects without asking.

    Each is still looked for by its id first. Confirming twice changes nothing. Raises NotAllowed unless `by` is an
    administrator of the tenant, Stale if a later run has read the tenant since, Invalid for a run that missed nothing.
    """
    if Role.ADMINISTRATOR not in roles_of(by, run.tenant):
        raise NotAllowed(_("Only an administrator can say that objects are gone."))
    # A run is written with this row locked: none completes between the look and the entry.
    Connection.objects.select_for_update().filter(tenant=run.tenant).first()
    if SyncRun.objects.filter(pk=run.pk, confirmed_at__isnull=False).exists():
        return
    if freshness(run.tenant) != run:
        raise Stale(_("A later run has read the tenant since. Look at what it says."))
    if not run.missing:
        raise Invalid(_("This run did not miss anything, so there is nothing to confirm."))
    SyncRun.objects.filter(pk=run.pk, confirmed_at=None).update(confirmed_at=clock.now(), confirmed_by=by)
    names = sorted(row.display_name for row in missing_rows(run))[:NAMED]
    trail.record(run, "sync.confirmed", by=by, missing=len(run.missing), names=names)
    transaction.on_commit(lambda: ring(run.tenant_id, "mirror.sync"), robust=True)
