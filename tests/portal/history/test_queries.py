from datetime import timedelta

import pytest
from django.utils import timezone

from labels.models import RetentionLabel
from portal.audit.trail import record
from portal.changes.models import Change
from portal.history import actions, queries
from portal.history.rows import Fold


def verbs(entries):
    return [entry.verb for entry in entries]


def numbers(page):
    return [item.first for day in page.days for item in day.items]


def test_trail_of_is_the_tenants_own_newest_first(tenant, other_tenant, author):
    record(author, "person.signed_in")
    record(tenant, "tenant.added")
    record(other_tenant, "policy.changed")
    record(tenant, "policy.changed")

    assert verbs(queries.trail_of(tenant)) == ["policy.changed", "tenant.added"]


def test_history_of_takes_in_the_requests_that_touch_the_object(tenant, draft):
    label = RetentionLabel(tenant=tenant, kind="retentionLabel", graph_id="7", display_name="Invoices 7y")
    other = RetentionLabel(tenant=tenant, kind="retentionLabel", graph_id="8", display_name="Contracts")
    about, elsewhere = draft(142), draft(143)
    values = {"position": 1, "kind": "retentionLabel", "action": "update", "base": {}, "after": {}, "name": "x"}
    Change.objects.create(request=about, target="7", **values)
    Change.objects.create(request=elsewhere, target="8", **values)
    for thing, verb in ((label, "mirror.changed_outside"), (about, "request.drafted"), (other, "mirror.baselined")):
        record(thing, verb)
    record(elsewhere, "request.edited")

    assert verbs(queries.history_of(label)) == ["request.drafted", "mirror.changed_outside"]


def test_history_of_request_is_of_that_request_alone(draft):
    asked = draft(14)
    for about, verb in ((asked, "request.drafted"), (draft(142), "request.edited"), (asked, "change.sent")):
        record(about, verb)

    assert verbs(queries.history_of_request(asked)) == ["change.sent", "request.drafted"]


def test_page_goes_on_where_the_last_one_ended(tenant, monkeypatch):
    monkeypatch.setattr(queries, "SHOWN", 3)
    for _entry in range(7):
        record(tenant, "policy.changed")
    trail = queries.trail_of(tenant)

    first = queries.page(trail)
    second = queries.page(trail, before=first.older)
    third = queries.page(trail, before=second.older)

    assert [numbers(page) for page in (first, second, third)] == [[7, 6, 5], [4, 3, 2], [1]]
    assert (first.older, second.older, third.older) == (5, 2, None)


def test_page_reads_on_past_what_was_folded(tenant, ran, monkeypatch):
    monkeypatch.setattr(queries, "SHOWN", 2)
    monkeypatch.setattr(queries, "READ", 5)
    for _entry in range(2):
        record(tenant, "policy.changed")
    for _run in range(6):
        ran()
    trail = queries.trail_of(tenant)

    first = queries.page(trail)
    second = queries.page(trail, before=first.older)

    (fold,) = first.days[0].items
    assert isinstance(fold, Fold)
    assert (fold.count, first.older) == (5, 4)
    assert (numbers(second), second.older) == ([3, 2], 2)


def test_page_of_an_empty_history_is_empty(tenant):
    assert queries.page(queries.trail_of(tenant)) == queries.Page([], goes_on=False)


@pytest.mark.parametrize("count", [1, 50])
def test_page_costs_one_query_for_any_number_of_entries(tenant, author, count, django_assert_num_queries):
    for _entry in range(count):
        record(tenant, "policy.changed", by=author)

    with django_assert_num_queries(1):
        page = queries.page(queries.trail_of(tenant))
        told = [(row.what, row.about, row.facts) for day in page.days for row in day.items]

    assert len(told) == count


def test_nobody_is_named_before_anything_happened(tenant):
    assert (queries.actors(tenant), queries.length(tenant)) == ([], 0)


@pytest.mark.profile("embedded", why="go by plans, which PostgreSQL makes by how many rows there are")
def test_newest_entries_and_the_first_are_read_from_the_index_of_their_numbers(tenant):
    record(tenant, "policy.changed")

    for entries in (queries.trail_of(tenant), queries.trail_of(tenant).order_by("seq")):
        assert "TEMP B-TREE" not in entries[:1].explain()


def test_actors_are_named_once(tenant, author, approver):
    for by in (author, approver, author):
        record(tenant, "policy.changed", by=by)
    record(tenant, "mirror.baselined", service="Sync")

    assert queries.actors(tenant) == ["Ada Author", "Ben Approver", "Sync"]


def test_began_is_the_time_of_the_first_entry(tenant):
    assert queries.began(tenant) is None

    first = record(tenant, "tenant.added")
    record(tenant, "policy.changed")

    assert queries.began(tenant) == first.at


def test_last_check_is_the_latest_of_this_tenant(tenant, other_tenant, auditor):
    assert queries.last_check(tenant) is None

    record(tenant, "policy.changed")
    for about in (tenant, tenant, other_tenant):
        actions.check(about, by=auditor)

    assert queries.last_check(tenant).entry.seq == 3


def test_was_read_lately_holds_for_a_quarter_of_an_hour(tenant, author, auditor, at):
    at(timezone.now() - timedelta(minutes=17))
    record(tenant, "trail.read", by=author)
    assert not queries.was_read_lately(tenant, by=author)

    record(tenant, "trail.read", by=author)
    record(tenant, "trail.read", by=author)
    assert queries.was_read_lately(tenant, by=author)
    assert not queries.was_read_lately(tenant, by=auditor)
