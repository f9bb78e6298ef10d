from datetime import date
from typing import Any

import pytest

from portal.audit.models import Entry
from portal.errors import Invalid
from portal.graph.clouds import WRITES
from portal.graph.errors import Rejected
from portal.graph.identity import Answered, Claims
from portal.tenants import connection
from portal.tenants.accounts import actions
from portal.tenants.accounts.sealing import unseal
from portal.tenants.models import Account, Connection, Health, Tenant

DIRECTORY = "11111111-2222-4333-8444-555555555555"
CLIENT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
SECRET = "canary-client-secret"
CACHE = '{"RefreshToken": {"x": {"secret": "canary-token-cache"}}}'


@pytest.fixture(autouse=True)
def _connected(tenant):
    Connection.objects.create(tenant=tenant)


def registered(tenant, by, **given: Any) -> Account:
    said = {"directory_id": DIRECTORY, "client_id": CLIENT, "secret": SECRET, "ends_on": date(2099, 1, 1)} | given
    actions.register(tenant, **said, by=by)
    return Account.objects.get(tenant=tenant)


def answered(
    directory: str = DIRECTORY, scopes: tuple[str, ...] = (WRITES,), cache: str = CACHE, oid: str = "oid-1"
) -> Answered:
    claims = Claims(directory, oid, "A worker", "worker@harrow.test", frozenset(), frozenset(), True, 1, ("pwd",))
    return Answered(claims, cache, frozenset(scopes))


def told(verb: str) -> Entry:
    return Entry.objects.get(verb=verb)


def test_a_registration_is_kept_with_its_secret_encrypted(tenant, administrator):
    account = registered(tenant, administrator)

    tenant.refresh_from_db()
    assert (tenant.directory_id, tenant.client_id) == (DIRECTORY, CLIENT)
    assert SECRET not in account.secret
    assert unseal(account.secret) == SECRET
    assert SECRET not in told("account.registered").body


def test_without_a_new_secret_the_old_one_stays(tenant, administrator):
    registered(tenant, administrator)
    account = registered(tenant, administrator, secret="", ends_on=date(2098, 1, 1))

    assert unseal(account.secret) == SECRET
    assert account.ends_on == date(2098, 1, 1)


def test_a_certificate_takes_the_place_of_a_secret(tenant, administrator):
    registered(tenant, administrator)
    account = registered(tenant, administrator, secret="", certificate="cert", private_key="canary-key")

    assert (account.secret, account.certificate, unseal(account.private_key)) == ("", "cert", "canary-key")
    assert account.proves_itself_with == "certificate"


def test_connecting_keeps_who_the_workers_are(tenant, administrator):
    registered(tenant, administrator)
    actions.connect(tenant, answered(), by=administrator)

    account = Account.objects.get()
    assert (account.username, account.object_id, account.scopes) == ("worker@harrow.test", "oid-1", [WRITES])
    assert account.signed_in_by == administrator
    assert "canary" not in account.cache
    assert unseal(account.cache) == CACHE
    assert "canary" not in told("account.connected").body


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"directory": "99999999-2222-4333-8444-555555555555"}, "another directory"),
        ({"scopes": ()}, "without a person"),
        ({"scopes": ("RecordsManagement.Read.All",)}, "may not write"),
        ({"cache": "{}"}, "cannot be renewed"),
    ],
)
def test_an_account_that_could_not_serve_is_refused(tenant, administrator, given, said):
    registered(tenant, administrator)

    with pytest.raises(Invalid, match=said):
        actions.connect(tenant, answered(**given), by=administrator)

    assert not Account.objects.get().is_connected
    assert not Entry.objects.filter(verb="account.connected").exists()


@pytest.mark.parametrize("other", [{"directory_id": CLIENT}, {"client_id": DIRECTORY}])
def test_another_registration_ends_the_sign_in(tenant, administrator, other):
    registered(tenant, administrator)
    actions.connect(tenant, answered(), by=administrator)

    account = registered(tenant, administrator, **other)

    assert (account.cache, account.username, account.scopes, account.signed_in_by) == ("", "", [], None)


def test_another_account_takes_nobodys_place(tenant, administrator):
    """The next click is a wrong one, and what waited would be sent under a wrong name at once."""
    registered(tenant, administrator)
    actions.connect(tenant, answered(), by=administrator)

    with pytest.raises(Invalid, match="The workers act as"):
        actions.connect(tenant, answered(oid="oid-2"), by=administrator)

    actions.disconnect(tenant, by=administrator)
    actions.connect(tenant, answered(oid="oid-2"), by=administrator)
    assert Account.objects.get().object_id == "oid-2"


def test_a_registration_that_changed_meanwhile_is_seen(tenant, administrator):
    """Minutes lie between the sign-in and its answer, and somebody else has another page open."""
    registered(tenant, administrator)
    stale = Tenant.objects.get(pk=tenant.pk)
    registered(tenant, administrator, directory_id=CLIENT)

    with pytest.raises(Invalid, match="another directory"):
        actions.connect(stale, answered(), by=administrator)


def test_another_secret_does_not(tenant, administrator):
    registered(tenant, administrator)
    actions.connect(tenant, answered(), by=administrator)

    assert registered(tenant, administrator, secret="a newer one").is_connected


def test_a_lapse_is_one_hold_with_one_entry(tenant):
    for _ in range(3):
        connection.lapse(tenant, Rejected("x", status=401, code="invalid_grant"))

    held = Connection.objects.get(tenant=tenant)
    assert (held.health, held.has_lapsed) == (Health.HELD, True)
    assert "Sign in again under Connection" in held.held_because
    assert Entry.objects.filter(verb="connection.held").count() == 1


def test_signing_in_again_lets_go_what_the_old_sign_in_held(tenant, administrator):
    registered(tenant, administrator)
    connection.lapse(tenant, Rejected("x", status=401, code="invalid_grant"))

    actions.connect(tenant, answered(), by=administrator)

    held = Connection.objects.get(tenant=tenant)
    assert (held.health, held.has_lapsed, held.held_because) == (Health.OK, False, "")


def test_signing_in_again_does_not_let_go_what_a_person_holds(tenant, administrator):
    registered(tenant, administrator)
    connection.lapse(tenant, Rejected("x", status=401, code="invalid_grant"))
    connection.pause(tenant, by=administrator, reason="An audit.")

    actions.connect(tenant, answered(), by=administrator)

    assert connection.is_held(tenant)


def test_forgetting_a_sign_in_leaves_nothing_of_it(tenant, administrator):
    registered(tenant, administrator)
    actions.connect(tenant, answered(), by=administrator)

    actions.disconnect(tenant, by=administrator)
    actions.disconnect(tenant, by=administrator)

    account = Account.objects.get()
    assert (account.cache, account.username) == ("", "")
    assert unseal(account.secret) == SECRET
    assert Entry.objects.filter(verb="account.disconnected").count() == 1
