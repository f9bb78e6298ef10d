"""The way from a tenant to Graph."""

from functools import partial

from portal.errors import Invalid
from portal.graph import clouds
from portal.graph.client import Client
from portal.tenants import clock, connection
from portal.tenants.accounts.token import Tokens
from portal.tenants.models import Account, Tenant

SANDBOX_TOKEN = "sandbox"  # noqa: S105  (what the sandbox tenant accepts; nothing else does)


def is_connected(tenant: Tenant) -> bool:
    """Whether there is an account to ask Graph as."""
    return _needs_none(tenant) or Account.objects.filter(tenant=tenant).exclude(cache="").exists()


def client(tenant: Tenant) -> Client:
    """A client for the tenant's own cloud and version; for one thread. It asks nothing while the tenant is left alone.

    Raises Invalid while no account is connected (only a sandbox tenant without a registration works without one), or
    for an address that Fileplan does not talk to.
    """
    try:
        root = clouds.root_of(tenant.cloud, tenant.sandbox_root)
    except clouds.CloudNotOffered as exc:
        raise Invalid(str(exc)) from exc
    waits = partial(_waits, tenant)
    if _needs_none(tenant):
        return Client(root, tenant.api_version, token=lambda: SANDBOX_TOKEN, waits=waits)
    tokens = Tokens(tenant)
    return Client(root, tenant.api_version, token=tokens, renew=tokens.renew, waits=waits)


def _waits(tenant: Tenant) -> float | None:
    """For how many seconds the tenant is left alone, whoever was told so, a moment ago or before (G14)."""
    until = connection.waits_until(tenant)
    return (until - clock.now()).total_seconds() if until else None


def _needs_none(tenant: Tenant) -> bool:
    return tenant.is_sandbox and not tenant.client_id
