"""G13: what somebody else changed is told field by field, nine ways: base, now and wanted each alike or not."""

import pytest

from portal.changes.drift.adopting import adoption
from portal.changes.meanwhile import meanwhile
from portal.changes.objects import ChangedObject, Wanted, objects_of
from portal.mirror.kinds import Action
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.labels.builders import described, in_days, make_label
from tests.labels.factories import change_in_purview
from tests.portal.changes.builders import agreed, creation, deletion, drafted, mirror, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def label(tenant: Tenant) -> Mirrored:
    return mirror(agreed(tenant), make_label())


def changing(tenant: Tenant, author: Person, wanted: Wanted) -> ChangedObject:
    return objects_of(drafted(tenant, author, wanted).changes.all())[0]


@pytest.mark.parametrize(
    ("wanted", "now", "verdict"),
    [
        ("", "", None),
        ("Mine", "", None),
        ("", "Theirs", "kept"),
        ("Mine", "Mine", "there"),
        ("Mine", "Theirs", "conflict"),
    ],
)
def test_meanwhile_compares_three_ways(
    tenant: Tenant, author: Person, label: Mirrored, wanted: str, now: str, verdict: str | None
) -> None:
    changed = changing(tenant, author, update(label, descriptionForUsers=wanted, descriptionForAdmins="Mine"))
    change_in_purview(label, descriptionForUsers=now)

    met = meanwhile(changed, label)

    assert [(one.drafted, one.now, one.wanted, one.verdict) for one in met] == (
        [("", now, wanted, verdict)] if verdict else []
    )


def test_meanwhile_tells_every_setting(tenant: Tenant, author: Person, label: Mirrored) -> None:
    changed = changing(tenant, author, update(label, retentionDuration=in_days(4000)))
    change_in_purview(label, retentionDuration=in_days(900), descriptors=described(authority="Business"))

    met = meanwhile(changed, label)

    assert [(one.label, one.wanted, one.verdict) for one in met] == [
        ("Period", "4,000 days", "conflict"),
        ("Authority", "Legal", "kept"),
    ]


@pytest.mark.parametrize("action", [Action.DELETE, Action.ADOPT])
def test_meanwhile_of_a_whole_object_is_a_conflict(
    tenant: Tenant, author: Person, label: Mirrored, action: Action
) -> None:
    change_in_purview(label, descriptionForUsers="Theirs")
    changed = changing(tenant, author, deletion(label) if action == Action.DELETE else adoption(label))
    change_in_purview(label, descriptionForUsers="Again")

    met = meanwhile(changed, label)

    assert [(one.drafted, one.now, one.verdict) for one in met] == [("Theirs", "Again", "conflict")]


def test_meanwhile_of_a_creation_and_of_what_is_gone_is_nothing(
    tenant: Tenant, author: Person, label: Mirrored
) -> None:
    assert meanwhile(changing(tenant, author, creation(make_label(displayName="New"))), None) == ()
    assert meanwhile(changing(tenant, author, update(label, descriptionForUsers="Mine")), None) == ()
