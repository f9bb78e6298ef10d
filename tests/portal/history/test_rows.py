from datetime import UTC, date, datetime

import pytest
from django.db import connection

from portal.audit import triggers
from portal.audit.models import Entry, Result
from portal.audit.trail import record
from portal.history.rows import Difference, Fold, Row, Touched, by_day, folded, text_of

NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)


def newest_first():
    return Entry.objects.order_by("-seq")


def test_folded_folds_runs_that_found_nothing_new(ran, tenant):
    ran(changed=1)
    for _run in range(3):
        ran()
    record(tenant, "policy.changed")
    ran()

    items = folded(newest_first())

    assert [type(item) for item in items] == [Row, Row, Fold, Row]
    assert (items[2].count, items[2].first, items[2].last) == (3, 2, 4)
    assert items[2].began < items[2].ended


def test_folded_does_not_fold_over_midnight(ran, at):
    at(NOON.replace(hour=23, minute=57))
    for _run in range(4):
        ran()

    assert [item.count for item in folded(newest_first())] == [2, 2]


def test_by_day_puts_items_under_their_dates(ran, at, tenant):
    at(NOON.replace(day=8))
    record(tenant, "policy.changed")
    at(NOON)
    record(tenant, "policy.changed")
    record(tenant, "policy.changed")

    days = by_day(folded(newest_first()))

    assert [(day.date, len(day.items)) for day in days] == [(date(2026, 6, 9), 2), (date(2026, 6, 8), 1)]


def test_row_tells_what_changed(tenant, author):
    changes = {"state": ["in_review", "approved"], "days": [None, 3653], "forever": [True, False]}
    row = Row(record(tenant, "request.approved", by=author, changes=changes))

    assert row.differences == [
        Difference("Days", "", "3653"),
        Difference("Forever", "Yes", "No"),
        Difference("State", "in_review", "approved"),
    ]


def test_row_tells_of_the_objects_of_a_draft(draft, author):
    told = [{"kind": "retentionLabel", "name": "Invoices 7y", "action": "update", "changes": {"days": [1, 2]}}]
    row = Row(record(draft(142), "request.drafted", by=author, objects=told, content="9f3c", version=3))

    assert row.objects == [Touched("Invoices 7y", "update", [Difference("Days", "1", "2")])]
    assert row.facts == [("Version", ["3"])]


def test_row_tells_facts_in_words(tenant):
    row = Row(record(tenant, "trail.verified", names=["a", "b"], broken_at=None, because="", notHeardOf={"a": 1}))

    assert row.facts == [("Objects", ["a", "b"]), ("Not heard of", ["A: 1"])]


def test_row_leaves_out_what_is_there_to_rebuild_from(tenant):
    row = Row(record(tenant, "mirror.baselined", objects=1, mirrored=[{"kind": "x", "key": "1"}], says={"0": None}))

    assert row.facts == [("Objects", ["1"])]


def test_row_says_what_a_run_found(ran):
    assert Row(ran(changed=1)).about == "Objects seen: 1,599. New: 0. Changed: 1."


def test_row_shows_an_unknown_verb_as_it_is(tenant):
    assert Row(record(tenant, "label.polished")).what == "label.polished"


def test_row_stands_out_when_it_was_signed(draft, author):
    written = [
        record(draft(1), "request.approved", by=author),
        record(draft(2), "request.edited", by=author),
        record(draft(3), "request.approved", by=author, result=Result.DENIED),
    ]

    assert [Row(entry).is_signed for entry in written] == [True, False, False]


@pytest.mark.parametrize(
    ("action", "title"),
    [("update", "Change “Invoices”"), ("dropped", "“Invoices” taken out"), ("melt", "melt “Invoices”")],
)
def test_touched_says_what_is_done_with_the_object(action, title):
    assert Touched("Invoices", action, []).title == title


def test_row_does_not_believe_a_body_that_was_altered(ran):
    entry = ran()
    triggers.lift(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET body = 'no longer JSON'")
    entry.refresh_from_db()

    row = Row(entry)

    assert (row.is_altered, row.is_uneventful, row.facts, row.differences, row.objects) == (True, False, [], [], [])
    assert row.about == entry.object_name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"days": 3653, "isForever": False}, "Days: 3653, Is forever: No"),
        (
            [{"name": "Legal", "reviewers": ["a@x", "b@x"]}, {"name": "HR"}],
            "Name: Legal, Reviewers: a@x, b@x; Name: HR",
        ),
        ([1, 2], "1, 2"),
        ([], ""),
        ("x", "x"),
        (0, "0"),
    ],
)
def test_text_of_names_the_parts(value, text):
    assert text_of(value) == text
