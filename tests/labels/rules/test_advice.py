from typing import Any

import pytest

from tests.labels.builders import (
    BLOCK,
    WARN,
    create,
    described,
    in_days,
    known_label,
    make_label,
    make_plan,
    reviewed,
    said,
    stage,
    update,
)


@pytest.mark.parametrize(("others", "level"), [(898, None), (899, WARN), (999, WARN), (1_000, BLOCK)])
def test_vr_49_counts_labels_after_the_change(others: int, level: Any) -> None:
    plan = make_plan(*(known_label(make_label(displayName=f"Label {n}")) for n in range(others)))
    message = f"{others + 1:,} labels would exist; Purview allows 1,000. Consider merging series."

    assert said("VR-49", create(make_label()), plan) == ([(level, "displayName", message)] if level else [])


@pytest.mark.parametrize(
    ("days", "message"),
    [
        (365, "One year as 365 days ends up to one day early. If the law names a year, use 366."),
        (1_460, "4 years as 1,460 days end up to 1 day early. If the law names years, use 1,461."),
        (2_555, "7 years as 2,555 days end up to 2 days early. If the law names years, use 2,557."),
        (36_500, "100 years as 36,500 days end up to 25 days early. If the law names years, use 36,525."),
    ],
)
def test_vr_70_warns_of_years_of_365_days(days: int, message: str) -> None:
    assert said("VR-70", create(make_label(retentionDuration=in_days(days)))) == [(WARN, "retentionDuration", message)]


@pytest.mark.parametrize("days", [1, 30, 364, 366, 2_556, 2_557, 0, "x"])
def test_vr_70_accepts_other_periods(days: Any) -> None:
    assert said("VR-70", create(make_label(retentionDuration=in_days(days)))) == []


@pytest.mark.parametrize("behavior", ["retain", "retainAsRecord", "retainAsRegulatoryRecord"])
def test_vr_71_warns_of_retention_without_reason(behavior: str) -> None:
    wanted = make_label(behaviorDuringRetentionPeriod=behavior, descriptors=described(category="Personnel"))

    assert said("VR-71", create(wanted)) == [
        (
            WARN,
            "descriptors",
            "Auditors will ask why this is kept. Add an authority, a citation or a reference ID.",
        )
    ]


@pytest.mark.parametrize("part", ["authority", "citation", "filePlanReference"])
def test_vr_71_accepts_a_reason(part: str) -> None:
    assert said("VR-71", create(make_label(descriptors=described(**{part: "Reason"})))) == []


def test_vr_71_does_not_concern_what_is_not_retained() -> None:
    wanted = make_label(behaviorDuringRetentionPeriod="doNotRetain", descriptors=described())

    assert said("VR-71", create(wanted)) == []


def test_vr_72_warns_of_a_record_deleted_without_review() -> None:
    assert said("VR-72", create(make_label(behaviorDuringRetentionPeriod="retainAsRecord"))) == [
        (
            WARN,
            "actionAfterRetentionPeriod",
            "These records are deleted without anybody looking. Consider a disposition review.",
        )
    ]


def test_vr_72_warns_of_a_citation_that_demands_review() -> None:
    under = described(citation="Code art. 40")
    plan = make_plan(known_label(reviewed(stage(1, "HR", "a@contoso.com"), displayName="Other", descriptors=under)))

    assert said("VR-72", create(make_label(descriptors=described(citation="code art. 40"))), plan) == [
        (
            WARN,
            "actionAfterRetentionPeriod",
            "Other labels under “code art. 40” are reviewed before deletion. Consider a disposition review.",
        )
    ]


def test_vr_72_accepts_reviewed_records_and_deleted_non_records() -> None:
    record = reviewed(stage(1, "HR", "a@contoso.com"), behaviorDuringRetentionPeriod="retainAsRecord")

    assert said("VR-72", create(record)) == said("VR-72", create(make_label())) == []


def test_vr_73_warns_of_a_label_with_the_same_settings() -> None:
    plan = make_plan(known_label(make_label(displayName="FIN Bills 10y", descriptionForUsers="Bills")))

    assert said("VR-73", create(make_label()), plan) == [
        (WARN, "displayName", "“FIN Invoices 10y” and “FIN Bills 10y” have the same settings. Merge them?")
    ]


def test_vr_73_accepts_a_label_of_its_own() -> None:
    plan = make_plan(known_label(make_label(displayName="Other", retentionDuration=in_days(30))))

    assert said("VR-73", create(make_label()), plan) == []


def test_vr_73_does_not_compare_a_label_with_itself() -> None:
    base = make_label()

    assert said("VR-73", update(base, descriptionForUsers="New"), make_plan(known_label(base))) == []
