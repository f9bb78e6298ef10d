"""What Graph's answer says of how far an event has spread, and when it is looked at next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import spreading

BORN = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


def answer(status: str, *places: str, **fields: Any) -> dict[str, Any]:
    results = [{"serviceName": f"Service {n}", "status": place} for n, place in enumerate(places)]
    return {"eventStatus": {"status": status, "error": None}, "eventPropagationResults": results, **fields}


@pytest.mark.parametrize(
    ("status", "places", "ended", "failed"),
    [
        ("pending", [], False, False),
        ("pending", ["inProcessing", "none"], False, False),
        ("success", ["none", "none"], False, False),  # captured: the whole before its parts
        ("success", ["success", "none"], False, False),
        ("success", ["success", "success"], True, False),
        ("success", ["success", "failed"], True, True),
        ("error", ["failed", "success"], True, True),
        ("error", ["failed", "inProcessing"], False, True),
        ("error", [], True, True),
        ("success", [], True, False),
        ("notAvaliable", [], False, False),
        ("unknownFutureValue", [], False, False),
        ("pending", ["unknownFutureValue"], False, False),
        ("", [], False, False),
    ],
)
def test_an_event_has_ended_when_each_of_its_places_has(
    status: str, places: list[str], ended: bool, failed: bool
) -> None:
    raw = answer(status, *places)

    assert (spreading.has_ended(raw), spreading.has_failed(raw)) == (ended, failed)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (answer("notAvailable"), "notAvaliable"),
        ({"retentionEventStatus": {"status": "success"}}, "success"),
        ({"eventStatus": None}, ""),
        ({"eventStatus": "success"}, ""),
        ({}, ""),
    ],
)
def test_a_status_is_read_in_every_spelling(raw: dict[str, Any], status: str) -> None:
    assert spreading.status_of(raw) == status


def test_places_bear_the_older_name_of_their_service_too() -> None:
    raw = {"eventPropagationResults": [{"workload": "Exchange", "status": "failed", "statusInformation": "Away"}, 7]}

    assert spreading.places_of(raw) == [{"service": "Exchange", "location": "", "status": "failed", "said": "Away"}]


def test_looks_grow_apart_and_end_with_the_week() -> None:
    """Five minutes, a quarter of an hour, one hour, four, twelve, then daily; once more at the end of seven days."""
    moments, looks, now = [], 0, BORN
    while (at := spreading.next_look(BORN, looks, now)) is not None:
        moments.append(at)
        looks, now = looks + 1, at

    waits = [after - before for before, after in zip([BORN, *moments], moments, strict=False)]
    minutes = [wait.total_seconds() / 60 for wait in waits]
    assert minutes[:10] == [5, 15, 60, 240, 720, 1440, 1440, 1440, 1440, 1440]
    assert moments[-1] == BORN + timedelta(days=7)
    assert len(moments) == 12


def test_an_event_of_unknown_age_is_never_looked_at() -> None:
    assert spreading.next_look(None, 0, BORN) is None
