"""The way from a tenant to Graph."""

from portal.errors import Invalid
from portal.graph import clouds
from portal.graph.client import Client
from portal.tenants.accounts.token import Tokens
from portal.tenants.models import Account, Tenant

SANDBOX_TOKEN = "sandbox"  # noqa: S105  (what the sandbox tenant accepts; nothing else does)


def is_connected(tenant: Tenant) -> bool:
    """Whether there is an account to ask Graph as."""
    return _needs_none(tenant) or Account.objects.filter(tenant=tenant).exclude(cache="").exists()


def client(tenant: Tenant) -> Client:
    """A client for the tenant's own cloud and version; for one thread.

    Raises Invalid while no account is connected (only a sandbox tenant without a registration works without one), or
    for an address that Fileplan does not talk to.
    """
    try:
        root = clouds.root_of(tenant.cloud, tenant.sandbox_root)
    except clouds.CloudNotOffered as exc:
        raise Invalid(str(exc)) from exc
    if _needs_none(tenant):
        return Client(root, tenant.api_version, token=lambda: SANDBOX_TOKEN)
    tokens = Tokens(tenant)
    return Client(root, tenant.api_version, token=tokens, renew=tokens.renew)


def _needs_none(tenant: Tenant) -> bool:
    return tenant.is_sandbox and not tenant.client_id
