from typing import Any

import pytest

from portal.mirror.kinds import Proposal
from tests.labels.builders import (
    BLOCK,
    CONFIRM,
    FOREVER,
    create,
    delete,
    findings,
    followed,
    in_days,
    known_label,
    make_label,
    make_plan,
    on_event,
    said,
    update,
)

BEHAVIOR = "behaviorDuringRetentionPeriod"
DURATION = "retentionDuration"
UNKNOWN = {"@odata.type": "#microsoft.graph.security.retentionDurationInDays", "days": 40_000}
SHORTER = "Items already labelled get the shorter period and may be due for deletion within days."


def regulatory(**fields: Any) -> dict[str, Any]:
    return make_label(**{BEHAVIOR: "retainAsRegulatoryRecord"} | fields)


def two_approvers(rule: str, change: Proposal) -> list[bool]:
    return [finding.two_approvers for finding in findings(rule, change)]


def test_vr_38_wants_two_approvers_for_a_regulatory_label() -> None:
    change = create(regulatory())

    assert said("VR-38", change) == [
        (
            CONFIRM,
            BEHAVIOR,
            "This cannot be undone: the label cannot be deleted, the period can only grow, nobody can remove it "
            "from an item, and it cannot be auto-applied. The option must be switched on in the tenant first.",
        )
    ]
    assert two_approvers("VR-38", change) == [True]


def test_vr_38_concerns_new_regulatory_labels_only() -> None:
    edited = update(regulatory(), descriptionForAdmins="New")

    assert said("VR-38", create(make_label())) == said("VR-38", edited) == []


@pytest.mark.parametrize(("before", "now"), [(in_days(3653), "currently 3,653 days"), (FOREVER, "currently for ever")])
def test_vr_39_blocks_a_shorter_regulatory_period(before: Any, now: str) -> None:
    assert said("VR-39", update(regulatory(retentionDuration=before), retentionDuration=in_days(3652))) == [
        (BLOCK, DURATION, f"The period of a regulatory record can only be extended ({now}).")
    ]


def test_vr_39_blocks_days_where_the_period_is_not_known() -> None:
    assert said("VR-39", update(regulatory(retentionDuration=UNKNOWN), retentionDuration=in_days(36_525))) == [
        (
            BLOCK,
            DURATION,
            "The period of a regulatory record can only be extended, and Fileplan does not know what it is now. "
            "Leave it as it is.",
        )
    ]


@pytest.mark.parametrize("after", [in_days(3654), FOREVER])
def test_vr_39_accepts_a_longer_regulatory_period(after: Any) -> None:
    assert said("VR-39", update(regulatory(), retentionDuration=after)) == []


def test_vr_39_does_not_concern_other_labels() -> None:
    assert said("VR-39", update(make_label(), retentionDuration=in_days(1))) == []


@pytest.mark.parametrize("after", [in_days(1), in_days(9_999), FOREVER])
def test_vr_40_blocks_any_other_period_of_a_labelled_start(after: Any) -> None:
    assert said("VR-40", update(make_label(retentionTrigger="dateLabeled"), retentionDuration=after)) == [
        (
            BLOCK,
            DURATION,
            "Durations of labels that start when labelled are fixed. Create a replacement label.",
        )
    ]


def test_vr_40_accepts_other_edits_and_other_starts() -> None:
    edited = update(make_label(retentionTrigger="dateLabeled"), descriptionForAdmins="New")

    assert said("VR-40", edited) == said("VR-40", update(make_label(), retentionDuration=in_days(9_999))) == []


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        (BEHAVIOR, "retainAsRecord", "Keep the item"),
        ("retentionTrigger", "dateModified", "Counted from"),
        ("retentionEventType", "Employee departure", "Event type"),
        ("actionAfterRetentionPeriod", "none", "Then"),
    ],
)
def test_vr_41_blocks_another_setting(field: str, value: str, label: str) -> None:
    assert said("VR-41", update(make_label(), **{field: value})) == [
        (
            BLOCK,
            field,
            f"“{label}” is fixed once a label exists. Create a replacement label with the new setting.",
        )
    ]


def test_vr_41_accepts_what_can_be_changed() -> None:
    assert said("VR-41", update(make_label(), retentionDuration=in_days(1), descriptionForUsers="New")) == []


