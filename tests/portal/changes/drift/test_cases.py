import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from portal.changes.drift.adopting import adoption
from portal.changes.drift.cases import MOST, Case, cases, chosen, count, listed, open_on
from portal.errors import Invalid, Stale
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.labels.builders import make_label
from tests.labels.factories import change_in_purview
from tests.portal.changes.builders import agreed, drafted, mirror, released
from tests.portal.changes.drift.conftest import made_outside, outside

pytestmark = pytest.mark.django_db


def found(tenant: Tenant) -> list[Case]:
    return cases(tenant, listed(tenant), sees=True)


def test_cases_are_what_differs_and_what_was_made_outside(tenant: Tenant, changed: Mirrored, made: Mirrored) -> None:
    mirror(tenant, make_label(displayName="As agreed"))

    held = found(tenant)

    assert [(case.row, case.was_made_outside, case.who) for case in held] == [
        (changed, False, "g.meyer"),
        (made, True, "g.meyer"),
    ]
    assert [[row.label for row in case.changed] for case in held] == [["Period"], []]
    assert count(tenant) == 2


def test_cases_come_of_every_kind_and_of_one_tenant(tenant: Tenant, other_tenant: Tenant, changed: Mirrored) -> None:
    made_outside(tenant, {"displayName": "Made", "description": ""}, "retentionEventType")
    made_outside(tenant, {"displayName": "Made"}, "authority")
    made_outside(agreed(other_tenant), make_label(displayName="Elsewhere"))

    assert [case.row.kind for case in found(tenant)] == ["authority", "retentionEventType", "retentionLabel"]


def test_cases_are_none_before_the_baseline_and_of_what_is_gone(tenant: Tenant, changed: Mirrored) -> None:
    changed.gone_at = changed.seen_at
    changed.save()

    assert count(tenant) == 0


def test_cases_name_the_requests_that_are_open(
    tenant: Tenant, author: Person, approver: Person, changed: Mirrored, made: Mirrored
) -> None:
    released(tenant, author, [approver], adoption(made))
    first, second = (drafted(tenant, author, adoption(changed)) for _ in range(2))

    assert [case.requests for case in found(tenant)] == [(second, first)]
    assert open_on(tenant, [made]) == {}


def test_cases_cost_the_same_for_one_and_three(tenant: Tenant, author: Person, changed: Mirrored) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            for case in found(tenant):
                assert case.row.is_drifted
                assert case.difference is not None
                assert list(case.requests) is not None
        return len(queries)

    drafted(tenant, author, adoption(changed))
    one = asked()
    for number in range(2):
        row = outside(tenant, make_label(displayName=f"Other {number}"), descriptionForUsers="Theirs")
        drafted(tenant, author, adoption(row))

    assert asked() == one


# Choosing


def test_chosen_are_the_rows_that_were_read(tenant: Tenant, changed: Mirrored, made: Mirrored) -> None:
    keys = [str(Case(row).key) for row in (made, changed)]

    assert chosen(tenant, [*keys, keys[0]]) == [made, changed]


@pytest.mark.parametrize(
    "key", ["", "x", "retentionLabel", "retentionLabel:1", "nothing:1:" + "0" * 64, "retentionLabel:1:XY", "a:b:c:d"]
)
def test_chosen_refuses_what_is_no_case(tenant: Tenant, key: str) -> None:
    with pytest.raises(Invalid, match="not clear which object"):
        chosen(tenant, [key])


@pytest.mark.parametrize("how_many", [0, MOST + 1])
def test_chosen_refuses_nothing_and_too_much(tenant: Tenant, how_many: int) -> None:
    with pytest.raises(Invalid, match="Choose at least one"):
        chosen(tenant, [f"retentionLabel:{number}:{'0' * 64}" for number in range(how_many)])


@pytest.mark.parametrize("what", ["changed", "agreed"])
def test_chosen_refuses_what_is_no_longer_so(tenant: Tenant, changed: Mirrored, what: str) -> None:
    key = str(Case(changed).key)
    if what == "changed":
        change_in_purview(changed, descriptionForUsers="Again")
    else:
        type(changed)._default_manager.update(agreed=changed.document, agreed_hash=changed.document_hash)

    with pytest.raises(Stale, match="no longer as you read it"):
        chosen(tenant, [key])


def test_chosen_finds_nothing_of_another_tenant(tenant: Tenant, other_tenant: Tenant, changed: Mirrored) -> None:
    theirs = Case(outside(agreed(other_tenant), descriptionForUsers="Theirs")).key

    with pytest.raises(Http404):
        chosen(tenant, [str(Case(changed).key), str(theirs)])


def test_chosen_refuses_namesakes(tenant: Tenant, changed: Mirrored) -> None:
    """One request says one thing of one name."""
    twin = made_outside(tenant, make_label(displayName="fin invoices 10Y "))

    with pytest.raises(Invalid, match="same name"):
        chosen(tenant, [str(Case(row).key) for row in (changed, twin)])
