"""Who may open what. Roles are read from the database on every request, so that a change acts at once (S3, S4)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from portal.audit import trail
from portal.audit.models import Result
from portal.audit.trail import Recorded
from portal.errors import NotAllowed
from portal.tenants.models import Membership, Person, Role, Tenant

OF_PEOPLE = ~Q(role=Role.AUTHOR) & Q(person__is_system=True)
"""Roles that a system never holds, whatever the database says: it writes, and nothing else."""

ACTING = frozenset({Role.AUTHOR, Role.APPROVER, Role.ADMINISTRATOR})
"""Who may stop, try again and take back what was approved: everybody but those who only read."""

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Request(HttpRequest):
    """A signed-in person's request; `tenant` and `roles` are set by `requires`. For annotations only."""

    user: Person
    tenant: Tenant
    roles: frozenset[Role]
    htmx: HtmxDetails


def requires(*roles: Role) -> Callable[[View], View]:
    """Opens a view of /t/<tenant>/ to people who hold one of `roles` there, or any role if none is named.

    Foreign and unknown tenants answer 404 alike, a lacking role is NotAllowed; both leave a denied entry. So does what
    the view itself does not find in the tenant, which may be another tenant's, and what it does not allow.
    """

    def decorator(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, tenant: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            enter(request, tenant, roles)
            try:
                return view(request, tenant, *args, **kwargs)
            except (Http404, NotAllowed):
                _deny(request, request.tenant)
                raise

        return cast(View, guarded)

    return decorator


def for_administrators(view: View) -> View:
    """Opens a view that belongs to no tenant to whoever administers one. A refusal is NotAllowed, with an entry."""

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not Membership.objects.filter(person=request.user, role=Role.ADMINISTRATOR).exclude(OF_PEOPLE).exists():
            _deny(request, request.user, wanted=[Role.ADMINISTRATOR.value])
            raise NotAllowed(_("This is for administrators of a tenant. Ask the administrator of yours."))
        return view(request, *args, **kwargs)

    return cast(View, guarded)


def enter(request: Request, slug: str, wanted: tuple[Role, ...]) -> None:
    """Set the request's tenant and roles. Raises Http404 or NotAllowed, as `requires` says."""
    tenant = Tenant.objects.filter(slug=slug).first()
    held = roles_of(request.user, tenant) if tenant else frozenset()
    if tenant is None or not held:
        _deny(request, request.user, tenant=slug)
        raise Http404
    request.tenant, request.roles = tenant, held
    if wanted and held.isdisjoint(wanted):
        _deny(request, tenant, wanted=sorted(wanted))
        raise NotAllowed(_("This needs a role you do not have in this tenant. Ask its administrator for it."))


def roles_of(person: Person, tenant: Tenant) -> frozenset[Role]:
    """The roles a person holds in a tenant now; none for somebody deactivated."""
    held = Membership.objects.filter(person=person, person__is_active=True, tenant=tenant)
    return frozenset(Role(role) for role in held.exclude(OF_PEOPLE).values_list("role", flat=True))


def tenants_of(person: Person) -> QuerySet[Tenant]:
    """The tenants a person has any role in, by name."""
    return Tenant.objects.filter(memberships__person=person).distinct()


def people_with(tenant: Tenant, role: Role) -> QuerySet[Person]:
    """The active people who hold a role in a tenant, by name. Systems are none."""
    people = Person.objects.filter(is_active=True, is_system=False)
    return people.filter(memberships__tenant=tenant, memberships__role=role)


@transaction.atomic
def _deny(request: Request, about: Recorded, **facts: Any) -> None:
    path = escape_uri_path(request.path)[:300]
    trail.record(
        about, "access.denied", by=request.user, result=Result.DENIED, method=str(request.method), path=path, **facts
    )
