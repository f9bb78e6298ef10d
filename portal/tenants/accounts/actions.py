"""What is done to the account of a tenant. Nothing that could be used by somebody else is told in the history."""

from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.doorbell import ring
from portal.errors import Invalid
from portal.graph.clouds import WRITES
from portal.graph.identity import Answered
from portal.tenants import clock, connection
from portal.tenants.accounts.sealing import is_old, seal, unseal
from portal.tenants.models import Account, Connection, Person, Tenant

SEALED = ("secret", "private_key", "cache")


@transaction.atomic
def register(
    tenant: Tenant,
    *,
    directory_id: str,
    client_id: str,
    secret: str = "",
    certificate: str = "",
    private_key: str = "",
    ends_on: date | None = None,
    by: Person | None = None,
    service: str = "",
) -> None:
    """Keep how the portal is known to the tenant's directory. Without a new secret or certificate the old one stays.

    Another directory or application than before ends the sign-in. Without anything to prove itself with, the portal can
    only be connected by device code.
    """
    account = _locked(tenant)
    before = _told(tenant, account)
    is_other = (tenant.directory_id, tenant.client_id) != (directory_id, client_id)
    if secret or certificate:
        account.secret = seal(secret) if secret else ""
        account.certificate, account.private_key = certificate, seal(private_key) if private_key else ""
    account.ends_on = ends_on
    tenant.directory_id, tenant.client_id = directory_id, client_id
    tenant.save(update_fields=["directory_id", "client_id"])
    if is_other:
        _forget_sign_in(account)
    account.save()
    after = _told(tenant, account)
    if secret or certificate:
        after["proof"] = f"new {account.proves_itself_with}"
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    trail.record(tenant, "account.registered", by=by, service=service, changes=changes)


def must_serve(tenant: Tenant, answered: Answered) -> None:
    """Whether what came back is of the tenant, and of a person.

    Raises Invalid for one that cannot be renewed, is of another directory, has no person in it, or may not write.
    """
    if not answered.lasts:
        raise Invalid(_("Microsoft gave a sign-in that cannot be renewed. Allow offline_access, then sign in again."))
    if answered.claims.directory != tenant.directory_id.lower():
        raise Invalid(_("This account belongs to another directory than the tenant. Sign in with one of its own."))
    if not answered.scopes:
        raise Invalid(
            _(
                "Microsoft gave a token without a person in it. Retention labels can only be written for a person: "
                "add the delegated permission %(scope)s to the application and sign in again."
            )
            % {"scope": WRITES}
        )
    if WRITES not in answered.scopes:
        raise Invalid(
            _("The account may not write: %(scope)s is missing. Have it consented to, then sign in again.")
            % {"scope": WRITES}
        )


@transaction.atomic
def connect(
    tenant: Tenant, answered: Answered, *, by: Person | None = None, service: str = "", by_device: bool = False
) -> None:
    """The workers act as this account from now on; what waited because of the old sign-in goes on by itself.

    `by_device`: it signed in by a code, without a secret, and is refreshed without one. Raises Invalid as `must_serve`
    does, or if another account is connected.
    """
    account = _locked(tenant)
    must_serve(tenant, answered)
    if account.is_connected and account.object_id != answered.claims.object_id:
        raise Invalid(
            _("The workers act as %(account)s. Sign in as this account, or forget its sign-in first.")
            % {"account": account.username}
        )
    before = account.username
    account.cache, account.by_device = seal(answered.cache), by_device
    account.username, account.object_id = answered.claims.username[:254], answered.claims.object_id
    account.scopes = sorted(answered.scopes)
    account.signed_in_at = account.refreshed_at = clock.now()
    account.signed_in_by, account.told_of, account.checked_at, account.checked = by, "", None, []
    account.save()
    says: dict[str, Any] = {"object_id": account.object_id, "scopes": account.scopes}
    changes = {"account": [before, account.username]}
    trail.record(tenant, "account.connected", by=by, service=service, changes=changes, **says)
    connection.reconnected(tenant, by=by, service=service)
    for task in ("changes.push", "mirror.sync", "accounts.check"):
        transaction.on_commit(partial(ring, tenant.pk, task), robust=True)


@transaction.atomic
def disconnect(tenant: Tenant, *, by: Person) -> None:
    """Forget the sign-in: nothing is read or sent until somebody signs in again. Doing it twice changes nothing."""
    account = _locked(tenant)
    if account.is_connected:
        username = account.username
        _forget_sign_in(account)
        account.save()
        trail.record(tenant, "account.disconnected", by=by, changes={"account": [username, ""]})


@transaction.atomic
def rotate_keys() -> int:
    """Encrypt everything with the newest key. Returns how many accounts had an older one. Raises Sealed."""
    rotated = 0
    for account in Account.objects.select_for_update().select_related("tenant").order_by("tenant_id"):
        old = [name for name in SEALED if is_old(getattr(account, name))]
        for name in old:
            setattr(account, name, seal(unseal(getattr(account, name))))
        if old:
            account.save(update_fields=old)
            rotated += 1
            trail.record(account.tenant, "account.sealed_anew", service="command line")
    return rotated


def _locked(tenant: Tenant) -> Account:
    """The tenant's account as it is now, and its registration.

    The connection is locked first, as a sync and a push do that end in an entry too: else they wait for each other.
    """
    Connection.objects.select_for_update().filter(tenant=tenant).first()
    account, _new = Account.objects.select_for_update().get_or_create(tenant=tenant)
    tenant.refresh_from_db(fields=["directory_id", "client_id"])
    return account


def _forget_sign_in(account: Account) -> None:
    account.cache = account.username = account.object_id = account.told_of = ""
    account.scopes, account.checked, account.checked_at = [], [], None
    account.signed_in_at = account.signed_in_by = account.refreshed_at = None


def _told(tenant: Tenant, account: Account) -> dict[str, str]:
    return {
        "directory_id": tenant.directory_id,
        "client_id": tenant.client_id,
        "proof": account.proves_itself_with,
        "ends_on": str(account.ends_on or ""),
    }
