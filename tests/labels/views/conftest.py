import pytest

from portal.tenants import clock
from portal.tenants.models import Tenant
from tests.labels.factories import mirror


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    """A tenant that was read completely, and holds what the labels of `builders` name."""
    Tenant.objects.filter(pk=tenant.pk).update(baseline_at=clock.now())
    tenant.refresh_from_db()
    mirror(tenant, "authority", {"displayName": "Legal"})
    mirror(tenant, "retentionEventType", {"displayName": "Employee departure", "description": ""})
    return tenant
