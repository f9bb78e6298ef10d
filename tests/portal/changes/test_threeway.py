"""The three-way matrix of G13, and what holds of it for any documents."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.changes.threeway import changed_fields, compare

NAMES = ("displayName", "descriptionForAdmins", "retentionDuration", "dispositionReviewStages")
VALUES = st.sampled_from([None, "", "a", "b", 1, [], [{"stageNumber": "1"}], {"days": 7}])
DOCUMENTS = st.dictionaries(st.sampled_from(NAMES), VALUES)


@pytest.mark.parametrize(
    ("base", "now", "after", "found"),
    [
        ("a", "a", "b", "wanted"),
        ("a", "b", "b", "there"),
        ("a", "c", "b", "conflict"),
        ("a", "a", "a", "untouched"),
        ("a", "b", "a", "untouched"),
        (None, None, "b", "wanted"),
        (None, "b", "b", "there"),
        (None, "c", "b", "conflict"),
        ("a", None, "b", "conflict"),
    ],
)
def test_compare_sorts_one_field(base: Any, now: Any, after: Any, found: str) -> None:
    compared = compare({"field": base}, {"field": now}, {"field": after})

    sorted_as = {"wanted": compared.wanted, "there": compared.there, "conflict": compared.conflict}
    assert [name for name, fields in sorted_as.items() if fields] == ([] if found == "untouched" else [found])


def test_compare_tells_absent_from_null() -> None:
    assert compare({}, {"field": None}, {"field": "b"}).conflict == ("field",)
    assert compare({"field": None}, {}, {"field": "b"}).conflict == ("field",)
    assert compare({"field": "a"}, {}, {}).there == ("field",)


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_compare_puts_every_touched_field_in_one_place(base: Any, now: Any, after: Any) -> None:
    compared = compare(base, now, after)

    assert sorted(compared.wanted + compared.there + compared.conflict) == list(changed_fields(base, after))


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_compare_is_done_exactly_when_the_touched_fields_are_as_wanted(base: Any, now: Any, after: Any) -> None:
    touched = changed_fields(base, after)

    as_wanted = all(name in now and now[name] == after[name] if name in after else name not in now for name in touched)
    assert compare(base, now, after).is_done == as_wanted


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_compare_lets_nothing_be_overwritten_that_is_not_as_in_base(base: Any, now: Any, after: Any) -> None:
    """G13: what is to be sent replaces what the author saw, and nothing else."""
    compared = compare(base, now, after)

    assert all((name in now) == (name in base) and now.get(name) == base.get(name) for name in compared.wanted)
    theirs = {name for name in compared.conflict if name in now}
    assert all(now[name] not in (base.get(name, now), after.get(name, now)) for name in theirs)


@given(DOCUMENTS, DOCUMENTS)
def test_compare_of_an_unchanged_tenant_finds_no_conflict(base: Any, after: Any) -> None:
    assert compare(base, base, after).wanted == changed_fields(base, after)


@given(DOCUMENTS, DOCUMENTS)
def test_compare_after_sending_what_is_wanted_is_done(base: Any, after: Any) -> None:
    assert compare(base, after, after).is_done


@given(DOCUMENTS, DOCUMENTS)
def test_changed_fields_is_the_same_both_ways(one: Any, other: Any) -> None:
    assert changed_fields(one, other) == changed_fields(other, one)
    assert changed_fields(one, one) == ()
