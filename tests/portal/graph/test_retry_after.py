from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.graph.retry_after import CAP, FLOOR, seconds

NOW = datetime(2026, 9, 1, 9, 10, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("abc", None),
        ("1e3", None),
        ("nan", None),
        ("1_000", None),
        ("٣٦٥", None),
        ("12, 30", None),
        ("0", 1),
        ("-5", 1),
        ("0.2", 1),
        (" 12 ", 12),
        ("301", 301),
        ("3600", 3600),
        ("999999", 3600),
        ("9" * 5000, 3600),
        ("Tue, 01 Sep 2026 09:11:11 GMT", 60),
        ("Tuesday, 01-Sep-26 09:11:11 GMT", 60),
        ("Tue Sep  1 09:11:11 2026", 60),
        ("Mon, 31 Aug 2026 09:10:11 GMT", 1),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 3600),
        ("Tue, 99 Sep 2026 99:10:11 GMT", None),
    ],
)
def test_seconds_reads_every_spelling(header, wait):
    assert seconds(header, NOW) == wait


@given(st.text() | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(str))
def test_seconds_is_nothing_or_within_bounds(header):
    wait = seconds(header, NOW)

    assert wait is None or FLOOR <= wait <= CAP


@given(st.integers(1, 3600))
def test_seconds_is_the_same_as_a_number_and_as_a_date(wait):
    assert seconds(str(wait), NOW) == wait
    assert seconds(format_datetime(NOW + timedelta(seconds=wait), usegmt=True), NOW) == wait
