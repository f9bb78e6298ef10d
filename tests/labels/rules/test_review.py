from typing import Any

import pytest

from portal.mirror.kinds import Document, Plan
from tests.labels.builders import (
    BLOCK,
    CONFIRM,
    WARN,
    create,
    findings,
    known_label,
    make_label,
    make_plan,
    reviewed,
    said,
    stage,
    update,
)

STAGES = "dispositionReviewStages"
HR = stage(1, "HR", "hr@contoso.com")
LEGAL = stage(2, "Legal", "legal@contoso.com")
KEPT = (
    "Stages cannot be removed or moved after creation. You can rename them, change reviewers, or add stages at the end."
)


def test_vr_18_blocks_stages_without_review() -> None:
    assert said("VR-18", create(make_label(dispositionReviewStages=[HR]))) == [
        (BLOCK, STAGES, "Stages are used only with a disposition review. Remove them or change the action.")
    ]


def test_vr_18_accepts_stages_with_review() -> None:
    assert said("VR-18", create(reviewed(HR))) == []


def test_vr_19_blocks_a_review_without_stages() -> None:
    assert said("VR-19", create(reviewed())) == [(BLOCK, STAGES, "Add at least one stage with at least one reviewer.")]


@pytest.mark.parametrize("reviewers", [[], [" "]])
def test_vr_19_blocks_a_stage_without_reviewer(reviewers: list[str]) -> None:
    assert said("VR-19", create(reviewed(HR, stage(2, "Legal", *reviewers)))) == [
        (BLOCK, f"{STAGES}.2", "Add at least one stage with at least one reviewer.")
    ]


def test_vr_19_accepts_a_stage_with_reviewer() -> None:
    assert said("VR-19", create(reviewed(HR))) == []


def test_vr_20_blocks_six_stages() -> None:
    stages = [stage(n, f"Stage {n}", f"s{n}@contoso.com") for n in range(1, 7)]

    assert said("VR-20", create(reviewed(*stages))) == [
        (BLOCK, STAGES, "Purview allows five stages; this label has 6. Remove 1.")
    ]


def test_vr_20_accepts_five_stages() -> None:
    stages = [stage(n, f"Stage {n}", f"s{n}@contoso.com") for n in range(1, 6)]

    assert said("VR-20", create(reviewed(*stages))) == []


def test_vr_21_blocks_eleven_reviewers_in_a_stage() -> None:
    crowd = stage(2, "Legal", *(f"r{n}@contoso.com" for n in range(11)))

    assert said("VR-21", create(reviewed(HR, crowd))) == [
        (
            BLOCK,
            f"{STAGES}.2",
            "Stage “Legal” has 11 reviewers; ten are allowed. Use a mail-enabled security group.",
        )
    ]


def test_vr_21_accepts_ten_reviewers_in_a_stage() -> None:
    assert said("VR-21", create(reviewed(stage(1, "HR", *(f"r{n}@contoso.com" for n in range(10)))))) == []


@pytest.mark.parametrize("name", ["", " ", "HR", "hr "])
def test_vr_22_blocks_a_stage_without_its_own_name(name: str) -> None:
    assert said("VR-22", create(reviewed(HR, stage(2, name, "a@contoso.com")))) == [
        (BLOCK, f"{STAGES}.2", "Give every stage its own name.")
    ]


@pytest.mark.parametrize("number", ["1", "3", "", "two", 2, None])
def test_vr_22_blocks_numbers_with_gaps(number: Any) -> None:
    assert said("VR-22", create(reviewed(HR, {**LEGAL, "stageNumber": number}))) == [
        (BLOCK, STAGES, "Number the stages from 1 to 2 without gaps, in the order in which they decide.")
    ]


def test_vr_22_accepts_numbered_names() -> None:
    assert said("VR-22", create(reviewed(HR, LEGAL))) == []


@pytest.mark.parametrize("address", ["dpo-office", "a@b", "a b@contoso.com", "@contoso.com", "a@contoso.com\n", ""])
def test_vr_23_blocks_what_is_no_address(address: str) -> None:
    assert said("VR-23", create(reviewed(HR, stage(2, "Legal", "a@contoso.com", address)))) == [
        (BLOCK, f"{STAGES}.2", f"“{address}” is not an e-mail address. Correct it or remove it.")
    ]


def test_vr_23_accepts_addresses() -> None:
    assert said("VR-23", create(reviewed(stage(1, "HR", "e.sandström@contoso.com".replace("ö", "o"))))) == []


def test_vr_24_warns_of_an_address_outside() -> None:
    change = create(reviewed(stage(1, "HR", "a@contoso.com", "B@Fabrikam.com", "c@sub.contoso.com")))

    assert said("VR-24", change, make_plan(domains=("contoso.com", "sub.contoso.com"))) == [
        (
            WARN,
            f"{STAGES}.1",
            "“B@Fabrikam.com” is outside this tenant. "
            "Reviewers must be users or mail-enabled security groups of the tenant.",
        )
    ]


