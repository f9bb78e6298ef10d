"""A tenant that was read completely, with an approver, and a system that may report who left."""

import pytest

from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.labels.factories import mirror
from tests.reporting import TYPE, Sender, make_sender


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    Tenant.objects.filter(pk=tenant.pk).update(baseline_at=clock.now())
    tenant.refresh_from_db()
    for name in (TYPE, "Contract ended"):
        mirror(tenant, "retentionEventType", {"displayName": name, "description": ""})
    return tenant


@pytest.fixture
def hr(tenant: Tenant, administrator: Person, approver: Person) -> Sender:
    return make_sender(tenant, administrator)
