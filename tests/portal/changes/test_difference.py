"""What an approver is shown: every setting that differs, in words, and nothing that does not."""

from portal.changes.difference import difference
from portal.mirror import kinds
from tests.changing import LABEL, lasting, stage, wanted_label

KIND = kinds.of(LABEL)


def changed(base, after):
    return [(row.path, row.before, row.after) for row in difference(KIND, base, after).changed]


def test_difference_holds_only_what_differs():
    base = wanted_label("Invoices", descriptionForUsers="Before.")
    after = {**base, "descriptionForUsers": "After."}

    assert changed(base, after) == [("descriptionForUsers", "Before.", "After.")]


def test_difference_keeps_the_rest_as_unchanged():
    base = wanted_label("Invoices")

    found = difference(KIND, base, {**base, "descriptionForUsers": "After."})

    assert [row.path for row in found.unchanged] == [
        "displayName",
        "behaviorDuringRetentionPeriod",
        "retentionDuration",
        "retentionTrigger",
        "actionAfterRetentionPeriod",
    ]


def test_difference_matches_stages_by_place():
    base = wanted_label("Invoices", dispositionReviewStages=[stage(1, "HR", "a@x.test"), stage(2, "Legal", "b@x.test")])
    stages = [stage(1, "HR", "a@x.test"), stage(2, "Legal", "c@x.test"), stage(3, "Privacy", "d@x.test")]

    assert changed(base, {**base, "dispositionReviewStages": stages}) == [
        ("dispositionReviewStages.2", "Legal\nb@x.test", "Legal\nc@x.test"),
        ("dispositionReviewStages.3", "", "Privacy\nd@x.test"),
    ]


def test_difference_shows_what_is_cleared_at_its_place():
    base = wanted_label("Invoices", descriptionForUsers="Text.", descriptionForAdmins="Note.")
    after = {**base, "descriptionForUsers": "", "retentionDuration": lasting(30)}

    assert [path for path, _before, _after in changed(base, after)] == ["descriptionForUsers", "retentionDuration"]


def test_difference_of_a_creation_has_one_side_and_no_name():
    found = difference(KIND, None, wanted_label("Invoices"))

    assert all(row.before == "" for row in found.changed)
    assert "displayName" not in [row.path for row in found.changed]
    assert found.unchanged == ()


def test_difference_of_a_deletion_has_the_other_side():
    found = difference(KIND, wanted_label("Invoices"), None)

    assert all(row.after == "" and row.before for row in found.changed)


def test_difference_shows_fields_without_words_as_they_are():
    base = wanted_label("Invoices")

    assert changed(base, {**base, "addedByGraph": {"b": 1, "a": "ä"}}) == [
        ("addedByGraph", "", '{"a": "ä", "b": 1}'),
    ]


def test_a_row_is_short_when_it_holds_a_value():
    base = wanted_label("Invoices", descriptionForUsers="Kept.")
    after = {**base, "retentionDuration": lasting(30), "descriptionForUsers": "Kept on."}

    assert [row.is_short for row in difference(KIND, base, after).changed] == [False, True]
