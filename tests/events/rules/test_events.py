"""What the rules say of events. Each test bears the id of its rule."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from events.rules import check_event as check
from portal.mirror.kinds import Action, Document, Known, Level, Plan, Proposal
from tests.happening import FILES, MESSAGES, event

BLOCK, CONFIRM, WARN = Level.BLOCK, Level.CONFIRM, Level.WARN
TYPE = Known("retentionEventType", {"displayName": "Employee separation", "description": ""})
LABEL = Known("retentionLabel", {"displayName": "HR File 10y", "retentionEventType": "Employee separation"})


def soon() -> date:
    return timezone.localdate() - timedelta(days=7)


def create(name: str = "Departure 4711", **said: Any) -> Proposal:
    return of(event(name, **{"day": soon(), **said}))


def of(document: Document) -> Proposal:
    return Proposal("retentionEvent", Action.CREATE, None, document)


def held(document: Document, created_at: datetime | None = None) -> Known:
    return Known("retentionEvent", document, "id-1", created_at=created_at)


def said(change: Proposal, *more: Known, plan: Plan | None = None) -> list[tuple[str, Level, str]]:
    return [(one.rule, one.level, one.field) for one in check(change, plan or Plan((TYPE, LABEL, *more)))]


def told(change: Proposal, *more: Known) -> list[str]:
    return [one.message for one in check(change, Plan((TYPE, LABEL, *more)))]


def files(query: str) -> list[Document]:
    return [{"queryType": "files", "query": query}, MESSAGES]


def test_a_sound_event_has_no_findings() -> None:
    assert said(create()) == []


def test_vr_57_blocks_an_event_without_a_name() -> None:
    assert ("VR-57", BLOCK, "displayName") in said(create(""))


def test_vr_57_blocks_an_event_without_a_type() -> None:
    assert ("VR-57", BLOCK, "retentionEventType") in said(create(event_type=""))


def test_vr_57_blocks_an_event_without_a_date() -> None:
    assert said(create(day=None)) == [("VR-57", BLOCK, "eventTriggerDateTime")]


def test_vr_57_blocks_a_type_the_tenant_does_not_have() -> None:
    assert ("VR-57", BLOCK, "retentionEventType") in said(create(event_type="Never heard of"))


def test_vr_57_blocks_a_moment_that_is_not_the_day_entered() -> None:
    slipped = event(day=soon(), zone="Asia/Tokyo") | {"eventTriggerDateTime": f"{soon().isoformat()}T00:00:00Z"}

    assert said(of(slipped)) == [("VR-57", BLOCK, "eventTriggerDateTime")]


@pytest.mark.parametrize("year", [1899, 2201])
def test_vr_57_blocks_a_year_nobody_means(year: int) -> None:
    assert ("VR-57", BLOCK, "eventTriggerDateTime") in said(create(day=date(year, 6, 1)))


def test_vr_58_blocks_50_characters() -> None:
    assert said(create("n" * 50)) == [("VR-58", BLOCK, "displayName")]
    assert said(create("n" * 49)) == []


@pytest.mark.parametrize("sign", "%*\\&<>|#?,:;")
def test_vr_58_blocks_signs_that_purview_refuses(sign: str) -> None:
    assert told(create(f"Departure {sign} 4711")) == [f"Purview does not take {sign} in names. Leave them out."]


@pytest.mark.parametrize("name", [" Departure", "Departure ", "Departure\t", "n" * 48 + " "])
def test_vr_58_blocks_a_name_that_begins_or_ends_with_a_space(name: str) -> None:
    assert said(create(name)) == [("VR-58", BLOCK, "displayName")]


def test_vr_58_counts_a_space_at_the_end() -> None:
    """Purview would: name, space, space and marker are 65 characters."""
    assert [rule for rule, _level, _field in said(create("n" * 49 + " "))] == ["VR-58", "VR-58"]


def test_vr_58_blocks_the_name_of_another_event_whatever_its_marker() -> None:
    other = held(event("DEPARTURE 4711", queries=[FILES], day=soon()))

    assert said(create(), other) == [("VR-58", BLOCK, "displayName")]


def test_vr_58_blocks_the_name_of_an_event_in_another_change() -> None:
    """Approved, it may wait for weeks before the tenant holds it."""
    elsewhere = Plan((TYPE, LABEL), drafted=frozenset({("retentionEvent", "departure 4711")}))

    assert said(create(), plan=elsewhere) == [("VR-58", BLOCK, "displayName")]
    assert said(create("Departure 4712"), plan=elsewhere) == []


def test_vr_58_blocks_an_event_whose_marker_was_lost() -> None:
    lost = event(day=soon()) | {"displayName": "Departure 4711"}

    assert ("VR-58", BLOCK, "displayName") in said(of(lost))


def test_vr_59_wants_two_approvers_for_an_event_without_a_query() -> None:
    (finding,) = check(create(queries=[]), Plan((TYPE, LABEL)))

    assert (finding.rule, finding.level, finding.two_approvers) == ("VR-59", CONFIRM, True)
    assert "all content with labels of type “Employee separation”" in finding.message


@pytest.mark.parametrize(("queries", "starts"), [([FILES], "Files only"), ([MESSAGES], "Messages only")])
def test_vr_60_warns_of_one_kind_of_query_alone(queries: list[Document], starts: str) -> None:
    assert said(create(queries=queries)) == [("VR-60", WARN, "eventQueries")]
    assert told(create(queries=queries))[0].startswith(starts)


@pytest.mark.parametrize("query", ["4711 4712", "ComplianceAssetID: 4711", 'a:"b', "a:b AND c:d", ":4711"])
def test_vr_61_blocks_a_file_query_that_is_no_property_and_value(query: str) -> None:
    assert ("VR-61", BLOCK, "eventQueries") in said(create(queries=files(query)))


@pytest.mark.parametrize("query", ["ComplianceAssetID:4711", "a:b a:c", 'Case:"4 711" Year:2026'])
def test_vr_61_takes_properties_and_values(query: str) -> None:
    assert said(create(queries=files(query))) == []


@pytest.mark.parametrize("query", ["", " "])
def test_vr_61_blocks_an_empty_query(query: str) -> None:
    assert ("VR-61", BLOCK, "eventQueries") in said(create(queries=[FILES, {"queryType": "messages", "query": query}]))


EVERYTHING = ["*", "**", "ComplianceAssetID:*", "a:b c:*", 'a:"*"', 'a:" "']


@pytest.mark.parametrize("query", [*EVERYTHING, '""', '"4711" OR *', "(* OR 4711)", '"4711" OR ""'])
def test_vr_61_blocks_what_finds_everything(query: str) -> None:
    """VR-59 asks two approvers for that."""
    kind = "files" if query in EVERYTHING else "messages"
    rest = MESSAGES if kind == "files" else FILES

    assert ("VR-61", BLOCK, "eventQueries") in said(create(queries=[{"queryType": kind, "query": query}, rest]))


@pytest.mark.parametrize("query", ['"4711"', "4711*", '"a * b"', '"4711" OR "4712"', 'subject:"4 711"', "a*b"])
def test_vr_61_takes_what_finds_something(query: str) -> None:
    assert said(create(queries=[FILES, {"queryType": "messages", "query": query}])) == []


def test_vr_62_warns_of_a_bare_value() -> None:
    assert said(create(queries=files("4711"))) == [("VR-62", WARN, "eventQueries")]


def test_vr_63_points_out_an_event_that_searched_for_the_same() -> None:
    other = held(event("Exit 4711", day=soon()), created_at=datetime(2026, 3, 1, tzinfo=UTC))

    assert said(create(), other) == [("VR-63", WARN, "eventQueries")]
    assert "“Exit 4711” of 1 March 2026 searched for the same." in told(create(), other)[0]


def test_vr_63_says_nothing_of_a_repetition() -> None:
    assert said(create("Departure 4711 +30d"), held(event(day=soon()))) == []


def test_vr_63_never_tells_what_was_searched_for() -> None:
    assert not any("ComplianceAssetID" in one for one in told(create(), held(event("Exit", day=soon()))))


def test_vr_64_warns_of_a_type_no_label_starts_on() -> None:
    assert said(create(), plan=Plan((TYPE,))) == [("VR-64", WARN, "retentionEventType")]


ZONES = ["UTC", "Pacific/Kiritimati", "Pacific/Niue"]


def away(days: int, zone: str) -> Proposal:
    """So many days from today, as they are counted there."""
    return create(day=timezone.localdate(timezone=ZoneInfo(zone)) + timedelta(days=days), zone=zone)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("days", [-91, 91])
def test_vr_65_warns_of_a_day_far_away(days: int, zone: str) -> None:
    assert said(away(days, zone)) == [("VR-65", WARN, "eventTriggerDateTime")]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("days", [-90, 90])
def test_vr_65_says_nothing_of_a_day_within_90(days: int, zone: str) -> None:
    assert said(away(days, zone)) == []


def test_vr_66_blocks_every_edit() -> None:
    before = event()

    assert said(Proposal("retentionEvent", Action.UPDATE, before, {**before, "description": "Else"})) == [
        ("VR-66", BLOCK, "displayName")
    ]


def test_vr_67_warns_that_a_deletion_stops_nothing() -> None:
    assert said(Proposal("retentionEvent", Action.DELETE, event(), None)) == [("VR-67", WARN, "displayName")]
