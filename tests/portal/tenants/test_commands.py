import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal.audit.models import Entry
from portal.sandbox.server import Sandbox
from portal.tenants.access import roles_of
from portal.tenants.models import Person, Role, Tenant
from tests.factories import PASSWORD, make_tenant


def said(*words: str, **options: Any) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_tenant_add_and_list() -> None:
    assert "/t/north-quay/" in said("tenant", "add", "north-quay", "North Quay", root="http://127.0.0.1:8100")

    assert said("tenant", "list") == "north-quay\tNorth Quay\tSandbox\thttp://127.0.0.1:8100\n"
    assert [entry.verb for entry in Entry.objects.all()] == ["tenant.added"]


@pytest.mark.parametrize(
    ("slug", "options"),
    [
        ("not a slug", {"root": "http://127.0.0.1:8100"}),
        ("fine", {"root": "http://evil.test"}),
        ("fine", {"root": ""}),
        ("fine", {"cloud": "global", "root": "http://127.0.0.1:8100"}),
    ],
)
@pytest.mark.django_db
def test_tenant_add_refuses_what_cannot_be(slug: str, options: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        said("tenant", "add", slug, "Name", **options)

    assert not Tenant.objects.exists()


@pytest.mark.parametrize(
    ("cloud", "sentence"),
    [
        ("china", "Microsoft does not offer records management through Graph in the China cloud."),
        ("mars", "There is no cloud called 'mars'."),
    ],
)
@pytest.mark.django_db
def test_tenant_add_refuses_a_cloud_with_a_sentence(cloud: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=re.escape(sentence)):
        said("tenant", "add", "fine", "Name", "--cloud", cloud)

    assert not Tenant.objects.exists()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0, seed_labels=12) as running:
        yield running


def test_tenant_check_reads_once(sandbox: Sandbox, db: None) -> None:
    make_tenant(slug="near", name="Near", sandbox_root=sandbox.root)

    assert "Near answers. The first page holds 12 retention labels." in said("tenant", "check", "near")


def test_tenant_check_can_look_elsewhere(sandbox: Sandbox, tenant: Tenant) -> None:
    assert "answers" in said("tenant", "check", tenant.slug, root=sandbox.root)

    tenant.refresh_from_db()
    assert tenant.sandbox_root == "http://127.0.0.1:8100"


@pytest.mark.django_db
def test_tenant_check_says_why_nothing_came_back() -> None:
    make_tenant(slug="gone", sandbox_root="http://127.0.0.1:9")
    make_tenant(slug="far", cloud="global", sandbox_root="")

    for slug, why in (("gone", "cannot be read"), ("far", "no connected account"), ("nowhere", "There is no tenant")):
        with pytest.raises(CommandError, match=why):
            said("tenant", "check", slug)


def test_person_add_prints_a_link_that_works(tenant: Tenant, client: Client) -> None:
    printed = said("person", "add", "harrow-vale", "nia@harrow.test", "Nia New", "author", "auditor")

    link = printed.split()[-1]
    assert client.post(link, {"new_password": PASSWORD}).status_code == 302
    nia = Person.objects.get(email="nia@harrow.test")
    assert roles_of(nia, tenant) == {Role.AUTHOR, Role.AUDITOR}


def test_person_add_refuses_what_is_no_address(tenant: Tenant) -> None:
    with pytest.raises(CommandError, match="not an e-mail address"):
        said("person", "add", "harrow-vale", "nia", "Nia New", "author")


def test_person_role_grants_and_revokes(author: Person, tenant: Tenant) -> None:
    said("person", "role", "harrow-vale", author.email, "grant", "auditor")
    said("person", "role", "harrow-vale", author.email, "revoke", "author")

    assert roles_of(author, tenant) == {Role.AUDITOR}


def test_person_role_keeps_the_last_administrator(administrator: Person) -> None:
    with pytest.raises(CommandError, match="only administrator"):
        said("person", "role", "harrow-vale", administrator.email, "revoke", "administrator")


def test_person_link_needs_somebody_there_is(tenant: Tenant) -> None:
    with pytest.raises(CommandError, match="Nobody has the address"):
        said("person", "link", "nobody@harrow.test")
