import pytest

from tests.labels.builders import (
    BLOCK,
    CONFIRM,
    WARN,
    create,
    followed,
    known_label,
    make_label,
    make_plan,
    said,
    update,
)

NEXT = "labelToBeApplied"
BEHAVIOR = "behaviorDuringRetentionPeriod"
ARCHIVE = make_label(displayName="LEG Archive")


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_vr_31_blocks_relabel_without_replacement(nothing: str | None) -> None:
    assert said("VR-31", create(followed(nothing))) == [(BLOCK, NEXT, "Choose the label that follows.")]


def test_vr_31_accepts_relabel_with_replacement() -> None:
    assert said("VR-31", create(followed("LEG Archive"))) == []


def test_vr_32_blocks_a_replacement_without_relabel() -> None:
    assert said("VR-32", create(make_label(labelToBeApplied="LEG Archive"))) == [
        (BLOCK, NEXT, "Remove the replacement label or set the action to “Relabel”.")
    ]


def test_vr_32_accepts_a_replacement_with_relabel() -> None:
    assert said("VR-32", create(followed("LEG Archive"))) == []


def test_vr_33_blocks_a_replacement_nobody_has() -> None:
    assert said("VR-33", create(followed("LEG Archive"))) == [
        (BLOCK, NEXT, "Create “LEG Archive” first, or add it to this change.")
    ]


def test_vr_33_accepts_a_replacement_of_the_plan() -> None:
    assert said("VR-33", create(followed("leg archive")), make_plan(known_label(ARCHIVE))) == []


def test_vr_34_blocks_a_label_that_follows_itself() -> None:
    change = create(followed("fin invoices 10Y"))

    assert said("VR-34", change) == [
        (BLOCK, NEXT, "“FIN Invoices 10y” → “fin invoices 10Y” is a circle. Choose another label to follow.")
    ]
    assert said("VR-33", change) == []


def test_vr_34_blocks_a_chain_that_returns() -> None:
    plan = make_plan(
        known_label(followed("B", displayName="A")), known_label(followed("FIN Invoices 10y", displayName="B"))
    )

    assert said("VR-34", create(followed("A")), plan) == [
        (
            BLOCK,
            NEXT,
            "“FIN Invoices 10y” → “A” → “B” → “FIN Invoices 10y” is a circle. Choose another label to follow.",
        )
    ]


def test_vr_34_accepts_a_chain_that_ends_or_turns_elsewhere() -> None:
    ends = make_plan(known_label(followed("LEG Archive", displayName="A")), known_label(ARCHIVE))
    turns = make_plan(known_label(followed("B", displayName="A")), known_label(followed("A", displayName="B")))

    assert said("VR-34", create(followed("A")), ends) == said("VR-34", create(followed("A")), turns) == []


def test_vr_35_blocks_relabel_of_a_regulatory_record() -> None:
    assert said("VR-35", create(followed("LEG Archive", **{BEHAVIOR: "retainAsRegulatoryRecord"}))) == [
        (
            BLOCK,
            "actionAfterRetentionPeriod",
            "A regulatory record cannot be replaced by another label. Choose another action.",
        )
    ]


def test_vr_35_accepts_a_regulatory_record_that_follows() -> None:
    regulatory = known_label(make_label(displayName="LEG Archive", **{BEHAVIOR: "retainAsRegulatoryRecord"}))

    assert said("VR-35", create(followed("LEG Archive")), make_plan(regulatory)) == []


def test_vr_36_warns_of_every_replacement() -> None:
    assert said("VR-36", create(followed("LEG Archive"))) == [
        (
            WARN,
            NEXT,
            "Users see “LEG Archive” in Outlook only if it is published to the same location. "
            "Fileplan cannot see what is published: check it in Purview.",
        )
    ]


def test_vr_36_says_nothing_without_replacement() -> None:
    assert said("VR-36", create(make_label())) == []


def test_vr_37_asks_to_confirm_that_records_end() -> None:
    change = create(followed("LEG Archive", **{BEHAVIOR: "retainAsRecord"}))

    assert said("VR-37", change, make_plan(known_label(ARCHIVE))) == [
        (
            CONFIRM,
            NEXT,
            "After the period users will be able to delete these items: “LEG Archive” does not make them records.",
        )
    ]


@pytest.mark.parametrize("behavior", ["retainAsRecord", "retainAsRegulatoryRecord"])
def test_vr_37_accepts_records_that_stay_records(behavior: str) -> None:
    plan = make_plan(known_label({**ARCHIVE, BEHAVIOR: behavior}))

    assert said("VR-37", create(followed("LEG Archive", **{BEHAVIOR: "retainAsRecord"})), plan) == []


def test_vr_37_only_warns_of_a_replacement_that_stays() -> None:
    base = followed("LEG Archive", **{BEHAVIOR: "retainAsRecord"})

    found = said("VR-37", update(base, descriptionForAdmins="New"), make_plan(known_label(ARCHIVE)))

    assert [level for level, _, _ in found] == [WARN]
