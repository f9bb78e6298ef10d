import pytest

from portal.audit.models import Entry
from portal.environment import new_token_key
from portal.tenants.accounts import actions
from portal.tenants.accounts.sealing import Sealed, is_old, key_id, seal, unseal
from portal.tenants.models import Account


@pytest.fixture
def keys(settings):
    settings.TOKEN_KEYS = [new_token_key()]
    return settings.TOKEN_KEYS


def test_what_is_sealed_tells_the_id_of_its_key_and_nothing_else(keys):
    sealed = seal("a secret")

    assert sealed.startswith(f"{key_id(keys[0])}:")
    assert "a secret" not in sealed
    assert keys[0] not in sealed
    assert unseal(sealed) == "a secret"


def test_what_an_older_key_sealed_is_still_read(keys):
    sealed = seal("a secret")
    keys.insert(0, new_token_key())

    assert unseal(sealed) == "a secret"
    assert is_old(sealed)
    assert not is_old(seal("another"))


def test_without_its_key_nothing_is_read(keys):
    sealed = seal("a secret")
    keys[:] = [new_token_key()]

    with pytest.raises(Sealed, match="TOKEN_KEYS no longer holds"):
        unseal(sealed)


@pytest.mark.parametrize("spoilt", ["", "a secret", "00000000:gAAAA"])
def test_what_was_never_sealed_is_not_read(keys, spoilt):
    with pytest.raises(Sealed):
        unseal(spoilt)


def test_rotating_seals_everything_with_the_newest_key(keys, tenant):
    old = keys[0]
    Account.objects.create(tenant=tenant, secret=seal("its secret"), cache=seal("its cache"))
    keys.insert(0, new_token_key())

    assert actions.rotate_keys() == 1

    account = Account.objects.get()
    assert not any(map(is_old, (account.secret, account.cache)))
    keys.remove(old)
    assert (unseal(account.secret), unseal(account.cache)) == ("its secret", "its cache")
    assert Entry.objects.filter(verb="account.sealed_anew").count() == 1


def test_rotating_again_changes_nothing(keys, tenant):
    Account.objects.create(tenant=tenant, cache=seal("its cache"))

    assert actions.rotate_keys() == 0
    assert not Entry.objects.filter(verb="account.sealed_anew").exists()
