from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rules import check_event_type as check
from portal.mirror.kinds import Action, Document, Known, Level, Plan, Proposal

DEPARTURE = {"displayName": "Employee departure", "description": "Left"}


def create(**fields: Any) -> Proposal:
    return Proposal("retentionEventType", Action.CREATE, None, {**DEPARTURE, **fields})


def update(**fields: Any) -> Proposal:
    return Proposal("retentionEventType", Action.UPDATE, DEPARTURE, {**DEPARTURE, **fields})


def delete(document: Document = DEPARTURE) -> Proposal:
    return Proposal("retentionEventType", Action.DELETE, document, None)


def said(change: Proposal, plan: Plan | None = None) -> list[tuple[str, Level, str]]:
    return [(finding.rule, finding.level, finding.message) for finding in check(change, plan or Plan())]


def label(name: str) -> Known:
    return Known("retentionLabel", {"displayName": name, "retentionEventType": "employee departure"})


@pytest.mark.parametrize("change", [create(), update(description="Gone"), delete()])
def test_a_sound_change_has_no_findings(change: Proposal) -> None:
    assert said(change) == []


@pytest.mark.parametrize("name", ["", " ", None])
def test_vr_01_blocks_an_empty_name(name: str | None) -> None:
    assert said(create(displayName=name)) == [("VR-01", Level.BLOCK, "Enter a name.")]


def test_vr_02_blocks_65_characters() -> None:
    assert said(create(displayName="n" * 65)) == [
        ("VR-02", Level.BLOCK, "The name has 65 characters; Purview allows 64. Shorten it by 1.")
    ]
    assert said(create(displayName="n" * 64)) == []


def test_vr_03_blocks_a_name_the_tenant_has() -> None:
    plan = Plan((Known("retentionEventType", DEPARTURE),))

    assert said(create(displayName="employee DEPARTURE"), plan) == [
        ("VR-03", Level.BLOCK, "“employee DEPARTURE” already exists. Choose another name or use the existing one.")
    ]


def test_vr_03_blocks_a_name_drafted_elsewhere() -> None:
    plan = Plan(drafted=frozenset({("retentionEventType", "employee departure")}))

    assert said(create(), plan) == [
        (
            "VR-03",
            Level.BLOCK,
            "“Employee departure” is already drafted in another change. Choose another name or open that change.",
        )
    ]


def test_vr_05_blocks_outer_spaces() -> None:
    assert said(create(displayName=" Departure")) == [
        ("VR-05", Level.BLOCK, "Remove the spaces at the start and the end of the name.")
    ]


def test_vr_05_blocks_what_cannot_be_stored() -> None:
    assert said(update(description="a\0b")) == [
        (
            "VR-05",
            Level.BLOCK,
            "This text contains a character that cannot be stored. Enter it again without that character.",
        )
    ]


def test_vr_68_blocks_deleting_a_type_labels_start_on() -> None:
    assert said(delete(), Plan((label("A"), label("B")))) == [
        (
            "VR-68",
            Level.BLOCK,
            "2 labels start on this type. Delete those labels first, or keep the event type.",
        )
    ]
    assert said(delete(), Plan((label("A"),))) == [
        ("VR-68", Level.BLOCK, "1 label starts on this type. Delete that label first, or keep the event type.")
    ]


def test_vr_68_accepts_deleting_a_type_no_label_starts_on() -> None:
    assert said(delete({**DEPARTURE, "displayName": "Other"}), Plan((label("A"),))) == []


def test_vr_69_blocks_another_name() -> None:
    assert said(update(displayName="Departure")) == [
        (
            "VR-69",
            Level.BLOCK,
            "Event type names are fixed; only the description can be changed. Add a new event type instead.",
        )
    ]


@given(
    st.sampled_from([Action.CREATE, Action.DELETE]),
    st.dictionaries(
        st.sampled_from(["displayName", "description"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.lists(st.text()),
    ),
)
def test_check_takes_any_event_type(action: Action, document: Document) -> None:
    creates = action == Action.CREATE
    change = Proposal("retentionEventType", action, None if creates else document, document if creates else None)

    assert all(finding.message for finding in check(change, Plan((label("A"),))))
