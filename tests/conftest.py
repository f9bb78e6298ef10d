import pytest

from portal.tenants.models import Person, Role, Tenant
from tests.factories import make_person, make_tenant


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant(slug="harrow-vale", name="Harrow Vale")


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    return make_tenant(slug="elsewhere", name="Elsewhere")


@pytest.fixture
def author(tenant: Tenant) -> Person:
    return make_person(Role.AUTHOR, tenant=tenant, name="Ada Author", email="ada@harrow.test")


@pytest.fixture
def approver(tenant: Tenant) -> Person:
    return make_person(Role.APPROVER, tenant=tenant, name="Ben Approver", email="ben@harrow.test")


@pytest.fixture
def second_approver(tenant: Tenant) -> Person:
    return make_person(Role.APPROVER, tenant=tenant, name="Cleo Approver", email="cleo@harrow.test")


@pytest.fixture
def auditor(tenant: Tenant) -> Person:
    return make_person(Role.AUDITOR, tenant=tenant, name="Dora Auditor", email="dora@harrow.test")


@pytest.fixture
def administrator(tenant: Tenant) -> Person:
    return make_person(Role.ADMINISTRATOR, tenant=tenant, name="Eli Administrator", email="eli@harrow.test")


@pytest.fixture
def outsider(other_tenant: Tenant) -> Person:
    return make_person(*Role, tenant=other_tenant, name="Olga Outsider", email="olga@elsewhere.test")
