"""Which roles a directory gives, which it takes, and who somebody is here (S4, S5, S8)."""

import json
from typing import Any

import pytest
from django.db import IntegrityError

from portal.audit.models import Entry
from portal.graph.identity import Claims
from portal.tenants import actions, arrivals
from portal.tenants.access import roles_of
from portal.tenants.models import Claim, Membership, Person, Role, Source, Tenant
from tests.arriving import HARROW_VALE, NORTH_QUAY, maps
from tests.factories import make_person

OID = "33333333-2222-4333-8444-555555555555"
GROUP = "44444444-2222-4333-8444-555555555555"


def claims(**said: Any) -> Claims:
    usual: dict[str, Any] = {
        "directory": HARROW_VALE,
        "object_id": OID,
        "name": "Ada Ames",
        "username": "ada@harrowvale.example",
        "roles": frozenset({"author"}),
        "groups": frozenset(),
        "tells_groups": True,
        "signed_in_at": 1_700_000_000,
        "methods": ("pwd",),
    }
    return Claims(**(usual | said))


def came(**said: Any) -> Person:
    person = arrivals.arrive(claims(**said)).person
    assert person is not None
    return person


def told() -> list[tuple[str, dict[str, Any]]]:
    bodies = [json.loads(entry.body) for entry in Entry.objects.order_by("pk")]
    return [(body["verb"], body["changes"]) for body in bodies if body["verb"].startswith("role.")]


def test_a_group_gives_a_role_as_well(tenant: Tenant) -> None:
    maps(tenant, GROUP, Role.APPROVER, claim=Claim.GROUP)

    person = came(roles=frozenset(), groups=frozenset({GROUP.upper()}))

    assert roles_of(person, tenant) == {Role.APPROVER}


def test_an_app_role_is_no_group_of_the_same_name(tenant: Tenant) -> None:
    maps(tenant, GROUP, Role.APPROVER, claim=Claim.GROUP)

    assert arrivals.arrive(claims(roles=frozenset({GROUP}))).refused == "no_role"


def test_an_app_role_of_another_directory_gives_nothing(tenant: Tenant) -> None:
    """Who runs the other directory hands out app roles of the same name."""
    maps(tenant, "author")

    assert arrivals.arrive(claims(directory=NORTH_QUAY)).refused == "no_role"


def test_what_the_directory_takes_away_is_gone_at_the_next_sign_in(tenant: Tenant, other_tenant: Tenant) -> None:
    maps(tenant, "author")
    maps(tenant, "auditor")
    maps(other_tenant, "author")
    person = came(roles=frozenset({"author", "auditor"}))

    came(roles=frozenset({"auditor"}))

    assert (roles_of(person, tenant), roles_of(person, other_tenant)) == ({Role.AUDITOR}, frozenset())
    assert told()[-2:] == [("role.revoked", {"role": ["author", None]})] * 2


def test_without_any_role_left_somebody_is_refused(tenant: Tenant) -> None:
    maps(tenant, "author")
    person = came()

    arrival = arrivals.arrive(claims(roles=frozenset()))

    assert (arrival.person, arrival.refused) == (None, "no_role")
    assert not person.memberships.exists()
    assert Entry.objects.filter(verb="person.sign_in_refused", object_key=str(person.pk)).exists()


def test_roles_given_by_hand_stay_beside(tenant: Tenant) -> None:
    maps(tenant, "author")
    person = came()
    actions.grant(person, Role.AUDITOR, tenant=tenant)
    actions.grant(person, Role.AUTHOR, tenant=tenant)

    came(roles=frozenset())

    assert roles_of(person, tenant) == {Role.AUTHOR, Role.AUDITOR}


def test_a_role_given_by_hand_first_is_not_the_directorys(tenant: Tenant, author: Person) -> None:
    maps(tenant, "author")
    actions.link_microsoft(author, HARROW_VALE, OID)

    came()

    assert Membership.objects.get(person=author).source == Source.HAND


def test_the_last_administrator_stays_one_and_the_history_says_so(tenant: Tenant) -> None:
    maps(tenant, "administrator")
    person = came(roles=frozenset({"administrator"}))

    came(roles=frozenset())
    came(roles=frozenset())

    assert roles_of(person, tenant) == {Role.ADMINISTRATOR}
    assert told()[1:] == [("role.kept", {"source": ["directory", "kept"]})]


def test_a_kept_administrator_goes_once_there_is_another(tenant: Tenant) -> None:
    maps(tenant, "administrator")
    maps(tenant, "author")
    person = came(roles=frozenset({"administrator"}))
    came(roles=frozenset())
    make_person(Role.ADMINISTRATOR, tenant=tenant)

    came()

    assert roles_of(person, tenant) == {Role.AUTHOR}


