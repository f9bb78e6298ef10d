"""The way from a tenant to Graph."""

from portal.errors import Invalid
from portal.graph import clouds
from portal.graph.client import Client
from portal.tenants.accounts.token import Tokens, account_of
from portal.tenants.models import Tenant

SANDBOX_TOKEN = "sandbox"  # noqa: S105  (what the sandbox tenant accepts; nothing else does)


def client(tenant: Tenant) -> Client:
    """A client for the tenant's own cloud and version; for one thread.

    Raises Invalid while no account is connected (only a sandbox tenant without a registration works without one), or
    for an address that Fileplan does not talk to.
    """
    try:
        root = clouds.root_of(tenant.cloud, tenant.sandbox_root)
    except clouds.CloudNotOffered as exc:
        raise Invalid(str(exc)) from exc
    if tenant.is_sandbox and not tenant.client_id:
        return Client(root, tenant.api_version, token=lambda: SANDBOX_TOKEN)
    account_of(tenant)
    tokens = Tokens(tenant)
    return Client(root, tenant.api_version, token=tokens, renew=tokens.renew)
