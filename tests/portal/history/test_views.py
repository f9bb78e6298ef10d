import json
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labels.models import RetentionLabel
from portal.audit import checkpoints, triggers, verify_audit
from portal.audit.models import Entry, Result
from portal.audit.trail import record
from portal.audit.verify_audit import verify
from portal.changes.models import Change
from portal.history import tasks


@pytest.fixture
def opened(client):
    """Signs somebody in and opens a page of the tenant by name."""

    def open_page(person, name, *args, query="", method="get", **headers):
        client.force_login(person)
        return getattr(client, method)(reverse(name, args=["harrow-vale", *args]) + query, headers=headers)

    return open_page


@pytest.fixture
def label(tenant):
    held = {"raw": {}, "document": {}, "seen_at": "2026-06-09T09:00:00Z"}
    return RetentionLabel.objects.create(
        tenant=tenant, kind="retentionLabel", graph_id="7", display_name="Invoices 7y", **held
    )


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["author", "approver", "auditor", "administrator"])
def test_history_is_open_to_every_member(opened, request, role):
    person = request.getfixturevalue(role)

    assert opened(person, "history").status_code == 200


def test_history_is_closed_to_outsiders(opened, tenant, outsider, label, draft):
    draft(142)
    pages = [("history",), ("label-history", label.pk), ("change-history", 142)]

    assert [opened(outsider, *page).status_code for page in pages] == [404, 404, 404]


def test_history_of_records_of_another_tenant_is_not_found(client, outsider, tenant, label, draft):
    draft(142)
    client.force_login(outsider)
    pages = [("label-history", label.pk), ("change-history", 142)]

    assert [client.get(reverse(name, args=["elsewhere", key])).status_code for name, key in pages] == [404, 404]


def test_history_shows_what_happened(opened, tenant, approver, draft):
    record(
        draft(142),
        "request.approved",
        by=approver,
        changes={"state": ["in_review", "approved"]},
        reason="Checked against the schedule.",
        content="9f3c21ab77e0d4c1",
    )

    page = opened(approver, "history").content.decode()

    for text in ("Ben Approver", "Change approved", "#142 Invoices", "Checked against the schedule.", "9f3c 21ab"):
        assert text in page


def test_history_shows_hostile_text_as_text(opened, tenant, auditor, draft):
    hostile = "<img src=x onerror=alert(1)>{{7*7}}\u202eevil"
    record(draft(1, hostile), "request.edited", by=auditor, reason=hostile, changes={"title": [hostile, None]})

    page = opened(auditor, "history").content.decode()

    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in page
    assert "\u202e" not in page


def test_history_narrows_to_what_was_asked_for(opened, tenant, auditor, draft):
    record(draft(142), "request.drafted", by=auditor)
    record(tenant, "policy.changed", by=auditor)

    page = opened(auditor, "history", query="?what=changes").content.decode()

    assert "Change drafted" in page
    assert "Policy changed" not in page


def test_history_goes_on_with_the_same_filters(opened, tenant, auditor):
    for _entry in range(60):
        record(tenant, "policy.changed", by=auditor)

    first = opened(auditor, "history", query="?what=people").content.decode()
    second = opened(auditor, "history", query="?what=people&before=11").content.decode()

    assert '/history/?what=people&amp;before=11"' in first
    assert second.count('class="entry" id') == 10
    assert '/history/?what=people"' in second


def test_history_says_which_filter_cannot_be_read(opened, tenant, auditor):
    answer = opened(auditor, "history", query="?since=31+February")

    assert answer.status_code == 422
    assert "Enter a valid date." in answer.content.decode()


@pytest.mark.parametrize("query", ["?what=pushes", "?q=nothing+like+it"])
def test_history_says_that_nothing_matches(opened, tenant, auditor, query):
    assert "No entry matches" in opened(auditor, "history", query=query).content.decode()


def test_history_notes_who_reads_it_once(opened, tenant, auditor, author):
    for person in (auditor, auditor, author):
        opened(person, "history")

    assert list(Entry.objects.filter(verb="trail.read").order_by("seq").values_list("actor_name", flat=True)) == [
        "Dora Auditor",
        "Ada Author",
    ]


def test_history_costs_the_same_for_one_row_and_for_many(opened, tenant, auditor, draft):
    opened(auditor, "history")
    with CaptureQueriesContext(
        connection,
    ) as for_few:
        opened(auditor, "history")
    for number in range(50):
        record(draft(number), "request.drafted", by=auditor)

    with CaptureQueriesContext(connection) as for_many:
        page = opened(auditor, "history").content.decode()

    assert page.count('class="entry" id') == 50
    assert len(for_many) == len(for_few)


