"""One worker at a time writes for a tenant; one that lost its lease can neither write nor send (G5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from portal.tenants import clock
from portal.tenants.models import Connection, Tenant

LASTS = timedelta(seconds=120)
NEEDED_TO_SEND = timedelta(seconds=90)  # read timeout and 30 s


class Lost(Exception):
    """Somebody else holds the tenant's lease now."""


@dataclass(frozen=True)
class Lease:
    """The right to write for one tenant while `fence` is the connection's."""

    tenant_id: int
    fence: int

    @contextmanager
    def holding(self) -> Iterator[None]:
        """A transaction in which the fence is still ours; the connection's row stays locked in it. Raises Lost."""
        with transaction.atomic():
            if not self._mine().update(fence=self.fence):
                raise Lost
            yield

    def renew(self) -> None:
        """Make sure that enough is left for one send. Raises Lost."""
        now = clock.now()
        if self._mine().filter(lease_until__gte=now + NEEDED_TO_SEND).exists():
            return
        if not self._mine().update(lease_until=now + LASTS):
            raise Lost

    def release(self) -> None:
        """Let the next one in; nothing happens if the lease was lost."""
        self._mine().update(lease_until=None)

    def _mine(self) -> QuerySet[Connection]:
        return Connection.objects.filter(tenant_id=self.tenant_id, fence=self.fence)


def take(tenant: Tenant) -> Lease | None:
    """The tenant's lease, with a fence nobody had before; None while somebody else holds it."""
    now = clock.now()
    free = Connection.objects.filter(tenant=tenant).filter(Q(lease_until=None) | Q(lease_until__lt=now))
    with transaction.atomic():
        if not free.update(lease_until=now + LASTS, fence=F("fence") + 1):
            return None
        return Lease(tenant.pk, Connection.objects.get(tenant=tenant).fence)
