"""A Microsoft 365 tenant: its connection, its people and their roles, and the systems that report to it."""

from portal.tenants.models.connections import Account, Connection, Health
from portal.tenants.models.people import Method, Person, PersonManager, Presence
from portal.tenants.models.roles import Claim, Membership, Role, RoleMapping, Source
from portal.tenants.models.systems import Key, Meter, Scope, System
from portal.tenants.models.tenants import Cloud, Tenant

__all__ = [
    "Account",
    "Claim",
    "Cloud",
    "Connection",
    "Health",
    "Key",
    "Membership",
    "Meter",
    "Method",
    "Person",
    "PersonManager",
    "Presence",
    "Role",
    "RoleMapping",
    "Scope",
    "Source",
    "System",
    "Tenant",
]
