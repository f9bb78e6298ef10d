"""The document of an event: what is typed is what is sent, and its day is the same in every zone."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import document
from portal.mirror import kinds, markers
from portal.mirror.kinds import Document, Incomplete, Reference
from tests.happening import FILES, MESSAGES, event

EVENT = kinds.of("retentionEvent")
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20)
zones = st.sampled_from(sorted(document.zones()))
days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
queries = st.lists(
    st.fixed_dictionaries({"queryType": st.sampled_from(["files", "messages"]), "query": words}), max_size=3
)
events = st.builds(event, words, note=words, day=days, zone=zones, queries=queries)


def bind(reference: Reference) -> str:
    return f"https://graph/{reference.name}"


def named(url: str) -> str:
    return url.removeprefix("https://graph/")


@given(events)
def test_a_body_read_back_is_the_document(wanted: Document) -> None:
    """G1: what the approvers read is what is sent."""
    assert {**document.blank(), **EVENT.partial(EVENT.body(wanted, None, bind), named)} == wanted


@given(events)
def test_what_graph_answers_is_the_document(wanted: Document) -> None:
    raw = {**EVENT.body(wanted, None, bind), "id": "1"}
    expanded = {"retentionEventType": {"displayName": wanted["retentionEventType"]}}

    assert EVENT.document(raw | expanded) == wanted


@given(events)
def test_an_event_without_a_query_says_so_to_graph(wanted: Document) -> None:
    """VR-59: that it searches for nothing was approved, and is sent."""
    assert EVENT.body(wanted, None, bind)["eventQueries"] == wanted["eventQueries"]


@given(days, zones)
def test_the_day_never_slips(day: date, zone: str) -> None:
    """Read in the zone it happened in, the moment that is sent lies on the day that was entered (4.3)."""
    wanted = event(day=day, zone=zone)

    moment = datetime.strptime(wanted["eventTriggerDateTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert moment.astimezone(ZoneInfo(zone)).date() == day
    assert document.day_of(wanted) == (day, zone)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu", "America/Sao_Paulo"])
def test_the_day_is_the_same_far_from_greenwich(zone: str) -> None:
    assert document.day_of(event(day=date(2026, 12, 31), zone=zone)) == (date(2026, 12, 31), zone)


@pytest.mark.parametrize(("day", "zone"), [(date(1, 1, 1), "Asia/Tokyo"), (date(2026, 1, 1), "Mars/Olympus")])
def test_a_day_that_has_no_moment_is_none(day: date, zone: str) -> None:
    assert document.beginning(day, zone) is None


@given(words, words)
def test_name_and_note_come_back_without_the_marker(name: str, note: str) -> None:
    wanted = event(name, note=note)

    assert (document.name_of(wanted), document.note_of(wanted)) == (name, note)
    assert markers.of(wanted) != ""


@given(st.lists(words.filter(lambda word: '"' not in word), min_size=1, unique=True))
def test_asset_ids_come_back_from_their_query(ids: list[str]) -> None:
    assert document.asset_ids_in(document.files_query(ids)) == ids


@given(st.lists(words.filter(lambda word: '"' not in word), min_size=1, unique=True))
def test_case_words_come_back_from_their_query(said: list[str]) -> None:
    assert document.case_words_in(document.messages_query(said)) == said


@pytest.mark.parametrize("query", ["", "4711", "Employee:4711", "ComplianceAssetID:1 Employee:2", "ComplianceAssetID:"])
def test_another_query_is_no_list_of_asset_ids(query: str) -> None:
    assert document.asset_ids_in(query) == []


@pytest.mark.parametrize("query", ["", "4711", '"a" AND "b"', '"a" OR b', 'subject:"a"'])
def test_another_query_is_no_list_of_case_words(query: str) -> None:
    assert document.case_words_in(query) == []


def test_events_that_reach_the_same_have_one_key() -> None:
    turned = event("Another", queries=[MESSAGES, FILES], day=date(2026, 1, 1))

    assert document.search_key(turned) == document.search_key(event())
    assert document.search_key(event(queries=[FILES])) != document.search_key(event())
    assert document.search_key(event(event_type="Product end")) != document.search_key(event())


@pytest.mark.parametrize(
    "raw",
    [
        {"displayName": "Departure"},
        {"id": "1", "displayName": "Departure", "eventQueries": []},
        {"id": "1", "displayName": "Departure", "retentionEventType": None},
    ],
)
def test_an_answer_that_lacks_a_part_is_incomplete(raw: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        EVENT.document(raw)


@pytest.mark.parametrize("given", [{}, {"displayName": " "}, {"id": "1"}, "Employee separation", []])
def test_a_type_without_a_name_never_reads_as_none(given: object) -> None:
    """T6: one page of the reference writes it as a text."""
    with pytest.raises(Incomplete, match="name of its type"):
        EVENT.document({"id": "1", "displayName": "Departure", "eventQueries": [], "retentionEventType": given})


@pytest.mark.parametrize("given", ["4711", {"query": "4711"}, ["4711"]])
def test_a_query_that_is_none_never_reads_as_everything(given: object) -> None:
    """T5: an event whose queries cannot be read is not one without a query."""
    raw = {"id": "1", "displayName": "Departure", "retentionEventType": None, "eventQuery": given}

    assert EVENT.document(raw)["eventQueries"] == [{"queryType": "", "query": "4711"}]


@pytest.mark.parametrize("spelling", ["notAvaliable", "notAvailable"])
def test_both_spellings_of_not_available_are_one(spelling: str) -> None:
    """T17."""
    raw = {"eventStatus": {"status": spelling}}

    assert EVENT.columns(event(), raw)["status"] == "notAvaliable"
