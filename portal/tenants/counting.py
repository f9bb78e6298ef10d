"""Several counts in one round trip, for pages that show them side by side."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery

from portal.tenants.models import Tenant


class _CountOf(Subquery):
    """How many rows a query finds, as a column of another one."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0


def counted(tenant: Tenant, **rows: QuerySet[Any, Any]) -> dict[str, int]:
    """How many rows each query finds, by its name. Each is counted by itself, so that each has its own index."""
    numbers = {name: _CountOf(found.order_by().values("pk")) for name, found in rows.items()}
    found: dict[str, Any] = dict(Tenant.objects.filter(pk=tenant.pk).values(**numbers).get())
    return found
