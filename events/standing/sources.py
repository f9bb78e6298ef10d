"""The systems that a standing approval can name."""

from events.models import StandingApproval
from portal.tenants.models import Tenant


def sources(tenant: Tenant) -> list[tuple[str, str]]:
    """Short name and name of each system that is known: today those that were named before."""
    named = StandingApproval.objects.filter(tenant=tenant).order_by("source").values_list("source", flat=True)
    return [(slug, slug) for slug in dict.fromkeys(named)]
