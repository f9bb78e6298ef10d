"""The systems that a standing approval can name."""

from portal.tenants.models import System, Tenant


def sources(tenant: Tenant, kept: str = "") -> list[tuple[str, str]]:
    """Short name and name of each system that may report; also the one that is named already."""
    known = dict(System.objects.filter(tenant=tenant, is_active=True).values_list("slug", "name"))
    return [*known.items(), *([(kept, kept)] if kept and kept not in known else [])]
