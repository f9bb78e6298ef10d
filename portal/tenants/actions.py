"""What is done to tenants, people and roles. What happens in a tenant stands in its chain, the rest in the portal's."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.audit.models import Result
from portal.audit.trail import Subject
from portal.errors import Invalid, NotAllowed, Stale
from portal.graph import clouds
from portal.tenants import sessions
from portal.tenants.access import people_with, roles_of, tenants_of
from portal.tenants.models import Connection, Membership, Person, Role, Source, Tenant


class About(NamedTuple):
    """Something an entry is about that is told in another chain than its own."""

    subject: Subject


def here(person: Person, tenant: Tenant) -> About:
    """A person as a member of a tenant, told in the tenant's chain."""
    return About(Subject("person", str(person.pk), person.name, tenant.pk))


@transaction.atomic
def add_tenant(tenant: Tenant, *, by: Person | None = None, service: str = "") -> None:
    """Save a new tenant with its connection; told in the portal's chain.

    Raises ValidationError for a field that cannot be stored, CloudNotOffered for an address no token may go to.
    """
    tenant.full_clean()
    root = clouds.root_of(tenant.cloud, tenant.sandbox_root)
    tenant.sandbox_root = root if tenant.is_sandbox else ""
    tenant.save()
    Connection.objects.create(tenant=tenant)
    about = About(Subject("tenant", tenant.slug, tenant.name, None))
    trail.record(about, "tenant.added", by=by, service=service, cloud=tenant.cloud, root=tenant.sandbox_root)


@transaction.atomic
def add_person(
    tenant: Tenant,
    *,
    email: str,
    name: str,
    roles: Iterable[Role],
    directory_id: str = "",
    object_id: str = "",
    by: Person | None = None,
    service: str = "",
) -> Person:
    """Make somebody part of a tenant, with an account if they have none yet; an account keeps its own name.

    With a directory and an object id they are whoever signs in with that Microsoft account. Raises Invalid if they are
    part of the tenant already, are no person but a system, could not sign in at all, or if the address is another's.
    """
    _hold(tenant)
    person = _known(email, directory_id, object_id)
    _is_no_system(person)
    is_new = person is None
    account = {"directory_id": directory_id, "object_id": object_id}
    person = person or Person.objects.create_user(email=email, name=name, **account)
    if roles_of(person, tenant):
        raise Invalid(_("%(person)s is already part of %(tenant)s.") % {"person": person, "tenant": tenant})
    granted = sorted(role.value for role in set(roles))
    Membership.objects.bulk_create(Membership(tenant=tenant, person=person, role=role) for role in granted)
    changes = {"roles": [[], granted]}
    trail.record(here(person, tenant), "person.added", by=by, service=service, changes=changes, new_account=is_new)
    return person


def _known(email: str, directory_id: str, object_id: str) -> Person | None:
    """Who is meant: by the Microsoft account where one is given, else by address."""
    by_address = Person.objects.filter(email__iexact=email).first()
    if not object_id:
        if not settings.LOCAL_ACCOUNTS and by_address is None:
            raise Invalid(_("Nobody signs in with a password here. Give the object id of their Microsoft account too."))
        return by_address
    person = Person.objects.filter(directory_id=directory_id, object_id=object_id).first()
    if by_address is not None and by_address != person:
        raise Invalid(
            _("Another account has the address %(email)s. Whoever runs Fileplan can join it to this Microsoft account.")
            % {"email": email}
        )
    return person


@transaction.atomic
def grant(person: Person, role: Role, *, tenant: Tenant, by: Person | None = None, service: str = "") -> None:
    """Give a person a role by hand; one that came from Microsoft stays from then on. Giving it again changes nothing.

    Raises Invalid for a system.
    """
    _is_no_system(person)
    _hold(tenant)
    membership, is_new = Membership.objects.get_or_create(tenant=tenant, person=person, role=role)
    if is_new or membership.source != Source.HAND:
        Membership.objects.filter(pk=membership.pk).update(source=Source.HAND, mapping=None)
        before = None if is_new else role.value
        changes = {"role": [before, role.value]} | ({} if is_new else {"source": [membership.source, "hand"]})
        trail.record(here(person, tenant), "role.granted", by=by, service=service, changes=changes)


