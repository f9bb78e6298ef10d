"""Systems and their keys: what an administrator does with them, and what of a key is kept."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from portal.audit.models import Entry
from portal.errors import Invalid
from portal.tenants import clock, systems
from portal.tenants.models import Key, Person, Role, Scope, System, Tenant


@pytest.fixture
def system(tenant: Tenant, administrator: Person) -> System:
    return systems.add(tenant, name="Workday", event_types=["Employee separation"], by=administrator)


def make(system: System, by: Person, *, days: float = 365) -> Key:
    ends = clock.now() + timedelta(days=days)
    return systems.make_key(system, scopes=Scope, expires_at=ends, by=by)[0]


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


def test_a_system_writes_as_somebody_who_cannot_sign_in(system: System) -> None:
    person = system.person

    assert (person.name, person.email) == ("Workday (system)", "workday@harrow-vale.system.invalid")
    assert (person.is_system, person.has_usable_password()) == (True, False)
    assert list(person.memberships.values_list("role", flat=True)) == [Role.AUTHOR]
    assert verbs() == ["system.added"]


def test_a_second_system_of_a_name_is_refused(system: System, tenant: Tenant, administrator: Person) -> None:
    with pytest.raises(Invalid, match="Choose another name"):
        systems.add(tenant, name="WORKDAY", event_types=[], by=administrator)


def test_a_change_is_told_once(system: System, administrator: Person) -> None:
    for _time in range(2):
        systems.change(system, name="HR", event_types=["Employee separation"], by=administrator)

    system.person.refresh_from_db()
    assert (system.name, system.person.name) == ("HR", "HR (system)")
    assert verbs() == ["system.added", "system.changed"]


def test_closing_and_opening_are_told_once(system: System, administrator: Person) -> None:
    for act in (systems.close, systems.close, systems.reopen, systems.reopen):
        act(system, by=administrator)

    assert verbs() == ["system.added", "system.closed", "system.opened"]


def test_neither_token_nor_secret_is_kept(system: System, administrator: Person) -> None:
    """S24: no column of any table has them."""
    ends = clock.now() + timedelta(days=365)
    key, shown = systems.make_key(system, scopes=[Scope.WRITE], expires_at=ends, by=administrator)

    rows: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows += [repr(row) for row in cursor.fetchall()]
    kept = " ".join(rows)
    assert key.prefix in kept
    assert shown.token not in kept
    assert shown.token.split("_", 2)[2] not in kept
    assert shown.secret not in kept
    assert (len(shown.token), len(shown.secret)) == (60, 47)
    assert verbs() == ["system.added", "key.made"]


def test_two_keys_at_most_are_active(system: System, administrator: Person) -> None:
    first, second = make(system, administrator), make(system, administrator)

    with pytest.raises(Invalid, match="has two keys"):
        make(system, administrator)
    systems.revoke_key(first, by=administrator)
    third = make(system, administrator)

    assert {second.slot, third.slot} == {1, 2}


def test_a_key_that_ran_out_leaves_its_place(system: System, administrator: Person) -> None:
    make(system, administrator)
    make(system, administrator)
    Key.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    assert make(system, administrator).state == "active"


def test_the_database_holds_two_keys_at_most(system: System, administrator: Person) -> None:
    first = make(system, administrator)

    with pytest.raises(IntegrityError):
        Key.objects.create(system=system, slot=first.slot, prefix="another", expires_at=first.expires_at)


@pytest.mark.parametrize("slot", [0, 3])
def test_the_database_knows_two_places(system: System, slot: int) -> None:
    with pytest.raises(IntegrityError):
        Key.objects.create(system=system, slot=slot, prefix="another", expires_at=clock.now())


@pytest.mark.parametrize("days", [-1, 0, 732])
def test_a_key_ends_within_two_years(system: System, administrator: Person, days: float) -> None:
    with pytest.raises(Invalid, match="within two years"):
        make(system, administrator, days=days)


def test_revoking_is_told_once(system: System, administrator: Person) -> None:
    key = make(system, administrator)

    for _time in range(2):
        systems.revoke_key(key, by=administrator)

    key.refresh_from_db()
    assert key.state == "revoked"
    assert verbs() == ["system.added", "key.made", "key.revoked"]
