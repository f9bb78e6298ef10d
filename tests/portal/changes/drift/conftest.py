"""A tenant somebody has worked in past Fileplan."""

from typing import Any

import pytest
from django.utils import timezone

from portal.audit import canonical
from portal.mirror.kinds import Document
from portal.mirror.models import Mirrored
from portal.tenants.models import Tenant
from tests.labels.builders import in_days, make_label
from tests.labels.factories import change_in_purview
from tests.portal.changes.builders import LABEL, agreed, mirror


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    return agreed(tenant)


@pytest.fixture
def changed(tenant: Tenant) -> Mirrored:
    """Agreed for ten years, found with five."""
    return outside(tenant, retentionDuration=in_days(1827))


@pytest.fixture
def made(tenant: Tenant) -> Mirrored:
    return made_outside(tenant, make_label(displayName="HR Notes 10y"))


def outside(tenant: Tenant, document: Document | None = None, **fields: Any) -> Mirrored:
    """A label that was agreed on, and in which somebody then changed these fields."""
    row = mirror(tenant, document or make_label())
    change_in_purview(row, **fields)
    type(row)._default_manager.filter(pk=row.pk).update(changed_by="g.meyer", changed_at=timezone.now())
    row.refresh_from_db()
    return row


def made_outside(tenant: Tenant, document: Document, kind: str = LABEL, **said: Any) -> Mirrored:
    """Something nobody ever agreed on."""
    row = mirror(tenant, document, kind, **said)
    row.agreed, row.agreed_hash, row.created_by = None, "", "g.meyer"
    row.save()
    row.refresh_from_db()
    return row


def is_agreed(row: Mirrored) -> bool:
    row.refresh_from_db()
    return row.agreed == row.document and row.agreed_hash == canonical.sha256(row.document)
