import pytest

from portal.audit.models import Entry
from portal.mirror import kinds
from portal.mirror.check import WAITS, check
from portal.tenants.models import Account
from tests.portal.tenants.accounts.conftest import connected, registered, sandbox  # noqa: F401  (fixtures)

NAMES = [str(kind.plural) for kind in kinds.listed() if "{" not in kind.path]


def test_every_listing_is_tried(connected, administrator):  # noqa: F811
    check(connected, by=administrator)

    account = Account.objects.get()
    assert [one["what"] for one in account.checked] == NAMES
    assert all(one["because"] == "" for one in account.checked)
    assert {one["what"]: one["found"] for one in account.checked}[str(kinds.of("retentionLabel").plural)] == 3
    assert Entry.objects.get(verb="account.checked").actor == administrator


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"effect": "status", "status": 403, "code": "accessDenied"}, "consent or the Purview role is missing"),
        ({"effect": "status", "status": 400}, "Refused (400"),
        ({"effect": "status", "status": 503}, "could not be read"),
    ],
)
def test_what_one_of_them_refuses_is_said_beside_the_others(connected, sandbox, rule, said):  # noqa: F811
    sandbox.faults([{"path": "triggers/retentionEvents$", **rule}])
    check(connected)

    refused = [one for one in Account.objects.get().checked if one["because"]]
    assert len(refused) == 1
    assert said in refused[0]["because"]
    assert Entry.objects.get(verb="account.checked").result == "error"


def test_nothing_more_is_tried_while_microsoft_wants_to_be_left_alone(connected, sandbox):  # noqa: F811
    first = f"{next(kind.path for kind in kinds.listed())}$"
    sandbox.faults([{"path": first, "effect": "throttle", "retry_after": 60}])
    asked = len(sandbox.journal())
    check(connected)

    assert len(sandbox.journal()) == asked + 1
    assert {one["because"] for one in Account.objects.get().checked} == {str(WAITS)}


def test_a_token_that_is_renewed_is_no_missing_right(connected, sandbox):  # noqa: F811
    sandbox.identity.revoke("access")
    check(connected)

    assert [one["because"] for one in Account.objects.get().checked if one["because"]] == []


def test_a_sign_in_that_has_ended_is_said_as_such(connected, sandbox):  # noqa: F811
    sandbox.identity.revoke("access")
    sandbox.identity.revoke("refresh")
    check(connected)

    assert "Sign in again" in Account.objects.get().checked[0]["because"]


def test_nothing_is_tried_without_an_account(registered):  # noqa: F811
    check(registered)

    assert not Entry.objects.filter(verb="account.checked").exists()
