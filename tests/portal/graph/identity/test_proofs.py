"""An ID token that lies lets nobody in (S8), whatever it lies about."""

import pytest

from portal.graph.identity import Forged
from portal.graph.identity.proofs import ASKED_AGAIN

LIES = {
    "another issuer": {"forge": "issuer"},
    "the issuer of another cloud": {"forge": "issuer", "value": "https://login.microsoftonline.com/x/v2.0"},
    "another audience": {"forge": "audience"},
    "another directory": {"forge": "directory"},
    "another nonce": {"forge": "nonce"},
    "run out": {"forge": "expired"},
    "not yet valid": {"forge": "early"},
    "a bad signature": {"forge": "signature"},
    "a key nobody has": {"forge": "kid"},
    "no signature": {"forge": "none"},
    "signed with the public key": {"forge": "public_key_as_secret"},
    "no object id": {"forge": "without", "name": "oid"},
    "no directory": {"forge": "without", "name": "tid"},
    "no end": {"forge": "without", "name": "exp"},
    "no audience": {"forge": "without", "name": "aud"},
    "no issuer": {"forge": "without", "name": "iss"},
    "no nonce": {"forge": "without", "name": "nonce"},
    "an old version": {"forge": "claim", "name": "ver", "value": "1.0"},
    "two audiences, not ours": {"forge": "audience", "value": ["a", "b"]},
    "an issuer that is nothing": {"forge": "claim", "name": "iss", "value": None},
}
ELSEWHERE = "00000000-0000-4000-8000-00000000beef"


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_lies_is_forged(signing, sandbox, lie):
    sandbox.identity.forge([LIES[lie]])

    with pytest.raises(Forged):
        signing.signed_in("Ada Ames", scopes=[])


def test_a_token_of_another_directory_is_forged_however_well_it_fits(signing, sandbox):
    """The keys of Microsoft's directories are shared: issuer and directory of another one, and a good signature."""
    issuer = f"https://login.sandbox.invalid/{ELSEWHERE}/v2.0"
    sandbox.identity.forge([{"forge": "directory", "value": ELSEWHERE}, {"forge": "issuer", "value": issuer}])

    with pytest.raises(Forged):
        signing.signed_in("Ada Ames", scopes=[])


def test_a_token_that_tells_the_truth_is_not(signing, sandbox):
    sandbox.identity.forge([])

    assert signing.signed_in("Ada Ames", scopes=[]).claims.name == "Ada Ames"


@pytest.mark.parametrize("forgery", [{"forge": "stale", "seconds": 600}, {"forge": "without", "name": "auth_time"}])
def test_a_fresh_sign_in_was_asked_for(signing, sandbox, forgery):
    sandbox.identity.forge([forgery])

    with pytest.raises(Forged):
        signing.signed_in("Ada Ames", scopes=[], max_age=0)


def test_a_new_key_is_looked_for_once_a_minute(signing, sandbox):
    signing.signed_in("Ada Ames", scopes=[])
    keys = signing.login()._keys
    sandbox.identity.rotate_keys(forget=True)

    with pytest.raises(Forged):  # asked a moment ago
        signing.signed_in("Ada Ames", scopes=[])
    keys.read_at -= ASKED_AGAIN + 1
    assert signing.signed_in("Ada Ames", scopes=[]).claims.name == "Ada Ames"


def test_too_many_groups_are_not_told_as_none(signing):
    claims = signing.signed_in("Greta Gale", scopes=[]).claims

    assert not claims.tells_groups
    assert signing.signed_in("Ada Ames", scopes=[], prompt="select_account").claims.tells_groups