def test_vr_24_knows_nothing_of_a_tenant_without_domains() -> None:
    assert said("VR-24", create(reviewed(HR))) == []


def test_vr_24_leaves_to_vr_23_what_is_no_address() -> None:
    assert said("VR-24", create(reviewed(stage(1, "HR", "dpo-office"))), make_plan(domains=("contoso.com",))) == []


def test_vr_25_warns_of_the_same_reviewer_in_one_stage() -> None:
    assert said("VR-25", create(reviewed(stage(1, "HR", "a@contoso.com", "A@contoso.com", "a@Contoso.com")))) == [
        (
            WARN,
            f"{STAGES}.1",
            "A@contoso.com would approve twice; that is not a second pair of eyes. Choose somebody else.",
        )
    ]


def test_vr_25_warns_of_the_same_reviewer_in_consecutive_stages() -> None:
    assert said("VR-25", create(reviewed(HR, stage(2, "Legal", "l@contoso.com", "hr@contoso.com")))) == [
        (
            WARN,
            f"{STAGES}.2",
            "hr@contoso.com would approve twice; that is not a second pair of eyes. Choose somebody else.",
        )
    ]


def test_vr_25_accepts_the_same_reviewer_two_stages_later() -> None:
    assert said("VR-25", create(reviewed(HR, LEGAL, stage(3, "Board", "hr@contoso.com")))) == []


def crowded(count: int) -> Plan:
    """A plan whose labels already have `count` different reviewers."""
    return make_plan(
        *(
            known_label(reviewed(stage(1, "HR", f"r{n}@contoso.com"), displayName=f"Label {n}"))
            for n in range(1, count + 1)
        )
    )


@pytest.mark.parametrize(("others", "level"), [(178, None), (179, WARN), (199, WARN), (200, BLOCK)])
def test_vr_26_counts_reviewers_over_all_labels(others: int, level: Any) -> None:
    found = said("VR-26", create(reviewed(HR)), crowded(others))

    message = f"{others + 1} different reviewers are in use; Purview supports 200. Replace individuals by groups."
    assert found == ([(level, STAGES, message)] if level else [])


def test_vr_26_counts_a_reviewer_once_whatever_the_case() -> None:
    assert said("VR-26", create(reviewed(stage(1, "HR", "R7@Contoso.com"))), crowded(179)) == []


def test_vr_26_leaves_a_label_without_reviewers_alone() -> None:
    assert said("VR-26", create(make_label()), crowded(201)) == []


def test_vr_26_only_warns_when_a_change_brings_the_number_down() -> None:
    base = reviewed(stage(1, "HR", "x@contoso.com", "y@contoso.com"))
    change = update(base, dispositionReviewStages=[stage(1, "HR", "x@contoso.com")])

    assert said("VR-26", change, crowded(200)) == [
        (WARN, STAGES, "201 different reviewers are in use; Purview supports 200. Replace individuals by groups.")
    ]


@pytest.mark.parametrize(
    "after",
    [
        [],
        [HR],
        [stage(1, "Legal", "legal@contoso.com")],
        [stage(1, "Legal", "legal@contoso.com"), stage(2, "HR", "hr@contoso.com")],
        [HR, stage(2, "Board", "b@contoso.com"), stage(3, "Legal", "legal@contoso.com")],
    ],
    ids=["all removed", "last removed", "first removed", "swapped", "one put between"],
)
def test_vr_27_blocks_stages_removed_or_moved(after: list[Document]) -> None:
    found = said("VR-27", update(reviewed(HR, LEGAL), dispositionReviewStages=after))

    assert [finding for finding in found if finding[0] == BLOCK] == [(BLOCK, STAGES, KEPT)]


@pytest.mark.parametrize(
    "after",
    [
        [HR, LEGAL],
        [stage(1, "HR records", "hr@contoso.com"), stage(2, "Law", "legal@contoso.com")],
        [stage(1, "HR", "other@contoso.com"), LEGAL],
    ],
    ids=["unchanged", "renamed", "re-staffed"],
)
def test_vr_27_accepts_stages_renamed_or_restaffed(after: list[Document]) -> None:
    assert said("VR-27", update(reviewed(HR, LEGAL), dispositionReviewStages=after)) == []


def test_vr_27_asks_to_confirm_a_stage_added_at_the_end() -> None:
    board = stage(3, "Board", "board@contoso.com")
    change = update(reviewed(HR, LEGAL), dispositionReviewStages=[HR, LEGAL, board])

    assert said("VR-27", change) == [(CONFIRM, f"{STAGES}.3", "Stage 3 can never be removed or moved once it exists.")]
    assert [finding.two_approvers for finding in findings("VR-27", change)] == [False]


def test_vr_27_does_not_concern_a_new_label() -> None:
    assert said("VR-27", create(reviewed(HR, LEGAL))) == []