@pytest.mark.parametrize("before", [in_days(3653), FOREVER, UNKNOWN, {}])
def test_vr_42_wants_two_approvers_for_a_shorter_period(before: Any) -> None:
    change = update(make_label(retentionDuration=before), retentionDuration=in_days(3652))

    assert said("VR-42", change) == [(CONFIRM, DURATION, SHORTER)]
    assert two_approvers("VR-42", change) == [True]


@pytest.mark.parametrize("after", [in_days(3653), in_days(3654), FOREVER, in_days(-1), None])
def test_vr_42_accepts_what_is_not_shorter(after: Any) -> None:
    assert said("VR-42", update(make_label(), retentionDuration=after)) == []


def test_vr_42_does_not_concern_what_had_no_period() -> None:
    assert said("VR-42", update(make_label(retentionDuration=None), retentionDuration=in_days(1))) == []


def test_vr_43_wants_two_approvers_for_an_event_based_label() -> None:
    change = create(on_event())

    assert said("VR-43", change) == [
        (CONFIRM, "retentionTrigger", "Event-based labels can never be deleted from the tenant.")
    ]
    assert two_approvers("VR-43", change) == [True]


def test_vr_43_concerns_new_event_based_labels_only() -> None:
    edited = update(on_event(), descriptionForAdmins="New")

    assert said("VR-43", create(make_label())) == said("VR-43", edited) == []


def test_vr_44_asks_to_confirm_a_labelled_start() -> None:
    change = create(make_label(retentionTrigger="dateLabeled"))

    assert said("VR-44", change) == [(CONFIRM, "retentionTrigger", "The duration can never be changed afterwards.")]
    assert two_approvers("VR-44", change) == [False]


def test_vr_44_does_not_concern_other_starts() -> None:
    assert said("VR-44", create(make_label())) == []


@pytest.mark.parametrize("label", [on_event(), regulatory()], ids=["event-based", "regulatory"])
def test_vr_45_blocks_deleting_what_purview_keeps(label: dict[str, Any]) -> None:
    assert said("VR-45", delete(label)) == [
        (
            BLOCK,
            "displayName",
            "Purview does not allow deleting this kind of label. Unpublish it and mark it retired.",
        )
    ]


def test_vr_45_accepts_deleting_others() -> None:
    assert said("VR-45", delete(make_label())) == []


def test_vr_46_blocks_deleting_a_replacement() -> None:
    plan = make_plan(*(known_label(followed("fin invoices 10Y", displayName=name)) for name in "AB"))

    assert said("VR-46", delete(make_label()), plan) == [
        (BLOCK, "displayName", "“A” relabels to this label. Change “A” first."),
        (BLOCK, "displayName", "“B” relabels to this label. Change “B” first."),
    ]


def test_vr_46_accepts_deleting_what_nothing_leads_to() -> None:
    plan = make_plan(known_label(followed("Other", displayName="A")))

    assert said("VR-46", delete(make_label()), plan) == []


@pytest.mark.parametrize("in_use", [True, None])
def test_vr_47_wants_two_approvers_to_delete_a_label_in_use(in_use: bool | None) -> None:
    """None: Graph did not say, and what it does not say is no permission (contract 3.3)."""
    change = delete(make_label(), in_use=in_use)

    assert said("VR-47", change) == [
        (
            CONFIRM,
            "displayName",
            "Deleting removes the label from all items that carry it; they lose their retention.",
        )
    ]
    assert two_approvers("VR-47", change) == [True]


def test_vr_47_does_not_concern_unused_labels_and_records() -> None:
    record = delete(make_label(**{BEHAVIOR: "retainAsRecord"}), in_use=True)

    assert said("VR-47", delete(make_label())) == said("VR-47", record) == []


def test_vr_48_blocks_deleting_a_record_label_in_use() -> None:
    assert said("VR-48", delete(make_label(**{BEHAVIOR: "retainAsRecord"}), in_use=True)) == [
        (BLOCK, "displayName", "Items still carry this record label. Remove it there first.")
    ]


def test_vr_48_accepts_deleting_an_unused_record_label() -> None:
    record = delete(make_label(**{BEHAVIOR: "retainAsRecord"}))

    assert said("VR-48", record) == said("VR-48", delete(make_label(), in_use=True)) == []
