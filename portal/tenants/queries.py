"""Reading people together with what they may do."""

from dataclasses import dataclass, field

from django.conf import settings

from portal.tenants.access import tenants_of
from portal.tenants.models import Membership, Person, Role, Source, Tenant


@dataclass
class Member:
    """A person with the roles they hold in one tenant."""

    person: Person
    held: dict[Role, Source] = field(default_factory=dict)

    @property
    def roles(self) -> set[Role]:
        return set(self.held)

    @property
    def choices(self) -> list[tuple[Role, bool]]:
        """Every role there is, and whether it is held."""
        return [(role, role in self.held) for role in Role]

    @property
    def from_microsoft(self) -> list[Role]:
        """Roles that last as long as the directory gives them."""
        return [role for role in Role if self.held.get(role) == Source.DIRECTORY]

    @property
    def is_kept(self) -> bool:
        """Whether they are administrator only because nobody else is."""
        return Source.KEPT in self.held.values()


def members_of(tenant: Tenant) -> list[Member]:
    """Everybody who is part of a tenant, by name, deactivated people too. Systems have a page of their own."""
    members: dict[int, Member] = {}
    memberships = Membership.objects.filter(tenant=tenant, person__is_system=False).select_related("person")
    for membership in memberships.order_by("person__name", "person_id"):
        member = members.setdefault(membership.person_id, Member(membership.person))
        member.held[Role(membership.role)] = Source(membership.source)
    return list(members.values())


def wants_first_link(person: Person, tenant: Tenant) -> bool:
    """Whether a person cannot sign in yet and belongs to this tenant alone, so that its administrators may help."""
    has_a_way = person.has_usable_password() or person.is_of_microsoft or not settings.LOCAL_ACCOUNTS
    return not has_a_way and not tenants_of(person).exclude(pk=tenant.pk).exists()


def member(tenant: Tenant, person: Person) -> Member:
    """One person as part of a tenant; without roles once the last is gone."""
    held = Membership.objects.filter(tenant=tenant, person=person).values_list("role", "source")
    return Member(person, {Role(role): Source(source) for role, source in held})


def named(slug: str | None) -> list[Tenant]:
    """The tenant of that short name, or every tenant when none is given. Raises Tenant.DoesNotExist."""
    return [Tenant.objects.get(slug=slug)] if slug else list(Tenant.objects.all())
