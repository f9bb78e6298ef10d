"""What a standing approval may say. Each rule names the field it is about."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from events.standing.rules import check
from portal.mirror.kinds import Action, Finding, Known, Level, Plan, Proposal
from tests.allowing import standing

TYPE = Known("retentionEventType", {"displayName": "Employee separation", "description": ""})
PLAN = Plan((TYPE,))


def found(**fields: Any) -> list[Finding]:
    return check(Proposal("standingApproval", Action.CREATE, None, standing(**fields)), PLAN)


def blocked(**fields: Any) -> list[tuple[str, str]]:
    return [(one.rule, one.field) for one in found(**fields) if one.level == Level.BLOCK]


def day(days: int) -> str:
    return (timezone.now().date() + timedelta(days=days)).isoformat()


def test_what_is_filled_in_well_needs_two_approvers() -> None:
    assert [(one.rule, one.level, one.two_approvers) for one in found()] == [("SA-6", Level.WARN, True)]


def test_longest_name_of_49_characters_fits_and_of_50_does_not() -> None:
    """VR-58: 'Departure ' and 39 digits."""
    template = {"name_template": "Departure {asset_id}"}

    assert blocked(**template, asset_id_longest=39) == []
    assert blocked(**template, asset_id_longest=40) == [("VR-58", "name_template")]


def test_a_name_that_does_not_fit_is_told_and_never_cut() -> None:
    told = next(one.message for one in found(name_template="Departure of {asset_id} on {day} for good and for ever"))

    assert "“Departure of 88888888 on 2026-12-31 for good and for ever”, has 57 characters" in told
    assert "by 8." in told


@pytest.mark.parametrize(
    "template",
    [
        "",
        "Departure {day}",
        "{asset_id} {asset_id}",
        "{asset_id} {day} {day}",
        "{asset_id} {name}",
        "{asset_id} {",
        "{asset_id}: left",
        " {asset_id}",
        "{{asset_id}}",
    ],
)
def test_a_template_that_cannot_be_filled_in_is_refused(template: str) -> None:
    assert ("SA-2", "name_template") in blocked(name_template=template)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("displayName", "", "VR-01"),
        ("source", "", "SA-1"),
        ("source", "HR core", "SA-1"),
        ("source", "x" * 51, "SA-1"),
        ("event_type", None, "VR-57"),
        ("event_type", "Contract ended", "VR-57"),
        ("query_kinds", [], "VR-59"),
        ("query_kinds", ["teams"], "VR-59"),
        ("query_kinds", ["files", "files"], "VR-59"),
        ("asset_id_characters", None, "SA-3"),
        ("asset_id_characters", ".*", "SA-3"),
        ("asset_id_shortest", None, "SA-3"),
        ("asset_id_shortest", 0, "SA-3"),
        ("asset_id_longest", None, "SA-3"),
        ("asset_id_longest", 41, "SA-3"),
        ("asset_id_longest", 3, "SA-3"),
        ("asset_id_longest", True, "SA-3"),
        ("expires_on", None, "SA-4"),
        ("expires_on", "soon", "SA-4"),
        ("expires_on", day(-1), "SA-4"),
        ("expires_on", day(0), "SA-4"),
        ("expires_on", day(732), "SA-4"),
        ("most_per_day", None, "SA-5"),
        ("most_per_day", 0, "SA-5"),
        ("most_per_day", 10_001, "SA-5"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(field: str, value: Any, rule: str) -> None:
    short = {"name_template": "{asset_id}"}

    assert (rule, field) in blocked(**{**short, field: value})


@pytest.mark.parametrize("days", [1, 731])
def test_it_counts_from_tomorrow_to_two_years(days: int) -> None:
    assert blocked(expires_on=day(days)) == []


def test_a_name_is_taken_once() -> None:
    plan = Plan((TYPE, Known("standingApproval", standing("leavers from hr"))))

    (finding,) = [
        one
        for one in check(Proposal("standingApproval", Action.CREATE, None, standing()), plan)
        if one.level == Level.BLOCK
    ]
    assert (finding.rule, finding.field) == ("VR-03", "displayName")


def test_ending_one_asks_for_nothing() -> None:
    assert check(Proposal("standingApproval", Action.DELETE, standing(), None), PLAN) == []
