from typing import Any

import pytest

from portal.mirror.kinds import Proposal
from tests.labels.builders import (
    BLOCK,
    FOREVER,
    WARN,
    create,
    in_days,
    known,
    make_label,
    make_plan,
    on_event,
    reviewed,
    said,
    stage,
    update,
)

BEHAVIOR = "behaviorDuringRetentionPeriod"
ACTION = "actionAfterRetentionPeriod"
TOGETHER = (
    "Set behaviour, duration, trigger and action together. For a label without retention choose "
    "“Do not retain” and “Do nothing”, and leave duration and trigger empty."
)


def new(**fields: Any) -> Proposal:
    return create(make_label(**fields))


@pytest.mark.parametrize(
    ("field", "nothing"),
    [(BEHAVIOR, ""), ("retentionDuration", None), ("retentionTrigger", None), (ACTION, ""), (ACTION, 5)],
)
def test_vr_09_blocks_a_missing_setting(field: str, nothing: Any) -> None:
    assert said("VR-09", new(**{field: nothing})) == [(BLOCK, field, TOGETHER)]


@pytest.mark.parametrize(
    "fields",
    [
        {"retentionDuration": None, "retentionTrigger": None},
        {"retentionDuration": in_days(10), "retentionTrigger": "dateCreated"},
    ],
)
def test_vr_09_accepts_a_label_that_does_not_retain(fields: dict[str, Any]) -> None:
    assert said("VR-09", new(**{BEHAVIOR: "doNotRetain", ACTION: "none"}, **fields)) == []


def test_vr_09_blocks_a_duration_that_counts_from_nothing() -> None:
    change = new(**{BEHAVIOR: "doNotRetain", ACTION: "none"}, retentionTrigger=None)

    assert said("VR-09", change) == [(BLOCK, "retentionTrigger", TOGETHER)]


@pytest.mark.parametrize("field", [BEHAVIOR, ACTION, "retentionTrigger", "defaultRecordBehavior"])
@pytest.mark.parametrize("value", ["unknownFutureValue", "freeze"])
def test_vr_09_blocks_a_setting_it_does_not_know(field: str, value: str) -> None:
    assert said("VR-09", new(**{field: value})) == [
        (BLOCK, field, f"“{value}” is a setting Fileplan does not know. Choose one of those offered.")
    ]


def test_vr_09_warns_of_an_unknown_setting_that_stays() -> None:
    assert said("VR-09", update(make_label(**{ACTION: "freeze"}), descriptionForAdmins="New")) == [
        (WARN, ACTION, "“freeze” is a setting Fileplan does not know. Choose one of those offered.")
    ]


@pytest.mark.parametrize("days", [-1, 0, 36_526, 1.5, 1e9, 1_000_000_000, 365.0, "365", "٣٦٥", "", None, True, [], {}])
def test_vr_10_blocks_what_is_not_1_to_36525_whole_days(days: Any) -> None:
    assert said("VR-10", new(retentionDuration=in_days(days))) == [
        (BLOCK, "retentionDuration", "Enter 1 to 36,525 days, or choose “For ever”.")
    ]


@pytest.mark.parametrize("duration", [{}, {"days": 365}, "365", 365, [], {"@odata.type": "#x.inMonths", "months": 3}])
def test_vr_10_blocks_what_is_no_duration(duration: Any) -> None:
    assert [level for level, _, _ in said("VR-10", new(retentionDuration=duration))] == [BLOCK]


@pytest.mark.parametrize("duration", [in_days(1), in_days(36_525), FOREVER])
def test_vr_10_accepts_1_to_36525_days_and_for_ever(duration: Any) -> None:
    assert said("VR-10", new(retentionDuration=duration)) == []


@pytest.mark.parametrize(
    ("action", "words"),
    [("delete", "Delete"), ("startDispositionReview", "Start a disposition review"), ("relabel", "Relabel")],
)
def test_vr_11_blocks_an_action_for_ever_never_reaches(action: str, words: str) -> None:
    assert said("VR-11", new(retentionDuration=FOREVER, **{ACTION: action})) == [
        (BLOCK, ACTION, f"A period without end never reaches “{words}”. Choose “Do nothing”, or enter days.")
    ]


def test_vr_11_accepts_for_ever_without_action() -> None:
    assert said("VR-11", new(retentionDuration=FOREVER, **{ACTION: "none"})) == []


