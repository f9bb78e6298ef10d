from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.graph import reading

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
IN_DAYS = "microsoft.graph.security.retentionDurationInDays"
FOR_EVER = "microsoft.graph.security.retentionDurationForever"


@pytest.mark.parametrize(
    ("trap", "value", "read"),
    [
        ("T23", None, None),
        ("T23", "", None),
        ("T23", " ", None),
        ("T23", "FIN Supplier invoices 7y", "FIN Supplier invoices 7y"),
        ("T29", 5, None),
    ],
)
def test_text_or_none_reads_blank_as_nothing(trap, value, read):
    assert reading.text_or_none(value) == read


@pytest.mark.parametrize(
    ("trap", "value", "read"),
    [
        ("4.4", {"@odata.type": f"#{IN_DAYS}", "days": 2555}, 2555),
        ("4.4", {"@odata.type": IN_DAYS, "days": 2555}, 2555),
        ("4.4", {"@odata.type": f"#{IN_DAYS.upper()}", "days": 2555}, 2555),
        ("4.4", {"days": 365}, 365),
        ("T8", {"@odata.type": IN_DAYS, "days": "730"}, 730),
        ("4.4", {"@odata.type": f"#{FOR_EVER}"}, "forever"),
        ("4.4", {"@odata.type": FOR_EVER.lower()}, "forever"),
        ("4.4", {}, None),
        ("4.4", None, None),
        ("4.4", {"@odata.type": IN_DAYS}, None),
        ("4.4", {"@odata.type": "#microsoft.graph.security.retentionDurationInMoons", "days": 3}, None),
        ("T29", {"@odata.type": IN_DAYS, "days": True}, None),
        ("T29", {"@odata.type": IN_DAYS, "days": 1.5}, None),
        ("T29", {"@odata.type": IN_DAYS, "days": "٣٦٥"}, None),
        ("3.3", {"days": 0}, None),
        ("3.3", {"days": -1}, None),
        ("3.3", {"days": 36525}, 36525),
        ("3.3", {"days": 36526}, None),
    ],
)
def test_days_of_reads_every_duration(trap, value, read):
    assert reading.days_of(value) == read


@given(JSON | st.fixed_dictionaries({"@odata.type": JSON, "days": JSON}))
def test_days_of_is_days_for_ever_or_unknown(value):
    read = reading.days_of(value)

    assert read in (None, "forever") or 1 <= read <= 36525


@given(st.integers(1, 36525) | st.just("forever"))
def test_duration_body_is_read_back(duration):
    assert reading.days_of(reading.duration_body(duration)) == duration


def test_duration_body_names_its_type_with_a_hash():
    assert reading.duration_body(730) == {"@odata.type": f"#{IN_DAYS}", "days": 730}
    assert reading.duration_body("forever") == {"@odata.type": f"#{FOR_EVER}"}


@pytest.mark.parametrize("days", [0, -1, 36526, "730", True, 1.5, None])
def test_duration_body_refuses_what_graph_would(days):
    with pytest.raises(ValueError, match="36525"):
        reading.duration_body(days)


@pytest.mark.parametrize(
    ("trap", "value", "read"),
    [
        ("4", "2026-09-01T08:12:30Z", datetime(2026, 9, 1, 8, 12, 30, tzinfo=UTC)),
        ("4", "2026-09-01T08:12:30.1234567Z", datetime(2026, 9, 1, 8, 12, 30, 123456, tzinfo=UTC)),
        ("4", "2026-09-01T08:12Z", datetime(2026, 9, 1, 8, 12, tzinfo=UTC)),
        ("4", "2026-09-01T10:12:30+02:00", datetime(2026, 9, 1, 8, 12, 30, tzinfo=UTC)),
        ("5.1", "2026-09-01T08:12:30", datetime(2026, 9, 1, 8, 12, 30, tzinfo=UTC)),
        ("T24", "0001-01-01T00:00:00Z", None),
        ("T24", "0001-01-01T00:00:00+14:00", None),
        ("T24", "9999-12-31T23:59:59-01:00", None),
        ("T29", None, None),
        ("T29", "", None),
        ("T29", "yesterday", None),
        ("T29", "2026-02-31T00:00:00Z", None),
        ("T29", 1788250350, None),
    ],
)
def test_moment_is_utc_or_nothing(trap, value, read):
    assert reading.moment(value) == read


@given(JSON | st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(datetime.isoformat))
def test_moment_never_fails(value):
    read = reading.moment(value)

    assert read is None or read.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"user": {"id": None, "displayName": "Rita Ferreira"}}, "Rita Ferreira"),
        ({"user": {"id": "efb1c2d3", "displayName": None}}, "efb1c2d3"),
        ({"user": {"id": "efb1c2d3", "displayName": "Rita Ferreira"}}, "Rita Ferreira"),
        ({"user": None, "application": {"displayName": "HR bridge"}}, "HR bridge"),
        ({"device": {"id": "d1"}}, "d1"),
        ({"user": {"displayName": " "}}, ""),
        ({"user": "Rita"}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_person_is_whoever_graph_names(value, read):
    assert reading.person(value) == read


@pytest.mark.parametrize(
    ("trap", "value", "read"),
    [("T2", "1", "1"), ("T2", 1, "1"), ("T2", " 2 ", "2"), ("T29", None, ""), ("T29", True, ""), ("T29", [1], "")],
)
def test_stage_number_is_text(trap, value, read):
    assert reading.stage_number(value) == read


def test_bind_url_is_written_as_documented_for_labels_and_as_proven_for_events():
    types = "security/triggerTypes/retentionEventTypes"

    assert (
        reading.bind_url("https://graph.microsoft.com", "v1.0", types, "1f6f2b3c", True)
        == f"https://graph.microsoft.com/v1.0/{types}('1f6f2b3c')"
    )
    assert (
        reading.bind_url("https://graph.microsoft.us/", "beta", f"/{types}/", "1f6f2b3c", False)
        == f"https://graph.microsoft.us/beta/{types}/1f6f2b3c"
    )


def test_bind_url_keeps_an_odd_id_in_its_place():
    assert (
        reading.bind_url("https://g.test", "v1.0", "x", "a'b/../c", True)
        == "https://g.test/v1.0/x('a%27%27b%2F..%2Fc')"
    )
    assert reading.bind_url("https://g.test", "v1.0", "x", "a/b?c", False) == "https://g.test/v1.0/x/a%2Fb%3Fc"