@transaction.atomic
def revoke(person: Person, role: Role, *, tenant: Tenant, by: Person | None = None, service: str = "") -> None:
    """Take a role away; without the last one a person is no longer part of the tenant.

    Taking one they do not hold changes nothing. Raises Invalid for the last active administrator, and for a role that
    Microsoft gives: it would be back at the next sign-in.
    """
    _hold(tenant)
    _is_not_given_there(person, role, tenant)
    if role == Role.ADMINISTRATOR:
        _needs_another_administrator(tenant, person)
    gone, _rows = Membership.objects.filter(tenant=tenant, person=person, role=role).delete()
    if gone:
        changes = {"role": [role.value, None]}
        trail.record(here(person, tenant), "role.revoked", by=by, service=service, changes=changes)


@transaction.atomic
def deactivate(person: Person, *, by: Person) -> None:
    """Close an account at once, everywhere: every session ends, no role counts any more. Roles are kept.

    Raises NotAllowed unless `by` administers every tenant the person is part of, Invalid for the last active
    administrator of one of them.
    """
    _may_manage_account(person, by)
    for tenant in tenants_of(person).order_by("pk"):
        _hold(tenant)
        _needs_another_administrator(tenant, person)
    if Person.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
        sessions.end_all(person)
        trail.record(person, "person.deactivated", by=by, changes={"is_active": [True, False]})


@transaction.atomic
def reactivate(person: Person, *, by: Person) -> None:
    """Open a closed account again, with the roles it had. Raises NotAllowed as `deactivate` does."""
    _may_manage_account(person, by)
    if Person.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
        trail.record(person, "person.reactivated", by=by, changes={"is_active": [False, True]})


@transaction.atomic
def change_policy(
    tenant: Tenant,
    *,
    routine: int,
    irreversible: int,
    by: Person,
    event_days_manual: int | None = None,
    event_days_automatic: int | None = None,
    limits_queries: bool | None = None,
) -> None:
    """Set how many approvals a request needs, 1 to 5, how many days events wait, 0 to 365, and who sees their queries.

    What is None stays as it is. Saving what stands changes nothing. What waits already keeps its day.
    """
    held = _hold(tenant)
    wanted = {
        "approvals_routine": routine,
        "approvals_irreversible": irreversible,
        "event_days_manual": event_days_manual,
        "event_days_automatic": event_days_automatic,
        "limits_queries": limits_queries,
    }
    after = {field: value for field, value in wanted.items() if value is not None}
    before = {field: getattr(held, field) for field in after}
    changes = {field: [before[field], after[field]] for field in after if before[field] != after[field]}
    if changes:
        Tenant.objects.filter(pk=tenant.pk).update(**after)
        trail.record(tenant, "policy.changed", by=by, changes=changes)


@transaction.atomic
def make_link(person: Person, *, by: Person | None = None, service: str = "") -> str:
    """The path at which somebody sets their first password; it works once, for as long as PASSWORD_RESET_TIMEOUT.

    Raises NotAllowed as `deactivate` does, Invalid once there is a password: who could hand out a second link could
    sign in, and approve, as somebody else. For a forgotten password there is `manage.py person link`. Raises Invalid
    for a system, as which nobody signs in, and for whoever signs in through Microsoft.
    """
    _is_no_system(person)
    _takes_passwords(person)
    if by is not None:
        _may_manage_account(person, by)
        if person.has_usable_password():
            raise Invalid(_("%(person)s has set a password already.") % {"person": person})
    trail.record(person, "person.link_made", by=by, service=service)
    key = urlsafe_base64_encode(force_bytes(person.pk))
    return reverse("set-password", args=[key, default_token_generator.make_token(person)])


