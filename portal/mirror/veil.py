"""What a tenant may limit to its authors and approvers: texts that are often numbers of patients or employees.

Which fields these are, a kind says itself (`limited`). They are hidden where they are read, never in what is stored,
hashed or sent.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.mirror import kinds
from portal.mirror.kinds import Kind, Line
from portal.tenants.models import Role, Tenant

SEE = frozenset({Role.AUTHOR, Role.APPROVER})


def sees(tenant: Tenant, roles: Iterable[Role]) -> bool:
    """Whether somebody with these roles may read what the tenant limits."""
    return not tenant.limits_queries or not SEE.isdisjoint(roles)


def words() -> str:
    """What stands in the place of what is hidden."""
    return _("Shown to authors and approvers only")


def hides(kind: Kind, path: str) -> bool:
    """Whether a path such as `eventQueries.1` leads into a limited field."""
    return path.partition(".")[0] in kind.limited


def lines(kind: Kind, found: Iterable[Line]) -> tuple[Line, ...]:
    """The settings of an object with what is limited hidden."""
    return tuple(Line(one.path, one.label, words()) if hides(kind, one.path) else one for one in found)


def hidden(kind: Kind, document: Mapping[str, Any]) -> dict[str, Any]:
    """A document, body or answer with what is limited hidden, as far as something stands there."""
    return {name: words() if name in kind.limited and value else value for name, value in document.items()}


def fields() -> frozenset[str]:
    """Every field that some kind limits."""
    return frozenset(name for kind in kinds.every() for name in kind.limited)


def holding(column: str) -> Q:
    """The rows whose JSON text in `column` holds a limited field, wherever in it."""
    found = Q()
    for name in sorted(fields()):
        found |= Q(**{f"{column}__contains": f'"{name}"'})
    return found if found else Q(pk=None)
