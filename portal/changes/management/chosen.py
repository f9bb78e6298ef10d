"""The tenants a command is to work on."""

from django.core.management.base import CommandError

from portal.tenants.models import Tenant
from portal.tenants.queries import named


def chosen(slug: str | None) -> list[Tenant]:
    """The tenant of that short name, or every tenant. Raises CommandError."""
    try:
        return named(slug)
    except Tenant.DoesNotExist as exc:
        raise CommandError(f"There is no tenant “{slug}”. See “manage.py tenant list”.") from exc
