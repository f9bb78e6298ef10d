"""A label in plain English."""

from typing import Any

import pytest

from labels.document import blank
from labels.models import AfterPeriod, Behavior, Trigger
from labels.summary import KEPT, sentences, spoken
from tests.labels.builders import FOREVER, followed, in_days, make_label, on_event, reviewed, stage


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (
            make_label(retentionDuration=in_days(2190)),
            "Keep each item for <b>6 years</b> after it was <b>created</b>. "
            "Then it is <b>deleted</b>, without asking anybody.",
        ),
        (
            on_event(
                behaviorDuringRetentionPeriod="retainAsRecord",
                actionAfterRetentionPeriod="startDispositionReview",
                dispositionReviewStages=[stage(1, "HR"), stage(2, "Legal")],
            ),
            "Keep each item as a <b>locked record</b> for <b>10 years</b> after "
            "<b>“Employee departure” is recorded</b>. Then <b>2 stages</b> review it, one after the other. "
            "If all approve, it is <b>deleted</b>.",
        ),
        (make_label(retentionDuration=FOREVER), "Keep each item for ever. Nothing happens after that."),
        (
            followed("<i>Next</i>", retentionDuration=in_days(40)),
            "Keep each item for <b>40 days</b> after it was <b>created</b>. "
            "Then “<b>&lt;i&gt;Next&lt;/i&gt;</b>” takes over.",
        ),
        (
            {**blank(), "behaviorDuringRetentionPeriod": "doNotRetain", "actionAfterRetentionPeriod": "none"},
            "A bare label: it marks items and retains nothing.",
        ),
        (blank(), "Choose how the item is kept, for how long, counted from when, and what happens then."),
        (
            reviewed(),
            "Choose how the item is kept, for how long, counted from when, and what happens then.",
        ),
    ],
)
def test_sentences_say_what_the_label_does(document: dict[str, Any], told: str) -> None:
    assert sentences(document) == told


def test_every_possible_combination_has_its_sentence() -> None:
    possible = {(behavior, trigger) for behavior in Behavior for trigger in Trigger}

    assert possible - set(KEPT) == {(Behavior.DO_NOT_RETAIN, Trigger.EVENT)}


@pytest.mark.parametrize("action", AfterPeriod)
def test_every_action_is_told(action: AfterPeriod) -> None:
    document = make_label(
        actionAfterRetentionPeriod=action, labelToBeApplied="Next", dispositionReviewStages=[stage(1, "HR")]
    )

    assert " Then " in sentences(document)


@pytest.mark.parametrize(
    ("days", "told"),
    [(365, "1 year"), (2557, "7 years"), (183, "6 months"), (180, "180 days"), (1, "1 day"), (4000, "4,000 days")],
)
def test_periods_are_spoken(days: int, told: str) -> None:
    assert spoken(days) == told
