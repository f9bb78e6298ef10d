from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels import document
from labels.document import BINDABLE, PARTS, UPDATABLE, blank, body, partial, reach, references
from portal.mirror.kinds import Document, Incomplete, Reference
from tests.labels.builders import FOREVER, described, in_days, make_label, on_event, reviewed, stage

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    '" hx-get="/x',
    "o'Brien('x')/../y?z#%27",
    "\u202eevig",
    "＝1",
    "é",
    "e\u0301",
    "💼",
]
names = st.sampled_from(HOSTILE) | st.text(min_size=1).filter(str.strip)
maybe_name = st.none() | names
durations = st.none() | st.just(FOREVER) | st.integers(1, 36_525).map(in_days)
stages = st.lists(st.tuples(st.text(), st.lists(st.text()))).map(
    lambda rows: [stage(number, name, *reviewers) for number, (name, reviewers) in enumerate(rows, start=1)]
)
labels = st.fixed_dictionaries(
    {
        "displayName": names,
        "descriptionForAdmins": st.text(),
        "descriptionForUsers": st.text(),
        "behaviorDuringRetentionPeriod": st.sampled_from(
            ["retain", "retainAsRecord", "retainAsRegulatoryRecord", "doNotRetain", "somethingNew"]
        ),
        "actionAfterRetentionPeriod": st.sampled_from(["none", "delete", "startDispositionReview", "relabel", "new"]),
        "retentionTrigger": st.none() | st.sampled_from(["dateCreated", "dateModified", "dateLabeled", "dateOfEvent"]),
        "retentionDuration": durations,
        "retentionEventType": maybe_name,
        "defaultRecordBehavior": st.sampled_from(["startLocked", "startUnlocked", "somethingNew"]),
        "labelToBeApplied": maybe_name,
        "dispositionReviewStages": stages,
        "descriptors": st.fixed_dictionaries(dict.fromkeys(PARTS, maybe_name)),
    }
)


def bind(reference: Reference) -> str:
    return f"https://graph.test/v1.0/{reference.kind}('{quote(reference.name, safe='')}')"


def named(url: str) -> str:
    return unquote(url.partition("('")[2].removesuffix("')"))


def answered(**fields: Any) -> dict[str, Any]:
    """A label as Graph answers it, expanded."""
    return {
        "id": "7b0a3c7e-4c1d-4a2e-8f55-0c6a4e1d9b10",
        "displayName": "FIN Supplier invoices 7y",
        "behaviorDuringRetentionPeriod": "retain",
        "actionAfterRetentionPeriod": "delete",
        "retentionTrigger": "dateCreated",
        "retentionDuration": in_days(2557),
        "defaultRecordBehavior": "startLocked",
        "isInUse": False,
        "labelToBeApplied": None,
        "descriptionForAdmins": "Tax code, invoices",
        "descriptionForUsers": None,
        "dispositionReviewStages": [],
        "retentionEventType": None,
        "descriptors": None,
        **fields,
    }


@given(labels)
def test_a_creation_read_back_is_the_document(wanted: Document) -> None:
    reached = reach(None, wanted)

    assert {**blank(), **partial(body(reached, None, bind), named)} == reached


@given(labels, labels, st.sets(st.sampled_from(UPDATABLE)))
def test_an_update_read_back_is_the_document(base: Document, wanted: Document, fields: set[str]) -> None:
    after = {**base, **{name: wanted[name] for name in fields}}

    assert {**base, **partial(body(after, fields, bind), named)} == after


@given(labels)
def test_reach_differs_from_what_is_wanted_by_the_subcategory_alone(wanted: Document) -> None:
    reached = reach(None, wanted)

    assert {**reached, "descriptors": wanted["descriptors"]} == wanted
    assert {**reached["descriptors"], "subcategory": wanted["descriptors"]["subcategory"]} == wanted["descriptors"]


@given(labels, labels)
def test_reach_of_an_existing_label_takes_six_fields(base: Document, wanted: Document) -> None:
    reached = reach(base, wanted)

    assert {name for name in blank() if reached[name] != base[name]} <= set(UPDATABLE)
    assert all(reached[name] == wanted[name] for name in UPDATABLE)


