"""A tenant whose Graph is the sandbox, over real HTTP: thirteen labels on five pages."""

from collections.abc import Iterator

import pytest

from portal.sandbox.server import Sandbox
from portal.tenants.models import Connection, Tenant
from tests.factories import make_tenant


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed_labels=13, page_size=3, lenient=True) as served:
        yield served


@pytest.fixture
def served(db: None, sandbox: Sandbox) -> Tenant:
    """The tenant the sandbox plays, never mirrored yet."""
    tenant = make_tenant(slug="served", name="Served", sandbox_root=sandbox.root)
    Connection.objects.get_or_create(tenant=tenant)
    return tenant