@transaction.atomic
def link_microsoft(
    person: Person, directory_id: str, object_id: str, *, keeps_password: bool = False, service: str = ""
) -> None:
    """Join an account to a Microsoft account, with which they sign in from then on; their password and sessions end.

    Joining it again to the same changes nothing. Raises Invalid for a system, and if either belongs to another.
    """
    _is_no_system(person)
    Person.objects.select_for_update().get(pk=person.pk)
    person.refresh_from_db()
    if (person.directory_id, person.object_id) == (directory_id, object_id):
        return
    if person.is_of_microsoft:
        raise Invalid(_("%(person)s has another Microsoft account already.") % {"person": person})
    other = Person.objects.filter(directory_id=directory_id, object_id=object_id).first()
    if other is not None:
        raise Invalid(_("This Microsoft account is %(person)s's already.") % {"person": other})
    person.directory_id, person.object_id = directory_id, object_id
    if not keeps_password:
        person.set_unusable_password()
        sessions.end_all(person)
    person.save(update_fields=["directory_id", "object_id", "password"])
    trail.record(person, "person.joined", service=service)


@transaction.atomic
def set_password(person: Person, password: str, *, token: str) -> None:
    """Set the password a link was made for. Raises Stale if the link has been used or has run out."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    if not default_token_generator.check_token(person, token):
        raise Stale(_("This link has been used or has run out. Ask an administrator for a new one."))
    person.set_password(password)
    person.save(update_fields=["password"])
    trail.record(person, "person.password_set", by=person)


@transaction.atomic
def change_password(person: Person, password: str) -> None:
    """Replace one's own password; every other session ends with the old one."""
    person.set_password(password)
    person.save(update_fields=["password"])
    trail.record(person, "person.password_changed", by=person)


@transaction.atomic
def note_sign_in(person: Person) -> None:
    """Somebody came in with a password."""
    trail.record(person, "person.signed_in", by=person, method="password")


@transaction.atomic
def note_refusal(person: Person | None, **why: Any) -> None:
    """Somebody was not let in. What was typed for an unknown account is not kept: it may be a password."""
    about = person or About(Subject("person", "", "", None))
    trail.record(about, "person.sign_in_refused", service="sign-in", result=Result.DENIED, **why)


@transaction.atomic
def note_sign_out(person: Person) -> None:
    """Somebody left."""
    trail.record(person, "person.signed_out", by=person)


def _hold(tenant: Tenant) -> Tenant:
    """The tenant's row as it is now, locked, so that two administrators cannot remove each other at the same time."""
    return Tenant.objects.select_for_update().get(pk=tenant.pk)


def is_only_administrator(tenant: Tenant, person: Person) -> bool:
    """Whether a tenant would have no active administrator without this person."""
    administrators = people_with(tenant, Role.ADMINISTRATOR)
    return person in administrators and len(administrators) == 1


def _needs_another_administrator(tenant: Tenant, person: Person) -> None:
    if is_only_administrator(tenant, person):
        raise Invalid(
            _("%(person)s is the only administrator of %(tenant)s. Make somebody else administrator first.")
            % {"person": person, "tenant": tenant}
        )


def _is_not_given_there(person: Person, role: Role, tenant: Tenant) -> None:
    given = Membership.objects.filter(tenant=tenant, person=person, role=role, source=Source.DIRECTORY)
    held = given.select_related("mapping").first()
    if held is not None:
        raise Invalid(
            _("Microsoft gives %(person)s this role, for %(claim)s. Take it away there, or remove that line below.")
            % {"person": person, "claim": held.mapping}
        )


def _takes_passwords(person: Person) -> None:
    if not settings.LOCAL_ACCOUNTS:
        raise Invalid(_("Nobody signs in with a password here. Set LOCAL_ACCOUNTS=true if they should."))
    if person.is_of_microsoft:
        raise Invalid(_("%(person)s signs in through Microsoft, and needs no password.") % {"person": person})


def _is_no_system(person: Person | None) -> None:
    if person is not None and person.is_system:
        raise Invalid(_("“%(name)s” is no person. It reports events, and can do nothing else.") % {"name": person})


def _may_manage_account(person: Person, by: Person) -> None:
    """An account belongs to all its tenants: who runs only some of them may not close it, or sign in with it."""
    administered = Tenant.objects.filter(memberships__person=by, memberships__role=Role.ADMINISTRATOR)
    if tenants_of(person).exclude(pk__in=administered).exists():
        raise NotAllowed(
            _("%(person)s is also part of a tenant you do not administer. Take away the roles here instead.")
            % {"person": person}
        )
