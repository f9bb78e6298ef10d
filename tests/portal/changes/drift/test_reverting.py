"""The way back: what Graph and the rules allow is offered, everything else is told with its reason."""

from typing import Any

import pytest

from labels.document import PARTS
from portal.changes.drift.reverting import way_back
from portal.mirror.kinds import Action
from portal.mirror.models import Mirrored
from portal.tenants.models import Person, Tenant
from tests.labels.builders import described, followed, in_days, make_label, on_event, reviewed, stage
from tests.labels.factories import change_in_purview
from tests.portal.changes.builders import mirror, submitted
from tests.portal.changes.drift.conftest import made_outside, outside

pytestmark = pytest.mark.django_db
BY_HAND = "Purview lets no program set this again. Put it back by hand in Purview, or adopt it."


def test_way_back_puts_back_what_graph_can_set(tenant: Tenant, changed: Mirrored) -> None:
    back = way_back(changed)

    assert back.wanted is not None
    assert (back.wanted.action, back.wanted.base) == (Action.UPDATE, changed.document)
    assert (back.wanted.after, back.wanted.target, back.is_whole) == (changed.agreed, changed.graph_id, True)
    assert [(row.label, row.after) for row in back.back] == [("Period", "3,653 days (10 calendar years)")]


def test_way_back_that_shortens_asks_as_any_change_does(
    tenant: Tenant, author: Person, approver: Person, second_approver: Person
) -> None:
    row = outside(tenant, retentionDuration=in_days(5000))
    wanted = way_back(row).wanted
    assert wanted is not None

    request = submitted(tenant, author, type(wanted)(**{**wanted.__dict__, "acknowledged": {"VR-42": "Agreed."}}))

    assert request.approvals_wanted == 2


@pytest.mark.parametrize(
    ("document", "fields", "what", "why"),
    [
        (make_label(), {"behaviorDuringRetentionPeriod": "retainAsRecord"}, "Keep the item", "is fixed once a label"),
        (make_label(), {"retentionTrigger": "dateModified"}, "Counted from", "is fixed once a label exists"),
        (make_label(), {"descriptors": described(authority="Business")}, "Authority", BY_HAND),
        (make_label(), {"descriptors": described(authority="Legal", category="Finance")}, "Category", BY_HAND),
        (
            reviewed(stage(1, "Legal", "a@harrow.test")),
            {"dispositionReviewStages": [stage(1, "Legal", "a@harrow.test"), stage(2, "Late", "b@harrow.test")]},
            "Stage 2",
            "Stages cannot be removed",
        ),
        (
            make_label(retentionTrigger="dateLabeled"),
            {"retentionDuration": in_days(4000)},
            "Period",
            "Durations of labels that start when labelled are fixed",
        ),
        (
            make_label(behaviorDuringRetentionPeriod="retainAsRegulatoryRecord"),
            {"retentionDuration": in_days(4000)},
            "Period",
            "can only be extended",
        ),
    ],
)
def test_way_back_is_closed_with_a_reason(
    tenant: Tenant, document: dict[str, Any], fields: dict[str, Any], what: str, why: str
) -> None:
    back = way_back(outside(tenant, document, **fields))

    assert back.wanted is None
    assert [obstacle.what for obstacle in back.obstacles] == [what]
    assert why in back.obstacles[0].why


def test_way_back_goes_as_far_as_it_goes(tenant: Tenant) -> None:
    row = outside(tenant, descriptionForUsers="Theirs", descriptors=described(authority="Business"))

    back = way_back(row)

    assert back.wanted is not None
    assert back.wanted.after == {**row.document, "descriptionForUsers": ""}
    assert [obstacle.what for obstacle in back.obstacles] == ["Authority"]
    assert not back.is_whole


def test_way_back_holds_every_difference(tenant: Tenant) -> None:
    """No setting is left out: it is put back, or the page says why not."""
    row = outside(
        tenant,
        descriptionForUsers="Theirs",
        retentionTrigger="dateModified",
        retentionDuration=in_days(900),
        descriptors=dict.fromkeys(PARTS),
    )

    back = way_back(row)

    assert {one.label for one in back.back} == {"Text users see", "Period"}
    assert {one.what for one in back.obstacles} == {"Counted from", "Authority"}


def test_way_back_of_an_event_type_is_its_description(tenant: Tenant) -> None:
    row = mirror(tenant, {"displayName": "Contract end", "description": "Agreed."}, "retentionEventType")
    change_in_purview(row, description="Theirs")

    back = way_back(row)

    assert back.wanted is not None
    assert back.wanted.after == {"displayName": "Contract end", "description": "Agreed."}


def test_way_back_of_a_descriptor_is_by_hand(tenant: Tenant) -> None:
    row = mirror(
        tenant, {"displayName": "Act", "citationUrl": "https://a.test", "citationJurisdiction": ""}, "citation"
    )
    change_in_purview(row, citationUrl="https://b.test")

    back = way_back(row)

    assert back.wanted is None
    assert [obstacle.why for obstacle in back.obstacles] == [BY_HAND]


def test_way_back_of_what_was_made_outside_is_to_delete_it(tenant: Tenant, made: Mirrored) -> None:
    back = way_back(made)

    assert back.deletes
    assert back.wanted is not None
    assert (back.wanted.base, back.wanted.after, back.wanted.target) == (made.document, None, made.graph_id)


@pytest.mark.parametrize(
    ("document", "said", "why"),
    [
        (on_event(), {}, "Purview does not allow deleting this kind of label."),
        (make_label(behaviorDuringRetentionPeriod="retainAsRegulatoryRecord"), {}, "does not allow deleting"),
        (
            make_label(behaviorDuringRetentionPeriod="retainAsRecord"),
            {"isInUse": True},
            "Items still carry this record",
        ),
    ],
)
def test_way_back_does_not_delete_what_cannot_be_deleted(
    tenant: Tenant, document: dict[str, Any], said: dict[str, Any], why: str
) -> None:
    back = way_back(made_outside(tenant, document, **said))

    assert back.wanted is None
    assert why in back.obstacles[0].why


def test_way_back_does_not_delete_what_another_label_leads_to(tenant: Tenant, made: Mirrored) -> None:
    mirror(tenant, followed("HR Notes 10y", displayName="First"))

    assert way_back(made).obstacles[0].why == "“First” relabels to this label. Change “First” first."


def test_way_back_does_not_delete_a_subcategory(tenant: Tenant) -> None:
    row = made_outside(tenant, {"displayName": "Payable", "category": "Finance"}, "subcategory")

    back = way_back(row)

    assert back.wanted is None
    assert back.obstacles[0].why == (
        "Purview lets no program delete subcategories. Delete it by hand in Purview, or adopt it."
    )
