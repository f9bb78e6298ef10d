import pytest

from portal.audit.models import Entry
from portal.mirror import kinds
from portal.mirror.check import check
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
        ({"effect": "throttle", "retry_after": 7}, "asked to wait"),
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


def test_nothing_is_tried_without_an_account(registered):  # noqa: F811
    check(registered)

    assert not Entry.objects.filter(verb="account.checked").exists()