def test_a_kept_administrator_is_the_directorys_again(tenant: Tenant) -> None:
    maps(tenant, "administrator")
    person = came(roles=frozenset({"administrator"}))
    came(roles=frozenset())

    came(roles=frozenset({"administrator"}))

    assert Membership.objects.get(person=person).source == Source.DIRECTORY


def test_too_many_groups_give_and_keep_nothing(tenant: Tenant) -> None:
    """What is not told is not believed, not even what was told before."""
    maps(tenant, GROUP, Role.APPROVER, claim=Claim.GROUP)
    maps(tenant, "auditor")
    given = {"roles": frozenset({"auditor"}), "groups": frozenset({GROUP})}
    person = came(**given)

    arrival = arrivals.arrive(claims(**given, tells_groups=False))

    assert arrival.hides_groups
    assert roles_of(person, tenant) == {Role.AUDITOR}
    assert arrivals.arrive(claims(roles=frozenset(), tells_groups=False)).refused == "no_role_of_group"


def test_a_new_name_and_address_are_followed(tenant: Tenant) -> None:
    maps(tenant, "author")
    person = came()

    came(name="Ada  Birch\u202e\x00", username="ada.birch@harrowvale.example")

    person.refresh_from_db()
    assert (person.name, person.email) == ("Ada Birch", "ada.birch@harrowvale.example")
    entry = Entry.objects.get(verb="person.renamed")
    assert json.loads(entry.body)["changes"] == {"name": ["Ada Ames", "Ada Birch"]}
    assert "ada.birch@" not in entry.body


def test_an_address_that_somebody_else_has_is_not_followed(tenant: Tenant, approver: Person) -> None:
    maps(tenant, "author")
    person = came()

    came(username=approver.email.upper())

    person.refresh_from_db()
    assert person.email == "ada@harrowvale.example"


@pytest.mark.parametrize(
    ("said", "name", "address"),
    [
        ({"name": "", "username": "x@y.example"}, "x@y.example", "x@y.example"),
        ({"name": "\ud800 Ada\r\n\tAmes", "username": "not an address"}, "Ada Ames", f"{OID}@{HARROW_VALE}.invalid"),
        ({"name": "", "username": ""}, OID, f"{OID}@{HARROW_VALE}.invalid"),
        ({"name": "x" * 500, "username": "a@" + "b" * 300 + ".example"}, "x" * 120, f"{OID}@{HARROW_VALE}.invalid"),
    ],
)
def test_a_name_is_fit_to_be_shown(said: dict[str, str], name: str, address: str, tenant: Tenant) -> None:
    maps(tenant, "author")

    person = came(**said)

    assert (person.name, person.email) == (name, address)


def test_the_database_holds_one_person_per_microsoft_account(tenant: Tenant) -> None:
    """S5: a second account with the same object id could approve what the first wrote."""
    maps(tenant, "author")
    came()

    with pytest.raises(IntegrityError):
        make_person(Role.APPROVER, tenant=tenant, directory_id=HARROW_VALE, object_id=OID)


def test_two_tabs_at_the_same_time_make_one_person(tenant: Tenant) -> None:
    maps(tenant, "author")
    person = came()

    assert arrivals._made(claims(username="ada.ames@harrowvale.example")) == person


def test_the_same_object_id_in_another_directory_is_somebody_else(tenant: Tenant) -> None:
    maps(tenant, "author")
    maps(tenant, "author", directory_id=NORTH_QUAY)

    assert came() != came(directory=NORTH_QUAY, username="other@northquay.example")


def test_an_account_is_joined_to_one_and_once(tenant: Tenant, author: Person, approver: Person) -> None:
    actions.link_microsoft(author, HARROW_VALE, OID)
    entries = Entry.objects.count()
    actions.link_microsoft(author, HARROW_VALE, OID)

    assert Entry.objects.count() == entries
    with pytest.raises(actions.Invalid, match="already"):
        actions.link_microsoft(approver, HARROW_VALE, OID)
    with pytest.raises(actions.Invalid, match="another Microsoft account"):
        actions.link_microsoft(author, HARROW_VALE, GROUP)


def test_somebody_invited_comes_in_with_the_roles_they_were_given(tenant: Tenant) -> None:
    invited = actions.add_person(
        tenant, email="ada@harrowvale.example", name="A.", roles=[Role.AUDITOR], directory_id=HARROW_VALE, object_id=OID
    )

    person = came(roles=frozenset())

    assert person == invited
    assert roles_of(person, tenant) == {Role.AUDITOR}


def test_an_invitation_joins_nobody_by_address(tenant: Tenant, author: Person) -> None:
    with pytest.raises(actions.Invalid, match="Another account has the address"):
        actions.add_person(
            tenant, email=author.email, name="A", roles=[Role.AUDITOR], directory_id=HARROW_VALE, object_id=OID
        )
