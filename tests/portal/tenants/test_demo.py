from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from portal.audit.models import Entry
from portal.sandbox.identity import cast
from portal.tenants import demo
from portal.tenants.access import roles_of
from portal.tenants.models import Membership, Person, Role, RoleMapping, Tenant
from tests.factories import make_tenant

ROOT = "http://127.0.0.1:8100"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path


def test_seed_makes_people_for_every_role_who_can_sign_in() -> None:
    demo.seed(ROOT)

    tenant = Tenant.objects.get(slug="harrow-vale")
    people = Membership.objects.filter(tenant=tenant, person__is_system=False)
    held = sorted(people.values_list("role", flat=True))
    assert held == ["administrator", "approver", "approver", "auditor", "author"]
    for email, password in demo.passwords().items():
        assert Person.objects.get(email=email).check_password(password)


def test_seed_makes_an_outsider() -> None:
    demo.seed(ROOT)

    olga = Person.objects.get(email="olga@northquay.example")
    assert roles_of(olga, Tenant.objects.get(slug="harrow-vale")) == frozenset()
    assert roles_of(olga, Tenant.objects.get(slug="north-quay")) == set(Role)


def test_seed_again_changes_nothing() -> None:
    demo.seed(ROOT)
    entries, passwords = Entry.objects.count(), demo.passwords()

    demo.seed(ROOT)

    assert (Entry.objects.count(), demo.passwords()) == (entries, passwords)


def test_seed_keeps_the_roles_somebody_gave_since() -> None:
    demo.seed(ROOT)
    Membership.objects.filter(person__email="ada@harrowvale.example").update(role=Role.AUDITOR)

    demo.seed(ROOT)

    ada = Person.objects.get(email="ada@harrowvale.example")
    assert roles_of(ada, Tenant.objects.get(slug="harrow-vale")) == {Role.AUDITOR}


def test_seed_gives_the_kept_passwords_to_a_new_database() -> None:
    demo.seed(ROOT)
    kept = demo.passwords()
    Person.objects.filter(email="ada@harrowvale.example").update(password="!")

    demo.seed(ROOT)

    assert demo.passwords() == kept
    assert Person.objects.get(email="ada@harrowvale.example").check_password(kept["ada@harrowvale.example"])


def test_seed_keeps_the_passwords_for_their_owner_alone() -> None:
    demo.seed(ROOT)

    assert demo.file().stat().st_mode & 0o777 == 0o600


def test_seed_moves_the_tenants_to_another_root() -> None:
    demo.seed(ROOT)
    demo.seed("http://127.0.0.1:8110")

    assert set(Tenant.objects.values_list("sandbox_root", flat=True)) == {"http://127.0.0.1:8110"}
    assert Entry.objects.filter(verb="tenant.moved").count() == 2


def test_demo_is_refused_beside_a_real_tenant() -> None:
    make_tenant(cloud="global", sandbox_root="")

    with pytest.raises(CommandError):
        call_command("demo")
    call_command("demo", if_wanted=True)

    assert not Person.objects.exists()


def test_demo_is_refused_on_a_public_host(settings: Settings) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError):
        call_command("demo")


def test_the_people_of_the_demo_are_those_of_the_stand_in() -> None:
    demo.seed(ROOT)

    for one in demo.PEOPLE:
        known = cast.people()[one.account["object_id"]]
        assert (known.name, known.preferred_username, known.directory) == (
            one.name,
            one.email,
            one.account["directory_id"],
        )
        person = Person.objects.get(object_id=known.oid, directory_id=known.directory)
        assert (person.email, person.has_usable_password()) == (one.email, True)


def test_app_roles_of_the_stand_in_give_roles_until_somebody_sees_to_them() -> None:
    demo.seed(ROOT)
    assert set(RoleMapping.objects.values_list("value", flat=True)) == set(cast.APP_ROLES)
    RoleMapping.objects.all().delete()

    demo.seed(ROOT)

    assert not RoleMapping.objects.exists()


def test_the_printed_list_tells_of_both_ways(settings: Settings) -> None:
    demo.seed(ROOT)
    assert "Sign in with Microsoft" in demo.words()

    settings.SIGN_IN = None
    assert "Sign in with Microsoft" not in demo.words()
