"""A tenant that was read completely, with one standing approval in force, and browsers to look at it."""

import pytest
from django.test import Client

from events.models import StandingApproval
from portal.changes.models import ChangeRequest
from portal.tenants import clock
from portal.tenants.models import Person, System, Tenant
from tests.allowing import in_force, make_system
from tests.labels.factories import mirror


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    Tenant.objects.filter(pk=tenant.pk).update(baseline_at=clock.now())
    tenant.refresh_from_db()
    mirror(tenant, "retentionEventType", {"displayName": "Employee separation", "description": ""})
    return tenant


@pytest.fixture
def row(tenant: Tenant, author: Person, approver: Person, second_approver: Person) -> StandingApproval:
    return in_force(tenant, author, [approver, second_approver])


@pytest.fixture
def system(tenant: Tenant) -> System:
    return make_system(tenant)


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="portal.tenants.backends.Local")
    return client


@pytest.fixture
def writer(author: Person) -> Client:
    """A browser in which the author is signed in."""
    return signed_in(author)


def the_request(answer_location: str, tenant: Tenant) -> ChangeRequest:
    """The request that an answer led to."""
    return tenant.change_requests.get(number=int(answer_location.rstrip("/").rpartition("/")[2]))