def test_document_of_a_plain_label() -> None:
    assert document.document(answered()) == {
        "displayName": "FIN Supplier invoices 7y",
        "descriptionForAdmins": "Tax code, invoices",
        "descriptionForUsers": "",
        "behaviorDuringRetentionPeriod": "retain",
        "actionAfterRetentionPeriod": "delete",
        "retentionTrigger": "dateCreated",
        "retentionDuration": in_days(2557),
        "retentionEventType": None,
        "defaultRecordBehavior": "startLocked",
        "labelToBeApplied": None,
        "dispositionReviewStages": [],
        "descriptors": dict.fromkeys(PARTS),
    }


@pytest.mark.parametrize("key", ["retentionEventType", "descriptors", "dispositionReviewStages", "id", "displayName"])
def test_document_refuses_a_label_without(key: str) -> None:
    raw = answered()
    del raw[key]

    with pytest.raises(Incomplete, match=rf"^A retention label came without {key}\.$"):
        document.document(raw)


@pytest.mark.parametrize("name", [None, "", "  ", 5])
def test_document_refuses_a_label_without_a_usable_name(name: Any) -> None:
    with pytest.raises(Incomplete):
        document.document(answered(displayName=name))


def test_document_refuses_an_event_type_without_name() -> None:
    with pytest.raises(Incomplete, match="came without its name"):
        document.document(answered(retentionEventType={"id": "1"}))


def test_document_keeps_the_name_of_the_event_type() -> None:
    assert document.document(answered(retentionEventType={"id": "1", "displayName": "Employee departure"}))[
        "retentionEventType"
    ] == ("Employee departure")


def test_document_keeps_the_names_of_descriptors() -> None:
    raw = {
        "id": "5a1e9d70",
        "authority": {"displayName": "Legal"},
        "category": {"displayName": "Personnel", "subcategory": {"displayName": "Contracts"}},
        "citation": {"displayName": "Code art. 40", "citationUrl": "x", "citationJurisdiction": "PT"},
        "department": None,
        "filePlanReference": {"displayName": "HR-02-001"},
    }

    assert document.document(answered(descriptors=raw))["descriptors"] == {
        "authority": "Legal",
        "category": "Personnel",
        "subcategory": "Contracts",
        "citation": "Code art. 40",
        "department": None,
        "filePlanReference": "HR-02-001",
    }


def test_document_reads_the_other_spelling_of_the_category() -> None:
    raw = {"appliedCategory": {"displayName": "Personnel", "subcategory": None}}

    assert document.document(answered(descriptors=raw))["descriptors"] == described(category="Personnel")


def test_document_reads_stages_liberally_and_in_order() -> None:
    raw = [
        {"stageNumber": 2, "name": None, "reviewersEmailAddresses": None},
        {"stageNumber": "1", "name": "HR", "reviewersEmailAddresses ": ["hr@contoso.com"]},
    ]

    assert document.document(answered(dispositionReviewStages=raw))["dispositionReviewStages"] == [
        stage(1, "HR", "hr@contoso.com"),
        stage(2, ""),
    ]


@pytest.mark.parametrize("raw", [{}, "HR", ["HR"], [None], [{"stageNumber": "1", "reviewersEmailAddresses": "a@b.c"}]])
def test_document_refuses_stages_that_cannot_be_read(raw: Any) -> None:
    """Read as fewer than there are, the next edit would seem to add some."""
    with pytest.raises(Incomplete, match="stages that cannot be read"):
        document.document(answered(dispositionReviewStages=raw))


