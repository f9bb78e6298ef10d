"""Whether this database is older than what is known outside it, and what waits because of that (C17, G15, S31)."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from portal.audit import checkpoints, trail
from portal.audit.models import Chain, Entry, Restoration
from portal.audit.trail import chain_name

if TYPE_CHECKING:
    from portal.tenants.models import Tenant


def is_held(tenant: "Tenant") -> bool:
    """Whether nothing of a tenant may be sent or taken in until an administrator has looked at what a restore lost."""
    return is_behind(chain_name(tenant.pk)) or pending(tenant) is not None


def anywhere() -> bool:
    """Whether anything of this instance is held, or would be at the next look."""
    tenants = Restoration._meta.apps.get_model("tenants", "Tenant")._default_manager.all()
    waiting = Restoration.objects.exists() and any(pending(tenant) is not None for tenant in tenants)
    return waiting or any(is_behind(chain.name) for chain in _chains())


def pending(tenant: "Tenant") -> Restoration | None:
    """The restoration that waits for an administrator of this tenant."""
    waiting = Restoration.objects.filter(noticed_at__gte=tenant.created_at).exclude(confirmations__tenant=tenant.pk)
    return waiting.order_by("-pk").first()


def last(tenant: "Tenant") -> Restoration | None:
    """The last restoration that this tenant went through, confirmed or not."""
    return Restoration.objects.filter(noticed_at__gte=tenant.created_at).order_by("-noticed_at").first()


def is_behind(name: str) -> bool:
    """Whether more of a chain is known outside than this database holds, or something else in its place."""
    seen = checkpoints.outside(name)  # before the chain: whoever adds to it meanwhile makes no false alarm
    chain = Chain.objects.filter(name=name).first()
    if seen is None or chain is None:
        return False
    other = Entry.objects.filter(chain=chain, seq=seen.seq).exclude(link=seen.chain)
    return trail.is_ahead(seen, chain) or other.exists()


def notice() -> bool:
    """Look at every chain, and hold the instance with an entry in each that is behind. Returns whether one is."""
    behind = [chain for chain in _chains() if is_behind(chain.name)]
    fresh = [chain for chain in behind if trail.is_ahead(checkpoints.outside(chain.name), chain) or not _is_noticed()]
    if fresh:
        with transaction.atomic():
            for chain in fresh:
                trail.note_restored(chain)
    return bool(behind)


@transaction.atomic
def mark() -> None:
    """Hold the instance after a restore by command, whatever is known outside; told in every chain."""
    trail.hold()
    for chain in _chains():
        trail.note_restored(chain)


def _is_noticed() -> bool:
    """Whether a restoration waits that nobody has confirmed anything of."""
    return Restoration.objects.filter(confirmations=None).exists()


def _chains() -> list[Chain]:
    """The portal's first, then the tenants' by key: the order in which entries are written."""
    return list(Chain.objects.order_by(F("tenant_id").asc(nulls_first=True)))
