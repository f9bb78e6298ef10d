"""From what is typed to a document, and back."""

from typing import Any

import pytest

from labels.document import blank
from labels.forms import LabelForm, initial_of, only_open, period_fields, typed_stages
from labels.stages import addresses
from tests.labels.builders import FOREVER, described, in_days, make_label, on_event, reviewed, stage
from tests.labels.factories import typed


def written(**fields: Any) -> LabelForm:
    form = LabelForm(typed(make_label(), **fields))
    form.is_valid()
    return form


@pytest.mark.parametrize(
    ("number", "unit", "duration"),
    [
        ("1", "days", in_days(1)),
        ("36525", "days", in_days(36525)),
        ("6", "months", in_days(180)),
        ("7", "years", in_days(2555)),
        (" 7 ", "years", in_days(2555)),
        ("007", "years", in_days(2555)),
        ("", "forever", FOREVER),
        ("12", "forever", FOREVER),
        ("", "years", None),
    ],
)
def test_period_is_counted_as_purview_counts(number: str, unit: str, duration: Any) -> None:
    form = written(retentionDuration=number, retentionDurationUnit=unit)

    assert form.cleaned_data["retentionDuration"] == duration


@pytest.mark.parametrize(
    ("duration", "shown"),
    [
        (in_days(2555), ("7", "years")),
        (in_days(180), ("6", "months")),
        (in_days(2557), ("2557", "days")),
        (in_days(1500), ("1500", "days")),
        (FOREVER, ("", "forever")),
        (None, ("", "years")),
        ({"@odata.type": "#new"}, ("", "years")),
    ],
)
def test_period_is_shown_in_the_unit_that_says_it_exactly(duration: Any, shown: tuple[str, str]) -> None:
    fields = period_fields(duration)

    assert (fields["retentionDuration"], fields["retentionDurationUnit"]) == shown


@pytest.mark.parametrize(
    "document",
    [
        blank(),
        make_label(),
        on_event(behaviorDuringRetentionPeriod="retainAsRecord", defaultRecordBehavior="startUnlocked"),
        make_label(retentionDuration=FOREVER, actionAfterRetentionPeriod="none", descriptors=described()),
        make_label(descriptionForUsers="One\nTwo\n", descriptionForAdmins=" spaced "),
    ],
)
def test_document_shown_and_read_again_is_the_same(document: dict[str, Any]) -> None:
    form = LabelForm(typed(document))

    assert form.is_valid(), form.errors
    assert form.document(document, document["dispositionReviewStages"]) == document


def test_fields_bear_the_names_of_graph() -> None:
    shown = {name for name in blank() if name not in ("descriptors", "dispositionReviewStages")} | set(
        blank()["descriptors"]
    )

    assert shown <= set(LabelForm.base_fields)
    assert shown <= set(initial_of(blank()))


def test_what_cannot_be_read_stays_as_it_was() -> None:
    form = written(displayName="HR\0", retentionDuration="x")

    assert form.document(make_label(), None) == make_label()


@pytest.mark.parametrize(
    ("document", "closed"),
    [
        (on_event(retentionTrigger="dateCreated"), {"retentionEventType": None}),
        (make_label(labelToBeApplied="Next"), {"labelToBeApplied": None}),
        (
            make_label(dispositionReviewStages=[stage(1, "HR")]),
            {"dispositionReviewStages": []},
        ),
        (make_label(defaultRecordBehavior="startUnlocked"), {"defaultRecordBehavior": "startLocked"}),
    ],
)
def test_only_open_leaves_out_what_the_choices_close(document: dict[str, Any], closed: dict[str, Any]) -> None:
    assert only_open(document) == document | closed


def test_web_address_of_a_citation_wants_its_name() -> None:
    assert list(written(citationUrl="https://law.example").errors) == ["citation"]


@pytest.mark.parametrize("text", ["a@x.test\r\nb@x.test", "a@x.test, b@x.test", " a@x.test ;\n\n b@x.test\n"])
def test_addresses_are_set_apart_by_lines_commas_and_semicolons(text: str) -> None:
    assert addresses(text) == ["a@x.test", "b@x.test"]


def test_stages_are_shown_one_address_a_line() -> None:
    document = reviewed(stage(1, "HR", "a@x.test", "b@x.test"))

    assert typed_stages(document) == [{"name": "HR", "reviewersEmailAddresses": "a@x.test\nb@x.test"}]
