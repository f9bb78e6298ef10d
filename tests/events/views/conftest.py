"""A tenant that was read completely, with an event type on which two labels start, and browsers to look at it."""

import pytest

from portal.mirror import kinds
from portal.mirror.models import Mirrored
from portal.tenants import clock
from portal.tenants.models import Tenant
from tests.happening import event
from tests.labels.builders import FOREVER, in_days
from tests.labels.factories import mirror, mirror_label

STARTS = {"retentionTrigger": "dateOfEvent", "retentionEventType": "Employee separation"}


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    Tenant.objects.filter(pk=tenant.pk).update(baseline_at=clock.now())
    tenant.refresh_from_db()
    mirror(tenant, "retentionEventType", {"displayName": "Employee separation", "description": ""})
    mirror_label(tenant, displayName="HR Personnel file 10y", retentionDuration=in_days(3653), **STARTS)
    mirror_label(tenant, displayName="HR Pension for ever", retentionDuration=FOREVER, **STARTS)
    mirror_label(tenant, displayName="FIN Invoices 7y")
    return tenant


@pytest.fixture
def recorded(tenant: Tenant) -> Mirrored:
    """An event the tenant holds, spread in one place and failed in another."""
    row = mirror(tenant, "retentionEvent", event("Departure 4700"))
    row.raw |= {
        "eventStatus": {"status": "success", "error": None},
        "eventPropagationResults": [
            {"serviceName": "SharePoint", "location": "All sites", "status": "success", "statusInformation": None},
            {
                "serviceName": "Exchange",
                "location": "Ada",
                "status": "failed",
                "statusInformation": "Mailbox <b>gone</b>",
            },
        ],
    }
    for name, value in kinds.of(row.kind).columns(row.document, row.raw).items():
        setattr(row, name, value)
    row.save()
    return row
