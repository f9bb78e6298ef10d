from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.fixtures import Settings

from portal.audit import triggers
from portal.celery import app
from portal.tenants.models import Person, Role, Tenant
from tests.canaries import _no_secret_is_told, watching  # noqa: F401  (fixtures)
from tests.factories import make_person, make_tenant
from tests.profiles import (  # noqa: F401  (hooks)
    WHOLE,
    pytest_collection_modifyitems,
    pytest_terminal_summary,
)

# Making and trying an example takes as long as it does: the machine may be busy with something else.
EXAMPLES = 100 if WHOLE else 40
hypothesis_settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES
)
hypothesis_settings.load_profile("unhurried")

SignIn = Callable[[Person], Client]


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


@pytest.fixture
def signed_in(client: Client) -> SignIn:
    def sign_in(person: Person) -> Client:
        client.force_login(person, backend="portal.tenants.backends.Local")
        return client

    return sign_in


@pytest.fixture
def writer(signed_in: SignIn, author: Person) -> Client:
    """A browser in which the author is signed in."""
    return signed_in(author)


@pytest.fixture(autouse=True)
def _nobody_is_rung_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's doorbells would wake the workers of whoever runs Fileplan from this folder."""
    monkeypatch.setattr(app, "send_task", lambda *args, **options: None)


@pytest.fixture(autouse=True)
def _checkpoints_apart(settings: Settings, tmp_path: Path) -> None:
    """A test's chains have the names of those of whoever runs Fileplan from this folder, and are others."""
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


@pytest.fixture(scope="session", autouse=True)
def _flushed_past_the_triggers() -> Iterator[None]:
    """Transactional tests end in a flush, which the history refuses: its triggers are lifted for that moment only."""
    flush = TransactionTestCase._fixture_teardown

    def flush_lifted(test_case: TransactionTestCase) -> None:
        triggers.lift(connection)
        try:
            flush(test_case)
        finally:
            triggers.install(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_lifted)
        yield
