import pytest

from labels import words
from labels.facts import Facts
from portal.mirror.kinds import Line
from tests.labels.builders import FOREVER, described, followed, in_days, make_label, on_event, stage


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (1, "1 day"),
        (365, "365 days (1 year of 365 days)"),
        (366, "366 days (1 calendar year)"),
        (1_461, "1,461 days (4 calendar years)"),
        (2_190, "2,190 days (6 years of 365 days)"),
        (2_192, "2,192 days (6 calendar years)"),
        (3_652, "3,652 days"),
        (3_653, "3,653 days (10 calendar years)"),
        (36_525, "36,525 days (100 calendar years)"),
    ],
)
def test_days_name_whole_years(days: int, text: str) -> None:
    assert words.days(days) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (in_days(30), "30 days"),
        (FOREVER, "For ever"),
        (None, ""),
        ({}, "Unknown to Fileplan"),
        (in_days("٣٦٥"), "Unknown to Fileplan"),
    ],
)
def test_period_says_days_for_ever_or_nothing(duration: object, text: str) -> None:
    assert words.period(Facts(make_label(retentionDuration=duration))) == text


def test_lines_of_a_full_label_stand_in_reading_order() -> None:
    wanted = on_event(
        displayName="HR Personnel file 10y",
        descriptionForAdmins="Series HR-024.",
        descriptionForUsers="Contracts.",
        behaviorDuringRetentionPeriod="retainAsRecord",
        actionAfterRetentionPeriod="startDispositionReview",
        dispositionReviewStages=[stage(1, "HR", "hr@contoso.com"), stage(2, "Legal", "a@contoso.com", "b@contoso.com")],
        descriptors=described(
            department="Human resources",
            category="Personnel",
            subcategory="Contracts",
            authority="Legal",
            citation="Limitation Act 1980",
            filePlanReference="HR-024",
        ),
    )

    assert words.lines(wanted) == (
        Line("displayName", "Label name", "HR Personnel file 10y"),
        Line("descriptionForAdmins", "Note for administrators", "Series HR-024."),
        Line("descriptionForUsers", "Text users see", "Contracts."),
        Line("behaviorDuringRetentionPeriod", "Keep the item", "Retain as a record"),
        Line("defaultRecordBehavior", "Records start", "Locked"),
        Line("retentionDuration", "Period", "3,653 days (10 calendar years)"),
        Line("retentionTrigger", "Counted from", "An event"),
        Line("retentionEventType", "Event type", "Employee departure"),
        Line("actionAfterRetentionPeriod", "Then", "Start a disposition review"),
        Line("dispositionReviewStages.1", "Stage 1", "HR\nhr@contoso.com"),
        Line("dispositionReviewStages.2", "Stage 2", "Legal\na@contoso.com\nb@contoso.com"),
        Line("descriptors.department", "Function", "Human resources"),
        Line("descriptors.category", "Category", "Personnel"),
        Line("descriptors.subcategory", "Subcategory", "Contracts"),
        Line("descriptors.authority", "Authority", "Legal"),
        Line("descriptors.citation", "Citation", "Limitation Act 1980"),
        Line("descriptors.filePlanReference", "Reference ID", "HR-024"),
    )


def test_lines_of_a_label_that_hands_over_name_the_next() -> None:
    wanted = followed("LEG Archive", descriptors=described(), retentionDuration=FOREVER)

    assert words.lines(wanted) == (
        Line("displayName", "Label name", "FIN Invoices 10y"),
        Line("behaviorDuringRetentionPeriod", "Keep the item", "Retain"),
        Line("retentionDuration", "Period", "For ever"),
        Line("retentionTrigger", "Counted from", "The day it was created"),
        Line("actionAfterRetentionPeriod", "Then", "Relabel"),
        Line("labelToBeApplied", "Next label", "LEG Archive"),
    )


def test_lines_show_unknown_settings_as_they_came() -> None:
    wanted = make_label(behaviorDuringRetentionPeriod="freeze", descriptors=described())

    assert words.lines(wanted)[1] == Line(
        "behaviorDuringRetentionPeriod", "Keep the item", "“freeze”, unknown to Fileplan"
    )


def test_lines_of_an_empty_document_are_none() -> None:
    assert words.lines({"defaultRecordBehavior": "startLocked"}) == ()
