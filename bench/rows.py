"""Tenants and people for a part, in the database of that part alone."""

from itertools import count

from portal.tenants.models import Connection, Membership, Person, Role, Tenant

_numbers = count(1)


def connected(root: str) -> Tenant:
    """A tenant whose Graph is at `root`, never listed so far."""
    number = next(_numbers)
    tenant = Tenant.objects.create(slug=f"bench-{number}", name=f"Bench {number}", cloud="sandbox", sandbox_root=root)
    Connection.objects.create(tenant=tenant)
    return tenant


def person(*roles: Role, tenants: list[Tenant]) -> Person:
    made = Person.objects.create_user(f"person{next(_numbers)}@bench.example", "Somebody")
    wanted = [Membership(tenant=tenant, person=made, role=role) for tenant in tenants for role in roles]
    Membership.objects.bulk_create(wanted)
    return made
