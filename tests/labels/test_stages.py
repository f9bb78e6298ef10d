"""Stages while they are written."""

import pytest
from django.http import QueryDict

from labels.stages import MOST_TYPED, Typed, posted, pressed, typed, with_stages


def named(*names: str) -> list[Typed]:
    return [{"name": name, "reviewersEmailAddresses": f"{name}@x.test"} for name in names]


@pytest.mark.parametrize(
    ("button", "known", "names", "focus"),
    [
        ("add", 0, ["a", "b", "c", ""], 3),
        ("up-2", 0, ["b", "a", "c"], 0),
        ("down-2", 0, ["a", "c", "b"], 2),
        ("remove-3", 0, ["a", "b"], 1),
        ("up-1", 0, ["a", "b", "c"], 0),
        ("down-3", 0, ["a", "b", "c"], 2),
        ("up-3", 2, ["a", "b", "c"], 2),
        ("remove-2", 2, ["a", "b", "c"], None),
        ("down-2", 2, ["a", "b", "c"], None),
        ("remove-٣", 0, ["a", "b", "c"], None),
        ("explode-1", 0, ["a", "b", "c"], 0),
        ("", 0, ["a", "b", "c"], None),
    ],
)
def test_button_moves_only_what_may_move(button: str, known: int, names: list[str], focus: int | None) -> None:
    moved = pressed(named("a", "b", "c"), button, known=known)

    assert ([stage["name"] for stage in moved.stages], moved.focus) == (names, focus)


def test_last_stage_can_be_removed() -> None:
    assert pressed(named("a"), "remove-1", known=0) == ([], None)


def test_stages_cannot_grow_without_end() -> None:
    full = named(*("x" * MOST_TYPED))

    assert pressed(full, "add", known=0).stages == full


def test_posted_stages_are_read_as_they_were_typed() -> None:
    assert typed(posted(named("a", "b"))) == named("a", "b")


def test_other_fields_stay_when_stages_change() -> None:
    data = QueryDict(mutable=True)
    data.update({"displayName": "HR", **posted(named("a", "b"))})

    changed = with_stages(data, named("c"))

    assert typed(changed) == named("c")
    assert changed["displayName"] == "HR"
    assert "dispositionReviewStages-1-name" not in changed
