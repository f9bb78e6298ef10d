from labels.kinds import columns
from portal.mirror import kinds
from tests.labels.builders import FOREVER, described, in_days, make_label, on_event, reviewed, stage


def test_what_is_named_is_registered_before_what_names_it() -> None:
    assert [kind.name for kind in kinds.listed() if kind.name != "retentionEvent"] == [
        "retentionEventType",
        "authority",
        "category",
        "subcategory",
        "citation",
        "department",
        "filePlanReference",
        "retentionLabel",
    ]


def test_every_kind_has_its_path() -> None:
    assert {kind.name: kind.path for kind in kinds.listed() if kind.name != "retentionEvent"} == {
        "retentionEventType": "security/triggerTypes/retentionEventTypes",
        "authority": "security/labels/authorities",
        "category": "security/labels/categories",
        "subcategory": "security/labels/categories/{parent}/subcategories",
        "citation": "security/labels/citations",
        "department": "security/labels/departments",
        "filePlanReference": "security/labels/filePlanReferences",
        "retentionLabel": "security/labels/retentionLabels",
    }


def test_label_kind_reads_and_updates_what_graph_offers() -> None:
    kind = kinds.of("retentionLabel")

    assert kind.expand == ("retentionEventType", "descriptors")
    assert kind.collections == ("dispositionReviewStages",)
    assert set(kind.updatable) == {
        "descriptionForAdmins",
        "descriptionForUsers",
        "retentionDuration",
        "dispositionReviewStages",
        "defaultRecordBehavior",
        "labelToBeApplied",
    }


def test_columns_of_a_reviewed_label() -> None:
    wanted = reviewed(
        stage(1, "HR", "hr@contoso.com", "dpo@contoso.com"),
        stage(2, "Legal", "DPO@contoso.com"),
        descriptors=described(category="Personnel", subcategory="Contracts", filePlanReference="HR-1"),
    )

    assert columns(wanted, {"isInUse": True}) == {
        "behavior": "retain",
        "action": "startDispositionReview",
        "trigger": "dateCreated",
        "record_starts": "startLocked",
        "retention_days": 3653,
        "is_forever": False,
        "event_type_name": "",
        "next_label": "",
        "stage_count": 2,
        "reviewer_count": 2,
        "is_in_use": True,
        "authority": "",
        "category": "Personnel",
        "subcategory": "Contracts",
        "citation": "",
        "department": "",
        "reference_id": "HR-1",
    }


def test_columns_tell_for_ever_from_no_retention() -> None:
    kept, tag = make_label(retentionDuration=FOREVER), make_label(retentionDuration=None)

    assert [columns(wanted, {})["is_forever"] for wanted in (kept, tag)] == [True, False]
    assert [columns(wanted, {})["retention_days"] for wanted in (kept, tag)] == [None, None]


def test_columns_leave_out_days_the_database_would_refuse() -> None:
    assert columns(make_label(retentionDuration=in_days(40_000)), {})["retention_days"] is None


def test_columns_cut_what_is_longer_than_they_hold() -> None:
    wanted = on_event(retentionEventType="E" * 400, behaviorDuringRetentionPeriod="b" * 80)

    cut = columns(wanted, {})

    assert (cut["event_type_name"], cut["behavior"]) == ("E" * 300, "b" * 60)