def test_history_shows_an_altered_entry_and_does_not_believe_it(opened, tenant, auditor, draft):
    record(draft(142), "request.approved", by=auditor, reason="Honest.")
    triggers.lift(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET body = replace(body, 'Honest.', 'Forged.')")

    page = opened(auditor, "history").content.decode()

    assert "is not the one that was written" in page
    assert "Forged." not in page


def test_check_says_that_the_chain_is_unbroken(opened, tenant, auditor):
    record(tenant, "policy.changed")

    answer = opened(auditor, "history-check", method="post")

    assert (answer.status_code, answer["Location"]) == (302, reverse("history", args=["harrow-vale"]))
    page = opened(auditor, "history").content.decode()
    assert "Chain unbroken" in page
    assert "entries 1 to 1." in page


def test_check_says_where_the_chain_is_broken(opened, tenant, auditor):
    record(tenant, "policy.changed")
    triggers.lift(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET body = '{}'")

    answer = opened(auditor, "history-check", method="post", hx_request="true")

    assert answer.status_code == 200
    assert "Chain broken at entry 1" in answer.content.decode()
    assert Entry.objects.get(verb="trail.verified").result == Result.ERROR


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["author", "approver"])
def test_check_is_for_auditors_and_administrators(opened, request, role):
    person = request.getfixturevalue(role)

    assert opened(person, "history-check", method="post").status_code == 403
    assert "Check now" not in opened(person, "history").content.decode()
    assert not Entry.objects.filter(verb="trail.verified").exists()


def test_check_is_not_done_by_following_a_link(opened, auditor):
    assert opened(auditor, "history-check").status_code == 405


def test_label_history_shows_the_label_and_its_requests(opened, tenant, auditor, label, draft):
    asked = draft(142)
    Change.objects.create(
        request=asked, position=1, kind="retentionLabel", action="update", name="x", target="7", base={}, after={}
    )
    record(asked, "request.drafted", by=auditor)
    record(label, "mirror.changed_outside", service="Sync")
    record(tenant, "policy.changed", by=auditor)

    page = opened(auditor, "label-history", label.pk).content.decode()

    assert page.count('class="entry" id') == 2
    assert "Change drafted" in page
    assert "Changed outside Fileplan" in page


def test_change_history_shows_the_change_alone(opened, auditor, draft):
    record(draft(142), "request.drafted", by=auditor)
    record(draft(143), "request.edited", by=auditor)

    page = opened(auditor, "change-history", 142).content.decode()

    assert page.count('class="entry" id') == 1
    assert "Change drafted" in page


# Export


def exported(answer):
    return b"".join(answer.streaming_content).splitlines(keepends=True)


def test_export_gives_the_chain_as_a_file(opened, tenant, auditor):
    record(tenant, "policy.changed")

    answer = opened(auditor, "history-export", method="post")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/jsonl")
    assert re.fullmatch(r'attachment; filename="history-harrow-vale-[\d-]{10}\.jsonl"', answer["Content-Disposition"])
    assert verify(exported(answer)).entries == 2
    assert Entry.objects.get(verb="trail.exported").actor == auditor


def test_page_says_how_many_entries_an_export_shows(opened, tenant, auditor):
    for _entry in range(3):
        record(tenant, "policy.changed")

    assert "Export 3 entries" in opened(auditor, "history").content.decode()
    assert "Export 4 entries" in opened(auditor, "history", query="?before=2").content.decode()


def test_export_holds_what_the_page_shows(opened, tenant, auditor, draft):
    record(draft(142), "request.drafted", by=auditor)
    record(tenant, "policy.changed", by=auditor)

    page = opened(auditor, "history", query="?what=changes").content.decode()
    answer = opened(auditor, "history-export", query="?what=changes", method="post")

    assert "Export 1 entry" in page
    assert f'action="{reverse("history-export", args=["harrow-vale"])}?what=changes"' in page
    assert [bool(json.loads(line)["body"]) for line in exported(answer)[:4]] == [True, False, False, True]
    assert json.loads(Entry.objects.get(verb="trail.exported").body)["facts"] == {
        "entries": 1,
        "filter": {"what": "changes"},
    }


def test_export_refuses_a_filter_that_cannot_be_read(opened, tenant, auditor):
    answer = opened(auditor, "history-export", query="?since=31+February", method="post")

    assert answer.status_code == 422
    assert not Entry.objects.filter(verb="trail.exported").exists()


def test_export_is_done_ten_times_a_minute_at_most(opened, tenant, auditor, administrator):
    record(tenant, "policy.changed")

    statuses = [opened(auditor, "history-export", method="post").status_code for _time in range(11)]

    assert statuses == [200] * 10 + [429]
    assert opened(administrator, "history-export", method="post").status_code == 200


@pytest.mark.parametrize("role", ["author", "approver"])
def test_export_is_for_auditors_and_administrators(opened, tenant, request, role):
    record(tenant, "policy.changed")
    person = request.getfixturevalue(role)

    assert opened(person, "history-export", method="post").status_code == 403
    assert "Export" not in opened(person, "history").content.decode()


def test_export_is_closed_to_outsiders(opened, tenant, outsider):
    pages = [("history-export", "post"), ("history-verifier", "get")]

    assert [opened(outsider, name, method=method).status_code for name, method in pages] == [404, 404]


def test_export_is_not_done_by_following_a_link(opened, auditor):
    assert opened(auditor, "history-export").status_code == 405


def test_verifier_is_the_script_itself(opened, author):
    answer = opened(author, "history-verifier")

    assert answer.content == Path(verify_audit.__file__).read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="verify_audit.py"'


def test_history_tells_of_the_last_checkpoint(opened, tenant, auditor):
    record(tenant, "policy.changed")
    unsigned = opened(auditor, "history").content.decode()

    tasks.sign_checkpoints()
    signed = opened(auditor, "history").content.decode()

    assert "No entry was signed yet." in unsigned
    assert "Entry 2 was signed" in signed
    assert checkpoints.public_key() in signed
