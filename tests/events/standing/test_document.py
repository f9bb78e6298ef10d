"""Which events a standing approval covers: the type, the name, the queries, exactly; and never everything."""

from datetime import date
from typing import Any

import pytest

from events.standing.document import covers, longest_name
from portal.mirror import markers
from tests.allowing import COVERED, covered, standing
from tests.happening import FILES, MESSAGES, event

OTHER_FILES = {"queryType": "files", "query": "ComplianceAssetID:4712"}
OTHER_MESSAGES = {"queryType": "messages", "query": '"4712"'}


def test_covers_what_follows_the_pattern() -> None:
    assert covers(standing(), covered())


@pytest.mark.parametrize("said", [{"note": ""}, {"note": "Anything"}, {"marker": markers.new()}, {"zone": "UTC"}])
def test_covers_whatever_note_marker_and_zone_are(said: dict[str, Any]) -> None:
    assert covers(standing(), covered(**said))


@pytest.mark.parametrize("queries", [[], [{"queryType": "files", "query": ""}]])
def test_covers_no_event_without_a_query(queries: list[dict[str, str]]) -> None:
    """VR-59: whatever was agreed."""
    for agreed in (standing(), standing(query_kinds=[]), standing(query_kinds=[], asset_id_shortest=0)):
        assert not covers(agreed, covered(queries=queries))
        assert not covers(agreed, event("Departure  2026-10-31", queries=queries))


@pytest.mark.parametrize(
    "queries",
    [
        [FILES],
        [MESSAGES],
        [FILES, OTHER_MESSAGES],
        [OTHER_FILES, OTHER_MESSAGES],
        [FILES, MESSAGES, MESSAGES],
        [FILES, MESSAGES, {"queryType": "files", "query": "Author:Ada"}],
        [{"queryType": "files", "query": "4711"}, MESSAGES],
        [{"queryType": "files", "query": "EmployeeNumber:4711"}, MESSAGES],
        [{"queryType": "files", "query": "ComplianceAssetID:4711 ComplianceAssetID:4712"}, MESSAGES],
        [{"queryType": "files", "query": "ComplianceAssetID:4711*"}, MESSAGES],
        [FILES, {"queryType": "messages", "query": '"4711" OR "4712"'}],
        [FILES, {"queryType": "messages", "query": "4711"}],
        [{"queryType": "teams", "query": '"4711"'}, FILES],
    ],
)
def test_covers_no_other_queries(queries: list[dict[str, str]]) -> None:
    assert not covers(standing(), covered(queries=queries))


def test_covers_queries_in_any_order() -> None:
    assert covers(standing(), covered(queries=[MESSAGES, FILES]))


@pytest.mark.parametrize(("chosen", "queries"), [("files", [FILES]), ("messages", [MESSAGES])])
def test_covers_the_kinds_of_queries_that_were_agreed(chosen: str, queries: list[dict[str, str]]) -> None:
    assert covers(standing(query_kinds=[chosen]), covered(queries=queries))
    assert not covers(standing(query_kinds=[chosen]), covered())


@pytest.mark.parametrize(
    "name",
    [
        "Departure 4711",
        "Departure 4712 2026-10-31",
        "Departure 4711 2026-10-30",
        "departure 4711 2026-10-31",
        "Departure 4711 2026-10-31 again",
        "Departure 4711  2026-10-31",
        "Departure {asset_id} {day}",
        f"{COVERED} +30d",
    ],
)
def test_covers_no_other_name(name: str) -> None:
    assert not covers(standing(), event(name))


@pytest.mark.parametrize("event_type", ["Contract ended", "", "Employee separation (old)"])
def test_covers_no_other_type(event_type: str) -> None:
    assert not covers(standing(), covered(event_type=event_type))


def test_covers_a_type_as_purview_compares_names() -> None:
    assert covers(standing(), covered(event_type="employee SEPARATION"))


@pytest.mark.parametrize(
    ("characters", "shortest", "longest", "asset_id", "is_covered"),
    [
        ("digits", 4, 8, "4711", True),
        ("digits", 4, 8, "471", False),
        ("digits", 4, 8, "471147114", False),
        ("digits", 4, 8, "A711", False),
        ("digits", 4, 8, "٤٧١١", False),  # digits of another script
        ("letters", 4, 8, "ABcd", True),
        ("letters", 4, 8, "AB12", False),
        ("letters", 4, 8, "ÄBCD", False),
        ("letters_digits", 4, 8, "AB12", True),
        ("letters_digits", 4, 8, "AB-12", False),
        ("letters_digits", 4, 8, "AB 12", False),
        ("anything", 4, 8, "4711", False),
        ("digits", None, None, "4711", False),
    ],
)
def test_covers_asset_ids_of_the_agreed_kind(
    characters: str, shortest: int | None, longest: int | None, asset_id: str, is_covered: bool
) -> None:
    agreed = standing(asset_id_characters=characters, asset_id_shortest=shortest, asset_id_longest=longest)
    queries = [
        {
            "queryType": "files",
            "query": f'ComplianceAssetID:"{asset_id}"' if " " in asset_id else f"ComplianceAssetID:{asset_id}",
        },
        {"queryType": "messages", "query": f'"{asset_id}"'},
    ]

    assert covers(agreed, event(f"Departure {asset_id} 2026-10-31", queries=queries)) == is_covered


def test_covers_no_moment_but_the_beginning_of_the_day_it_names() -> None:
    assert not covers(standing(), {**covered(), "eventTriggerDateTime": "2026-10-30T22:00:00Z"})
    assert not covers(standing(), {**covered(), "description": "No day."})


def test_covers_nothing_that_an_event_does_not_have() -> None:
    assert not covers(standing(), {**covered(), "more": True})
    assert not covers(standing(), {})


def test_covers_a_repetition_of_what_it_covers() -> None:
    first = covered()

    assert covers(standing(), event(f"{COVERED} +30d"), first)


@pytest.mark.parametrize(
    "again",
    [
        event(COVERED),
        event("Departure 4712 2026-10-31 +30d"),
        event(f"{COVERED} +30d", queries=[FILES]),
        event(f"{COVERED} +30d", queries=[]),
        event(f"{COVERED} +30d", day=date(2026, 11, 1)),
        event(f"{COVERED} +30d", event_type="Contract ended"),
        {**event(f"{COVERED} +30d"), "more": True},
    ],
)
def test_covers_no_repetition_of_something_else(again: dict[str, Any]) -> None:
    assert not covers(standing(), again, covered())


def test_covers_no_repetition_of_what_it_does_not_cover() -> None:
    assert not covers(standing(), event("Departure +30d"), event("Departure"))
    assert not covers(standing(), event(f"{COVERED} +30d"), {})


def test_the_longest_name_has_the_longest_asset_id_and_a_day() -> None:
    assert longest_name(standing()) == "Departure 88888888 2026-12-31"
    assert longest_name(standing(asset_id_characters="letters", asset_id_longest=2)) == "Departure MM 2026-12-31"
    assert longest_name({}) == ""
