from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from portal.changes.models import ChangeRequest
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.changing import mirrored, submitted, update
from tests.factories import PASSWORD, with_password

SIGNED = {"approve", "return", "reject", "withdraw"}
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """Passwords are hashed slowly on purpose; every signature asks for one."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def label(tenant: Tenant) -> Mirrored:
    return mirrored(tenant, "FIN Invoices 5y", in_use=True)


@pytest.fixture
def in_review(tenant: Tenant, author: Person, approver: Person, label: Mirrored) -> ChangeRequest:
    """A routine request, which one approver can release."""
    return submitted(tenant, author, update(label, descriptionForUsers="Invoices we send and receive."))


@pytest.fixture
def see(client: Client) -> Callable[..., Any]:
    """Signs somebody in and opens a page of the tenant by name."""

    def see(person: Person, name: str, *args: int, query: str = "", htmx: bool = False) -> HttpResponse:
        client.force_login(person)
        return client.get(reverse(name, args=["harrow-vale", *args]) + query, headers=HTMX if htmx else {})

    return see


@pytest.fixture
def send(client: Client) -> Callable[..., Any]:
    """Signs somebody in and sends a form, with their password where it signs something.

    It names the hash of the request as it is now unless another is given.
    """

    def send(person: Person, name: str, request: ChangeRequest, *, htmx: bool = False, **form: Any) -> HttpResponse:
        client.force_login(with_password(person))
        request.refresh_from_db()
        address = reverse(name, args=["harrow-vale", request.number])
        usual = {"content_hash": request.content_hash} | ({"password": PASSWORD} if name in SIGNED else {})
        return client.post(address, usual | form, headers=HTMX if htmx else {})

    return send
