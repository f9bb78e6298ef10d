from collections.abc import Callable

import pytest
from django.test import Client

from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.labels.factories import mirror

SignIn = Callable[[Person], Client]


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    """A tenant that was read completely, and holds what the labels of `builders` name."""
    Tenant.objects.filter(pk=tenant.pk).update(baseline_at=clock.now())
    tenant.refresh_from_db()
    mirror(tenant, "authority", {"displayName": "Legal"})
    mirror(tenant, "retentionEventType", {"displayName": "Employee departure", "description": ""})
    return tenant


@pytest.fixture
def signed_in(client: Client) -> SignIn:
    def sign_in(person: Person) -> Client:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def writer(signed_in: SignIn, author: Person) -> Client:
    """A browser in which the author is signed in."""
    return signed_in(author)
