"""Tokens of a connected account: refreshed when they run out, kept once, lost with a word."""

import pytest

from portal.graph.errors import NotSent, Rejected
from portal.sandbox.options import Options
from portal.tenants.accounts import token
from portal.tenants.accounts.sealing import seal, unseal
from portal.tenants.accounts.token import Tokens, keep
from portal.tenants.graph import client
from portal.tenants.models import Account, Connection, Health

LABELS = "security/labels/retentionLabels"


def refreshes(sandbox) -> int:
    return sandbox.identity.asked().get("token refresh_token", 0)


def test_the_account_reads(connected):
    assert len(next(client(connected).pages(LABELS)).items) == 3


def test_a_token_is_used_until_it_is_nearly_over(connected, sandbox, monkeypatch):
    tokens = Tokens(connected)

    assert tokens() == tokens()
    assert refreshes(sandbox) == 0
    monkeypatch.setattr(token, "EARLY", 3600.0)
    tokens = Tokens(connected)
    monkeypatch.setattr(token.time, "monotonic", lambda: 10.0**9)
    tokens()


def test_a_worker_outlives_its_token(connected, sandbox, monkeypatch):
    """Every token is over as soon as it was given, and yet every page is read."""
    sandbox.options = Options(token_seconds=1, page_size=1)
    graph = client(connected)
    kept = Account.objects.get().cache
    monkeypatch.setattr(token.time, "monotonic", _running(by=10.0))
    sandbox.identity.revoke("access")

    pages = [page.items for page in _reading(graph)]

    assert sum(map(len, pages)) == 3
    assert refreshes(sandbox) >= 1
    assert Account.objects.get().cache != kept


def test_what_a_refresh_changed_is_kept_encrypted(connected, sandbox):
    Tokens(connected).renew()

    account = Account.objects.get()
    assert "RefreshToken" in unseal(account.cache)
    assert "RefreshToken" not in account.cache


def test_what_somebody_else_kept_meanwhile_stays(connected):
    mine = Account.objects.get()
    Account.objects.update(cache=seal("theirs"))

    keep(mine, "mine")

    assert unseal(Account.objects.get().cache) == "theirs"


def test_a_refused_token_is_renewed_once(connected, sandbox):
    graph = client(connected)
    next(graph.pages(LABELS))
    sandbox.identity.revoke("access")

    with pytest.raises(NotSent):
        next(graph.pages(LABELS))
    assert len(next(graph.pages(LABELS)).items) == 3

    sandbox.identity.revoke("access")
    with pytest.raises(Rejected):
        next(graph.pages(LABELS))
    assert refreshes(sandbox) == 1


def test_a_revoked_sign_in_puts_the_connection_on_hold(connected, sandbox):
    sandbox.identity.revoke("refresh")
    sandbox.identity.revoke("access")
    graph = client(connected)

    with pytest.raises(Rejected):
        next(graph.pages(LABELS))

    held = Connection.objects.get(tenant=connected)
    assert (held.health, held.has_lapsed) == (Health.HELD, True)


def test_a_secret_that_has_run_out_says_so(connected, sandbox):
    sandbox.identity.revoke("secret", client_id=connected.client_id)

    with pytest.raises(Rejected):
        Tokens(connected).renew()

    assert "secret or certificate may have run out" in Connection.objects.get(tenant=connected).held_because


def test_a_sign_in_host_that_is_away_only_delays(connected, sandbox):
    sandbox.faults([{"host": "sign-in", "path": "token$", "effect": "status", "status": 503}])

    with pytest.raises(NotSent):
        Tokens(connected).renew()

    assert Connection.objects.get(tenant=connected).health == Health.OK


def _reading(graph):
    """Every page; where a token was refused on the way, the page is asked for again as a sync would."""
    try:
        yield from graph.pages(LABELS)
    except NotSent:
        yield from graph.pages(LABELS)


def _running(*, by: float):
    """A clock that runs that much with every look."""
    at = [0.0]

    def look() -> float:
        at[0] += by
        return at[0]

    return look
