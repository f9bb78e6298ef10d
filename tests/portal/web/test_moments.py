from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from portal.web import moments

NOW = datetime(2026, 6, 9, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(minutes=60), "09:30 UTC"),
        (timedelta(days=1), "8 June 2026"),
        (timedelta(minutes=-90), "12:00 UTC"),
    ],
)
def test_ago_says_it_as_people_do(passed, words):
    assert moments.ago(NOW - passed, NOW) == words


def test_ago_takes_the_day_from_the_readers_zone():
    with timezone.override("Asia/Tokyo"):
        assert moments.ago(datetime(2026, 6, 9, 14, 0, tzinfo=UTC), NOW + timedelta(hours=6)) == "9 June 2026"


def test_a_time_of_day_names_its_zone():
    with timezone.override("Europe/Berlin"):
        assert moments.full(NOW) == "9 June 2026, 12:30 CEST"
        assert moments.clock(NOW) == "12:30:00 CEST"
        assert moments.clock(NOW, with_zone=False) == "12:30:00"


def test_exact_is_utc_to_the_second():
    with timezone.override("Europe/Berlin"):
        assert moments.exact(NOW) == "2026-06-09 10:30:00 UTC"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=40), "40 min"),
        (timedelta(minutes=61), "1 hour"),
        (timedelta(hours=23), "23 hours"),
        (timedelta(days=2, hours=3), "2 days"),
    ],
)
def test_waited_gives_the_largest_unit(passed, words):
    assert moments.waited(NOW - passed, NOW) == words


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (3650, ("10 y", "3,650 d")),
        (3653, ("10 y", "3,653 d")),
        (3654, ("", "3,654 d")),
        (183, ("6 mo", "183 d")),
        (396, ("13 mo", "396 d")),
        (1, ("", "1 d")),
        (36525, ("100 y", "36,525 d")),
        (None, ("For ever", "")),
    ],
)
def test_period_rounds_only_what_people_mean(days, expected):
    assert moments.period(days) == expected


def test_period_words_keep_the_exact_days():
    assert moments.period_words(2190) == "6 years, 2,190 days"
    assert moments.period_words(365) == "1 year, 365 days"
    assert moments.period_words(183) == "6 months, 183 days"
    assert moments.period_words(1) == "1 day"
    assert moments.period_words(None) == "For ever"
