from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from portal.graph.identity.flows import without_memory
from portal.sandbox.identity.cast import CLIENT_IDS, HARROW_VALE, SECRET
from portal.sandbox.identity.models import Directory
from portal.sandbox.server import Sandbox
from portal.tenants.accounts import actions
from portal.tenants.models import Account, Connection, Person, Tenant
from tests.portal.sandbox.signing_in import Browser


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    without_memory()
    with Sandbox(seed_labels=3) as running:
        yield running
    without_memory()


@pytest.fixture
def registered(tenant: Tenant, administrator: Person, sandbox: Sandbox) -> Tenant:
    """A tenant in whose directory the portal is registered, and nobody has signed in yet."""
    return register(tenant, administrator, sandbox)


def register(tenant: Tenant, by: Person, sandbox: Sandbox, directory: Directory = HARROW_VALE) -> Tenant:
    tenant.sandbox_root = sandbox.root
    tenant.save()
    Connection.objects.get_or_create(tenant=tenant)
    actions.register(tenant, directory_id=directory.id, client_id=CLIENT_IDS[directory.id], secret=SECRET, by=by)
    return tenant


def sign_in(visitor: Client, tenant: Tenant, who: str = "Fileplan worker", browser: Browser | None = None) -> Any:
    """The way through Microsoft's pages and back: the portal's answer in the end."""
    out = visitor.get(f"/t/{tenant.slug}/connection/connect/", SERVER_NAME="127.0.0.1")
    browser = browser or Browser()
    brought = browser.sign_in(browser.open(out["Location"]), who)
    browser.session.close()
    return visitor.get("/connect/answer/", brought)


@pytest.fixture
def connected(registered: Tenant, administrator: Person) -> Tenant:
    visitor = Client()
    visitor.force_login(administrator, backend="portal.tenants.backends.Local")
    assert sign_in(visitor, registered).status_code == 302
    assert Account.objects.get().is_connected
    return registered
