"""The fixed cast: two directories for the two tenants of the demo, with the people of the demo and a few more."""

from uuid import NAMESPACE_URL, uuid5

from portal.sandbox.identity.models import Directory, Person, Registration, Secret

ORIGIN = "https://login.sandbox.invalid"
"""What clients call this server; `.invalid` leads nowhere on any network."""
HARROW_VALE = Directory("6f2d9a51-0c3e-4b7e-9a37-2d5b8e6f1a01", "Harrow Vale", "harrowvale.example")
NORTH_QUAY = Directory("b84c1e70-5d2a-4f96-8c1b-7e3f90a2d602", "North Quay", "northquay.example")
DIRECTORIES = (HARROW_VALE, NORTH_QUAY)
CLIENT_IDS = {
    HARROW_VALE.id: "0d7f3c12-8e45-4a6b-b1d9-3f6a2c5e7b01",
    NORTH_QUAY.id: "c95a2b34-1f68-4d0e-a7c3-8b4e6d9f2c02",
}
SECRET = "stand-in-secret-that-guards-nothing"  # noqa: S105
APP_ROLES = ("author", "approver", "auditor", "administrator")
MANY_GROUPS = 230
"""More than a token carries: see `claims.MOST_GROUPS`."""


def directories() -> dict[str, Directory]:
    return {directory.id: directory for directory in DIRECTORIES}


def people() -> dict[str, Person]:
    everybody = [
        *_harrow_vale(),
        *_north_quay(),
        *(_service(directory) for directory in DIRECTORIES),
    ]
    return {person.oid: person for person in everybody}


def registrations() -> dict[str, Registration]:
    return {CLIENT_IDS[directory.id]: _registration(directory) for directory in DIRECTORIES}


def object_id(directory: Directory, name: str) -> str:
    """The id of that person, group or service principal: always the same."""
    return str(uuid5(NAMESPACE_URL, f"https://{directory.domain}/{name}"))


def group_of(directory: Directory, role: str) -> str:
    """The id of the group whose members hold that app role."""
    return object_id(directory, f"groups/{role}")


def _harrow_vale() -> list[Person]:
    at = HARROW_VALE
    return [
        _person(at, "Ada Ames", "author"),
        _person(at, "Ben Birch", "approver"),
        _person(at, "Cleo Cross", "approver"),
        _person(at, "Dora Dean", "auditor"),
        _consenting(_person(at, "Eli Earl", "administrator")),
        _without_purview(_person(at, "Finn Frost", "author")),
        _in_many_groups(at, _person(at, "Greta Gale", "auditor")),
    ]


def _north_quay() -> list[Person]:
    at = NORTH_QUAY
    return [
        _consenting(_person(at, "Olga Orr", *APP_ROLES)),
        _without_purview(_person(at, "Pia Park", "author")),
        _in_many_groups(at, _person(at, "Quinn Quist", "auditor")),
    ]


def _person(directory: Directory, name: str, *roles: str) -> Person:
    address = f"{name.split()[0].lower()}@{directory.domain}"
    groups = [group_of(directory, role) for role in roles]
    return Person(object_id(directory, address), directory.id, name, address, list(roles), groups)


def _service(directory: Directory) -> Person:
    """The account whose token the workers use. It may consent, so that connecting it takes one person."""
    address = f"fileplan-worker@{directory.domain}"
    return Person(object_id(directory, address), directory.id, "Fileplan worker", address, may_consent=True)


def _consenting(person: Person) -> Person:
    person.may_consent = True
    return person


def _without_purview(person: Person) -> Person:
    person.has_purview_role = False
    return person


def _in_many_groups(directory: Directory, person: Person) -> Person:
    person.groups += [group_of(directory, f"team {number}") for number in range(MANY_GROUPS)]
    return person


def _registration(directory: Directory) -> Registration:
    client_id = CLIENT_IDS[directory.id]
    return Registration(
        client_id,
        directory.id,
        "Fileplan",
        secrets=[Secret(object_id(directory, "secret"), SECRET)],
        any_loopback=True,
        app_roles=list(APP_ROLES),
        permissions=["RecordsManagement.ReadWrite.All"],
        is_multi_tenant=True,
        is_public=True,
        service_id=object_id(directory, "services/fileplan"),
    )
