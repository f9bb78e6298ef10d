"""Valid rows, plainly made. A test names only what it is about."""

from itertools import count
from typing import Any

from portal.tenants.models import Membership, Person, Role, Tenant

PASSWORD = "correct horse battery staple"
_numbers = count(1)


def make_tenant(**fields: Any) -> Tenant:
    number = next(_numbers)
    values = {"slug": f"tenant-{number}", "name": f"Tenant {number}", "cloud": "sandbox"}
    values |= {"sandbox_root": "http://127.0.0.1:8100"} | fields
    return Tenant.objects.create(**values)


def make_person(*roles: Role, tenant: Tenant | None = None, password: str | None = None, **fields: Any) -> Person:
    """Somebody holding `roles` in `tenant`; can sign in only if a password is given."""
    number = next(_numbers)
    values = {"name": f"Person {number}", "email": f"person{number}@example.test"} | fields
    person = Person.objects.create_user(password=password, **values)
    if roles:
        assert tenant is not None
        Membership.objects.bulk_create(Membership(tenant=tenant, person=person, role=role) for role in roles)
    return person


def with_password(person: Person) -> Person:
    """Somebody who can prove who they are with PASSWORD."""
    if not person.has_usable_password():
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    return person
