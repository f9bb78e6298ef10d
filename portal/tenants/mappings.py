"""Roles that a directory gives: which app role or group gives which role in a tenant. Told in the tenant's chain."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.errors import Invalid
from portal.tenants import actions
from portal.tenants.models import Claim, Membership, Person, Role, RoleMapping, Source, Tenant


@transaction.atomic
def add(
    tenant: Tenant,
    *,
    directory_id: str,
    claim: Claim,
    value: str,
    role: Role,
    by: Person | None = None,
    service: str = "",
) -> RoleMapping:
    """Give a role to whoever the directory gives that app role, or has in that group, at their next sign-in.

    Raises Invalid if it is given for that already.
    """
    wanted: dict[str, Any] = {"directory_id": directory_id, "claim": claim, "value": value, "role": role}
    mapping, is_new = RoleMapping.objects.get_or_create(tenant=tenant, **wanted)
    if not is_new:
        raise Invalid(_("%(claim)s gives this role already.") % {"claim": mapping})
    changes = {name: ["", str(said)] for name, said in wanted.items()}
    trail.record(mapping, "mapping.added", by=by, service=service, changes=changes)
    return mapping


@transaction.atomic
def remove(mapping: RoleMapping, *, by: Person) -> None:
    """Give a role for it no longer; who holds it for that alone loses it at once (S4).

    The only administrator of the tenant keeps the role, and the people page says so.
    """
    tenant = Tenant.objects.select_for_update().get(pk=mapping.tenant_id)
    told = [_take(held, tenant) for held in mapping.memberships.select_related("person").order_by("pk")]
    about = mapping.subject
    changes = {name: [str(getattr(mapping, name)), ""] for name in ("directory_id", "claim", "value", "role")}
    because = str(mapping)
    mapping.delete()
    trail.record(actions.About(about), "mapping.removed", by=by, changes=changes)
    for person, verb, change in told:
        trail.record(actions.here(person, tenant), verb, by=by, changes=change, because=because)


def _take(held: Membership, tenant: Tenant) -> tuple[Person, str, dict[str, list[str | None]]]:
    if held.role == Role.ADMINISTRATOR and actions.is_only_administrator(tenant, held.person):
        Membership.objects.filter(pk=held.pk).update(source=Source.KEPT, mapping=None)
        return held.person, "role.kept", {"source": [Source.DIRECTORY.value, Source.KEPT.value]}
    held.delete()
    return held.person, "role.revoked", {"role": [held.role, None]}
