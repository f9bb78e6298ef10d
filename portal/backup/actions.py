"""What an administrator says after a backup was restored."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import checkpoints, restored, trail
from portal.audit.models import Confirmation, Restoration
from portal.audit.verify_audit import CONFIRMED
from portal.backup.queries import Look
from portal.doorbell import ring
from portal.errors import Invalid, NotAllowed, Stale
from portal.tenants.access import roles_of
from portal.tenants.models import Connection, Person, Role, Tenant

NAMED = 50  # objects an entry names
log = logging.getLogger("portal.backup")


@transaction.atomic
def confirm(tenant: Tenant, *, by: Person, run: int, reason: str) -> None:
    """Say that what a restore lost was looked at: pushes and the API of the tenant go on. `run` is what was read.

    What was drafted before is still looked up before it is sent. Confirming twice changes nothing. Raises NotAllowed
    unless `by` is an administrator of the tenant, Invalid without a reason or before a complete run has read the tenant
    since, Stale if a later one has.
    """
    if Role.ADMINISTRATOR not in roles_of(by, tenant):
        raise NotAllowed(_("Only an administrator can say that a restored backup may go on."))
    if not reason.strip():
        raise Invalid(_("Say why the backup was restored and what you looked at. It becomes part of the history."))
    # A run is written with this row locked: none completes between the look and the entry.
    Connection.objects.select_for_update().filter(tenant=tenant).first()
    look = Look(tenant)
    if look.restoration is None:
        return
    if look.run is None:
        raise Invalid(
            _("The tenant has not been read completely since. Read it, look at what was found, then confirm.")
        )
    if look.run.pk != run:
        raise Stale(_("A later run has read the tenant since. Look at what it found."))
    for waiting in Restoration.objects.exclude(confirmations__tenant=tenant.pk):
        Confirmation.objects.create(restoration=waiting, tenant=tenant, by=by, reason=reason.strip())
    _tell(look, by, reason.strip())
    transaction.on_commit(lambda: _go_on(tenant), robust=True)


def _tell(look: Look, by: Person, reason: str) -> None:
    """In the portal's history while its own loss is not confirmed, and in the tenant's."""
    tenant, of_portal = look.tenant, look.opened(of_portal=True)
    opened = look.opened(of_portal=False)
    names = [found.row.display_name for found in look.found][:NAMED]
    if of_portal:
        trail.record(trail.ThePortal(), CONFIRMED, by=by, reason=reason, opened=of_portal, tenant=tenant.slug)
    trail.record(tenant, CONFIRMED, by=by, reason=reason, opened=opened, differing=look.count, names=names)


def _go_on(tenant: Tenant) -> None:
    """Where the histories stand is known outside from here on, and what waits is looked at."""
    try:
        checkpoints.sign_all()
    except OSError:
        log.exception("The checkpoint folder cannot be written; it is tried again within half an hour")
    if not restored.is_held(tenant):
        ring(tenant.pk)
