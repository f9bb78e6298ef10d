"""Tokens of a connected account: refreshed when they run out, kept once, lost with a word."""

from datetime import UTC, datetime

import pytest

from portal.audit.models import Entry
from portal.changes import push
from portal.changes.models import Change, Push
from portal.changes.tasks import synchronise
from portal.environment import new_token_key
from portal.graph.errors import NotSent, Rejected
from portal.graph.identity.flows import without_memory
from portal.mirror.models import Cause
from portal.sandbox.options import Options
from portal.tenants.accounts import token
from portal.tenants.accounts.sealing import seal, unseal
from portal.tenants.accounts.token import Tokens, keep
from portal.tenants.graph import client
from portal.tenants.models import Account, Connection, Health
from tests.changing import approved, create

LABELS = "security/labels/retentionLabels"


def refreshes(sandbox) -> int:
    return sandbox.identity.asked().get("token refresh_token", 0)


def test_the_account_reads(connected):
    assert len(next(client(connected).pages(LABELS)).items) == 3


def test_a_token_is_used_until_it_is_nearly_over(connected, monkeypatch):
    asked = []
    refresh = token.Login.refresh
    monkeypatch.setattr(token.Login, "refresh", lambda *args, **given: asked.append(1) or refresh(*args, **given))
    tokens = Tokens(connected)
    clock = [0.0]
    monkeypatch.setattr(token.time, "monotonic", lambda: clock[0])

    for clock[0] in (0.0, 3000.0, 3600.0 - token.EARLY - 60, 3600.0 - token.EARLY + 60):
        tokens()

    assert len(asked) == 2


def test_a_worker_outlives_its_token(connected, sandbox, monkeypatch):
    """Every token is over here as soon as it was given, and yet every page is read."""
    sandbox.options = Options(token_seconds=60, page_size=1)
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
    assert Connection.objects.get(tenant=connected).health == Health.OK  # whoever asked says so


def test_a_revoked_sign_in_puts_the_connection_on_hold(connected, sandbox):
    sandbox.identity.revoke("refresh")
    sandbox.identity.revoke("access")
    graph = client(connected)

    with pytest.raises(Rejected):
        next(graph.pages(LABELS))

    held = Connection.objects.get(tenant=connected)
    assert (held.health, held.has_lapsed) == (Health.HELD, True)


def test_a_refusal_that_comes_late_ends_no_newer_sign_in(connected, sandbox, monkeypatch):
    """An administrator signs in while the worker still waits to hear that the old sign-in is no good."""
    sandbox.identity.revoke("refresh")
    refresh = token.Login.refresh

    def and_meanwhile(*args, **given):
        Account.objects.update(cache=seal("theirs"))
        return refresh(*args, **given)

    monkeypatch.setattr(token.Login, "refresh", and_meanwhile)
    with pytest.raises(NotSent):
        Tokens(connected).renew()

    assert Connection.objects.get(tenant=connected).health == Health.OK


@pytest.mark.parametrize("change", [{"cache": ""}, {"signed_in_at": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_what_began_under_one_sign_in_goes_on_under_no_other(connected, change):
    graph = client(connected)
    next(graph.pages(LABELS))
    Account.objects.update(**change)

    with pytest.raises(NotSent):
        next(graph.pages(LABELS))


def test_a_lost_key_holds_the_connection(connected, settings):
    settings.TOKEN_KEYS = [new_token_key()]

    with pytest.raises(Rejected):
        Tokens(connected)()

    held = Connection.objects.get(tenant=connected)
    assert held.has_lapsed
    assert "TOKEN_KEYS no longer holds" in held.held_because


def test_a_change_that_is_due_stays_ready_whatever_the_sign_in_says(connected, sandbox, settings, author, approver):
    synchronise(connected, cause=Cause.COMMAND)
    approved(connected, author, [approver], create("Ledgers 5y"))
    change = Change.objects.get()
    wrongs = (
        lambda: sandbox.faults([{"host": "sign-in", "path": "token$", "effect": "throttle"}]),
        lambda: sandbox.faults([{"host": "sign-in", "path": "token$", "effect": "status", "status": 403}]),
        lambda: sandbox.faults([{"host": "sign-in", "path": "configuration$", "effect": "status", "status": 403}]),
        lambda: sandbox.faults([{"host": "sign-in", "path": "configuration$", "effect": "redirect", "location": "/x"}]),
        lambda: setattr(settings, "TOKEN_KEYS", [new_token_key()]),
        lambda: Account.objects.update(cache=""),
    )
    sandbox.identity.revoke("access")
    sandbox.options = Options(token_seconds=1)
    for wrong in wrongs:
        without_memory()
        Connection.objects.update(health=Health.OK, failures=0, closed_until=None)
        Change.objects.update(not_before=None)
        wrong()
        push.drain(connected.pk)
        change.refresh_from_db()
        assert change.push == Push.READY
        assert sandbox.ledger() == []


def test_nobody_writes_a_history_of_a_tenant_that_nobody_connected(registered):
    assert synchronise(registered, cause=Cause.TIMETABLE) is None
    push.drain(registered.pk)

    assert not registered.sync_runs.exists()
    assert set(Entry.objects.values_list("verb", flat=True)) == {"account.registered"}


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
