"""The way from a tenant to Graph."""

from django.utils.translation import gettext as _

from portal.errors import Invalid
from portal.graph import clouds
from portal.graph.client import Client
from portal.tenants.models import Tenant

SANDBOX_TOKEN = "sandbox"  # noqa: S105  (what the sandbox tenant accepts; nothing else does)


def client(tenant: Tenant) -> Client:
    """A client for the tenant's own cloud and version; for one thread.

    Raises Invalid while no account is connected (only a sandbox tenant works without one), or for an address that
    Fileplan does not talk to.
    """
    if not tenant.is_sandbox:
        raise Invalid(
            _("“%(tenant)s” has no connected account yet, so nothing can be read or sent.") % {"tenant": tenant}
        )
    try:
        root = clouds.root_of(tenant.cloud, tenant.sandbox_root)
    except clouds.CloudNotOffered as exc:
        raise Invalid(str(exc)) from exc
    return Client(root, tenant.api_version, token=lambda: SANDBOX_TOKEN)
