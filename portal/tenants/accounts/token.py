"""The token of a tenant's account, for as long as one worker needs it."""

import time

from django.db import transaction
from django.utils.translation import gettext as _

from portal.errors import Invalid
from portal.graph import clouds
from portal.graph.errors import NotSent, Rejected
from portal.graph.identity import NOTHING, Certificate, Login, Registration
from portal.tenants import clock, connection
from portal.tenants.accounts.sealing import Sealed, seal, unseal
from portal.tenants.models import Account, Tenant

EARLY = 300.0  # seconds before its end a token is no longer used


def account_of(tenant: Tenant) -> Account:
    """Raises Invalid while nobody has signed in for the tenant."""
    account = Account.objects.filter(tenant=tenant).exclude(cache="").first()
    if account is None:
        raise Invalid(
            _("“%(tenant)s” has no connected account yet, so nothing can be read or sent.") % {"tenant": tenant}
        )
    return account


def login_of(tenant: Tenant, account: Account | None = None, *, by_device: bool = False) -> Login:
    """Signing in at the tenant's own registration; `by_device` without anything to prove the portal with.

    Raises Invalid before there is a registration, Sealed if the key of its secret is gone.
    """
    account = account or Account.objects.filter(tenant=tenant).first()
    if account is None or not (by_device or account.proves_itself_with):
        raise Invalid(_("Register the portal in the tenant's directory first: client id, and a secret or certificate."))
    credential = NOTHING if by_device else _credential(account)
    return Login(
        Registration(tenant.cloud, tenant.directory_id, tenant.client_id, credential, sandbox_root=tenant.sandbox_root)
    )


def _credential(account: Account) -> str | Certificate:
    if account.certificate:
        return Certificate(unseal(account.private_key), account.certificate)
    return unseal(account.secret)


def wanted(tenant: Tenant) -> list[str]:
    """The scopes the account signs in for; MSAL adds what a refresh token takes."""
    return [clouds.write_scope(tenant.cloud, tenant.sandbox_root)]


class Tokens:
    """Asked before each request; refreshes when what it holds runs out, and keeps what the refresh changed.

    A refused account puts the connection on hold: everything waits for somebody to sign in again, and goes on then.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._held = ""
        self._until = 0.0
        self._is_new = False
        self._of = account_of(tenant).signed_in_at

    def __call__(self) -> str:
        """Raises Rejected when somebody has to sign in again, NotSent when there is no token just now."""
        account = self._account()
        if time.monotonic() >= self._until:
            self._take(account)
        return self._held

    def renew(self) -> bool:
        """Graph refused the token: take another. False if it refused one that was just taken."""
        if self._is_new:
            return False
        self._take(self._account(), anew=True)
        return True

    def __repr__(self) -> str:
        return f"Tokens({self._tenant.pk})"

    def _account(self) -> Account:
        """The sign-in this was made for; what began under one goes on under no other."""
        account = Account.objects.filter(tenant=self._tenant, signed_in_at=self._of).exclude(cache="").first()
        if account is None:
            raise NotSent("The account was signed in anew, or forgotten, meanwhile")
        return account

    def _take(self, account: Account, *, anew: bool = False) -> None:
        try:
            login = login_of(self._tenant, account, by_device=account.by_device)
            token = login.refresh(unseal(account.cache), wanted(self._tenant), anew=anew)
        except Invalid as exc:
            code = "sealed" if isinstance(exc, Sealed) else "invalid_client"
            raise lost(account, Rejected("Nothing to sign in with", status=401, code=code)) from exc
        except Rejected as exc:
            raise lost(account, exc) from exc
        if token.cache is not None:
            keep(account, token.cache)
        self._held, self._until = token.value, time.monotonic() + max(token.lasts - EARLY, 1.0)
        self._is_new = anew


@transaction.atomic
def lost(account: Account, refusal: Rejected) -> Rejected | NotSent:
    """What to make of a refused sign-in: it holds the connection, unless somebody signed in while we were asking."""
    now = Account.objects.select_for_update().get(pk=account.pk)
    if now.cache != account.cache:
        return NotSent("The account was signed in anew meanwhile")
    connection.lapse(account.tenant, refusal)
    return refusal


@transaction.atomic
def keep(account: Account, cache: str) -> None:
    """Keep what a refresh changed, unless somebody else did meanwhile: theirs is as good, and maybe newer.

    Asking Microsoft takes seconds, so the row is locked and read again only here. Both refresh tokens stay valid.
    """
    now = Account.objects.select_for_update().get(pk=account.pk)
    if now.cache == account.cache:
        now.cache, now.refreshed_at = seal(cache), clock.now()
        now.save(update_fields=["cache", "refreshed_at"])