def test_document_reads_stages_of_null_as_none() -> None:
    assert document.document(answered(dispositionReviewStages=None))["dispositionReviewStages"] == []


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ({"@odata.type": "microsoft.graph.security.retentionDurationInDays", "days": "730"}, in_days(730)),
        ({"days": 365}, in_days(365)),
        ({"@odata.type": "#MICROSOFT.graph.security.RetentionDurationForever"}, FOREVER),
        (None, None),
        ({}, {}),
        (in_days(40_000), in_days(40_000)),
        (
            {"@odata.type": "#x.retentionDurationInMonths", "months": 1.5},
            {"@odata.type": "#x.retentionDurationInMonths", "months": "1.5"},
        ),
    ],
)
def test_document_reads_durations(raw: Any, read: Any) -> None:
    assert document.document(answered(retentionDuration=raw))["retentionDuration"] == read


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_document_reads_blank_next_label_as_none(nothing: str | None) -> None:
    assert document.document(answered(labelToBeApplied=nothing))["labelToBeApplied"] is None


def test_document_keeps_unknown_settings_as_they_came() -> None:
    raw = answered(behaviorDuringRetentionPeriod="freeze", defaultRecordBehavior="startFrozen", retentionTrigger="moon")

    read = document.document(raw)

    assert (read["behaviorDuringRetentionPeriod"], read["defaultRecordBehavior"], read["retentionTrigger"]) == (
        "freeze",
        "startFrozen",
        "moon",
    )


def test_body_of_a_creation_sends_what_is_set() -> None:
    wanted = make_label(descriptors=described(), descriptionForAdmins="Tax code")

    assert body(wanted, None, bind) == {
        "displayName": "FIN Invoices 10y",
        "descriptionForAdmins": "Tax code",
        "behaviorDuringRetentionPeriod": "retain",
        "actionAfterRetentionPeriod": "delete",
        "retentionTrigger": "dateCreated",
        "retentionDuration": in_days(3653),
    }


def test_body_of_a_creation_binds_event_type_and_descriptors() -> None:
    wanted = on_event(
        behaviorDuringRetentionPeriod="retainAsRecord",
        descriptors={part: f"a {part}" for part in PARTS},
        dispositionReviewStages=[stage(1, "HR", "hr@contoso.com")],
    )

    assert body(wanted, None, bind) == {
        "displayName": "FIN Invoices 10y",
        "behaviorDuringRetentionPeriod": "retainAsRecord",
        "actionAfterRetentionPeriod": "delete",
        "retentionTrigger": "dateOfEvent",
        "retentionDuration": in_days(3653),
        "defaultRecordBehavior": "startLocked",
        "dispositionReviewStages": [stage(1, "HR", "hr@contoso.com")],
        "retentionEventType@odata.bind": "https://graph.test/v1.0/retentionEventType('Employee%20departure')",
        "descriptors": {
            f"{part}Template@odata.bind": f"https://graph.test/v1.0/{part}('a%20{part}')" for part in BINDABLE
        },
    }


def test_body_of_an_update_sends_the_given_fields_only() -> None:
    wanted = make_label(descriptionForAdmins="", descriptionForUsers="Invoices")

    assert body(wanted, ["descriptionForAdmins", "displayName", "descriptors"], bind) == {"descriptionForAdmins": ""}


def test_body_of_an_update_sends_stages_with_their_action() -> None:
    wanted = reviewed(stage(1, "HR", "hr@contoso.com"))

    assert body(wanted, ["dispositionReviewStages"], bind) == {
        "dispositionReviewStages": [stage(1, "HR", "hr@contoso.com")],
        "actionAfterRetentionPeriod": "startDispositionReview",
    }


def test_references_name_everything_in_order_of_need() -> None:
    wanted = on_event(labelToBeApplied="Next", descriptors=described(category="Personnel", subcategory="Contracts"))

    assert references(wanted) == (
        Reference("retentionEventType", "Employee departure", "retentionEventType"),
        Reference("category", "Personnel", "descriptors.category"),
        Reference("subcategory", "Contracts", "descriptors.subcategory", "Personnel"),
        Reference("retentionLabel", "Next", "labelToBeApplied"),
    )


@pytest.mark.parametrize("wanted", [{}, {"descriptors": 5, "retentionEventType": ["x"], "labelToBeApplied": {}}])
def test_references_of_a_half_filled_document_are_none(wanted: Document) -> None:
    assert references(wanted) == ()
