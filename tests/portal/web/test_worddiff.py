from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web import worddiff
from portal.web.worddiff import Piece


def test_pieces_mark_whole_figures_and_addresses():
    assert worddiff.pieces("3,650 days", "3,653 days") == [
        Piece("removed", "3,650 "),
        Piece("added", "3,653 "),
        Piece("same", "days"),
    ]


def test_side_keeps_words_that_only_moved_behind_a_new_one():
    before, after = "Kept about ten years.", "Kept ten full years."

    assert [piece.text for piece in worddiff.side(before, after, "removed") if piece.mark == "removed"] == ["about "]
    assert [piece.text for piece in worddiff.side(before, after, "added") if piece.mark == "added"] == ["full "]


def test_pieces_keep_what_was_appended_after_a_word():
    assert worddiff.pieces("Act 1980", "Act 1980, s. 5")[-1] == Piece("added", ", s. 5")


@given(st.text(max_size=60), st.text(max_size=60))
def test_side_gives_the_words_of_its_text_again(before, after):
    assert "".join(piece.text for piece in worddiff.side(before, after, "added")).split() == after.split()
    assert "".join(piece.text for piece in worddiff.side(before, after, "removed")).split() == before.split()


@pytest.mark.parametrize("text", ["a" + "." * 100_000, "a " * 50_000, ".a" * 50_000, ". a" * 30_000])
def test_pieces_take_a_hundred_thousand_signs_in_no_time(text):
    began = perf_counter()

    found = worddiff.side(text, f"b {text}", "added")

    assert "".join(piece.text for piece in found) == f"b {text}"
    assert perf_counter() - began < 2


def test_side_keeps_the_spaces_of_its_own_text() -> None:
    shown = worddiff.side("10 years of 365 days", "11 years", "removed")

    assert "".join(piece.text for piece in shown) == "10 years of 365 days"
