import pytest
from pytest_django.fixtures import Settings

from portal.tenants.models import Person, Role, Tenant
from tests.doors.world import World, build
from tests.factories import PASSWORD, make_person


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """Passwords are hashed slowly on purpose; these tests hash hundreds."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _metrics_are_there(settings: Settings) -> None:
    """For who has the token, which nobody here has."""
    settings.METRICS_TOKEN = "a token of twenty characters or more"


@pytest.fixture
def world(
    tenant: Tenant,
    author: Person,
    approver: Person,
    second_approver: Person,
    auditor: Person,
    administrator: Person,
    outsider: Person,
) -> World:
    people = {
        "author": author,
        "approver": approver,
        "auditor": auditor,
        "administrator": administrator,
        "outsider": outsider,
    }
    for person in people.values():
        person.set_password(PASSWORD)
        person.save()
    return build(tenant, people)


@pytest.fixture
def elsewhere(other_tenant: Tenant, outsider: Person) -> World:
    """Another tenant, as busy as the first, where the outsider may do everything."""
    second = make_person(Role.APPROVER, tenant=other_tenant)
    return build(other_tenant, {"author": outsider, "approver": second})
