"""Which options the other choices rule out."""

from itertools import product
from typing import Any

import pytest

from labels.models import AfterPeriod, Behavior, Trigger
from labels.possible import impossible
from tests.labels.builders import FOREVER, make_label


@pytest.mark.parametrize(
    ("fields", "field", "ruled_out"),
    [
        ({"retentionTrigger": "dateOfEvent"}, "actionAfterRetentionPeriod", {"none"}),
        ({"retentionTrigger": "dateOfEvent"}, "behaviorDuringRetentionPeriod", {"doNotRetain"}),
        ({"behaviorDuringRetentionPeriod": "doNotRetain"}, "retentionTrigger", {"dateOfEvent"}),
        (
            {"behaviorDuringRetentionPeriod": "retainAsRegulatoryRecord"},
            "actionAfterRetentionPeriod",
            {"relabel"},
        ),
        (
            {"retentionDuration": FOREVER, "actionAfterRetentionPeriod": "none"},
            "actionAfterRetentionPeriod",
            {"delete", "startDispositionReview", "relabel"},
        ),
        ({}, "actionAfterRetentionPeriod", set()),
    ],
)
def test_impossible_options_are_named(fields: dict[str, Any], field: str, ruled_out: set[str]) -> None:
    assert set(impossible(make_label(**fields))[field]) == ruled_out


def test_what_is_chosen_is_never_ruled_out() -> None:
    for behavior, trigger, action in product(Behavior, Trigger, AfterPeriod):
        document = make_label(
            behaviorDuringRetentionPeriod=behavior,
            retentionTrigger=trigger,
            actionAfterRetentionPeriod=action,
            retentionDuration=FOREVER,
        )

        assert all(document[field] not in options for field, options in impossible(document).items())