def test_vr_12_blocks_an_event_with_for_ever() -> None:
    assert said("VR-12", create(on_event(retentionDuration=FOREVER))) == [
        (BLOCK, "retentionDuration", "Event-based retention needs a number of days. Enter 1 to 36,525 days.")
    ]


def test_vr_12_accepts_an_event_with_days() -> None:
    assert said("VR-12", create(on_event())) == []


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_vr_13_blocks_an_event_without_type(nothing: str | None) -> None:
    assert said("VR-13", create(on_event(retentionEventType=nothing))) == [
        (BLOCK, "retentionEventType", "Choose the event type that starts the period.")
    ]


def test_vr_13_accepts_an_event_with_type() -> None:
    assert said("VR-13", create(on_event())) == []


def test_vr_14_blocks_an_event_type_without_event() -> None:
    assert said("VR-14", new(retentionEventType="Employee departure")) == [
        (BLOCK, "retentionEventType", "Remove the event type, or set the start of the period to “An event”.")
    ]


def test_vr_14_accepts_an_event_type_with_event() -> None:
    assert said("VR-14", create(on_event())) == []


def test_vr_15_blocks_an_event_type_nobody_has() -> None:
    assert said("VR-15", create(on_event(retentionEventType="Moon landing"))) == [
        (
            BLOCK,
            "retentionEventType",
            "The event type “Moon landing” does not exist yet. Add it to this change or choose another.",
        )
    ]


def test_vr_15_accepts_an_event_type_of_the_same_request() -> None:
    plan = make_plan(known("retentionEventType", "Moon landing"))

    assert said("VR-15", create(on_event(retentionEventType="moon landing")), plan) == []


def test_vr_16_blocks_an_event_that_does_not_retain() -> None:
    assert said("VR-16", create(on_event(**{BEHAVIOR: "doNotRetain"}))) == [
        (BLOCK, BEHAVIOR, "Event-based labels must retain content. Choose a behaviour that retains.")
    ]


@pytest.mark.parametrize("behavior", ["retain", "retainAsRecord", "retainAsRegulatoryRecord"])
def test_vr_16_accepts_an_event_that_retains(behavior: str) -> None:
    assert said("VR-16", create(on_event(**{BEHAVIOR: behavior}))) == []


def test_vr_17_blocks_an_event_that_leads_to_nothing() -> None:
    assert said("VR-17", create(on_event(**{ACTION: "none"}))) == [
        (
            BLOCK,
            ACTION,
            "Event-based labels must end in deletion, disposition review or relabelling. Choose one of them.",
        )
    ]


@pytest.mark.parametrize("action", ["delete", "startDispositionReview", "relabel"])
def test_vr_17_accepts_an_event_that_ends(action: str) -> None:
    assert said("VR-17", create(on_event(**{ACTION: action}))) == []


def test_vr_28_blocks_a_review_of_what_is_not_retained() -> None:
    change = create(reviewed(stage(1, "HR", "hr@contoso.com"), **{BEHAVIOR: "doNotRetain"}))

    assert said("VR-28", change) == [
        (BLOCK, BEHAVIOR, "A review needs content that is retained. Choose a behaviour that retains.")
    ]


def test_vr_28_accepts_a_review_of_what_is_retained() -> None:
    assert said("VR-28", create(reviewed(stage(1, "HR", "hr@contoso.com")))) == []


@pytest.mark.parametrize("behavior", ["retain", "doNotRetain"])
def test_vr_29_blocks_unlocked_for_what_is_no_record(behavior: str) -> None:
    assert said("VR-29", new(defaultRecordBehavior="startUnlocked", **{BEHAVIOR: behavior})) == [
        (
            BLOCK,
            "defaultRecordBehavior",
            "Start locked or unlocked applies to records only. Choose “Locked”, or retain as a record.",
        )
    ]


def test_vr_29_accepts_unlocked_records_and_locked_anything() -> None:
    unlocked_record = new(defaultRecordBehavior="startUnlocked", **{BEHAVIOR: "retainAsRecord"})

    assert said("VR-29", unlocked_record) == said("VR-29", new()) == []


def test_vr_30_blocks_an_unlocked_regulatory_record() -> None:
    assert said("VR-30", new(defaultRecordBehavior="startUnlocked", **{BEHAVIOR: "retainAsRegulatoryRecord"})) == [
        (BLOCK, "defaultRecordBehavior", "Regulatory records cannot be unlocked. Choose “Locked”.")
    ]


def test_vr_30_accepts_a_locked_regulatory_record() -> None:
    assert said("VR-30", new(**{BEHAVIOR: "retainAsRegulatoryRecord"})) == []
