"""G12, C13, C15 and the rows on listings of reliability.md 8, against a tenant over real HTTP."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from labels.models import RetentionLabel
from portal.audit.models import Entry
from portal.mirror import kinds, staging, sync
from portal.mirror.models import Cause, RunState, Staged, SyncRun
from portal.sandbox.server import Sandbox
from portal.tenants import clock
from portal.tenants.models import Person, Tenant
from tests.factories import make_tenant
from tests.portal.mirror.runs import entries, held, in_sandbox, rows, run, some_label, told

pytestmark = pytest.mark.django_db
LABELS = {"method": "GET", "path": "retentionLabels$"}
PAGE_3 = LABELS | {"nth": 3}


# The first run


def test_run_agrees_on_what_it_found_first_with_one_entry(served: Tenant, sandbox: Sandbox) -> None:
    done = run(served)

    served.refresh_from_db()
    assert done.state == RunState.COMPLETE
    assert done.listed == done.created == len(rows(served)) == in_sandbox(sandbox) > 13
    assert all(row.agreed == row.document and not row.is_drifted for row in rows(served))
    assert served.baseline_at is not None
    assert [entry.verb for entry in Entry.objects.order_by("pk")] == ["mirror.baselined", "sync.completed"]


def test_run_names_who_asked(served: Tenant, author: Person) -> None:
    done = sync.run(served, cause=Cause.PERSON, by=author)

    assert done is not None
    assert (done.by, entries("sync.completed")[0].actor) == (author, author)


def test_run_reads_the_last_page_even_if_it_is_empty(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults([LABELS | {"effect": "empty_last_page"}])

    done = run(served)

    assert (done.state, RetentionLabel.objects.count()) == (RunState.COMPLETE, 13)


def test_run_reads_on_after_an_empty_page(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults([PAGE_3 | {"effect": "empty_page"}])

    done = run(served)

    assert (done.state, RetentionLabel.objects.count()) == (RunState.COMPLETE, 13)


def test_run_puts_subcategories_below_their_categories(served: Tenant, sandbox: Sandbox) -> None:
    run(served)

    names = {member["id"]: member["displayName"] for member in sandbox.state()["categories"]}
    wanted = {(one["displayName"], names[one["_category"]]) for one in sandbox.state()["subcategories"]}
    found = {(row.display_name, row.document["category"]) for row in kinds.of("subcategory").rows(served)}
    assert found == wanted != set()


# The runs after it


def test_run_of_an_unchanged_tenant_changes_nothing_but_seen_at(served: Tenant) -> None:
    run(served)
    before, seen = held(served), {row.graph_id: row.seen_at for row in rows(served)}

    done = run(served)

    assert (held(served), done.created, done.changed) == (before, 0, 0)
    assert all(row.seen_at > seen[row.graph_id] for row in rows(served))
    assert len(entries("sync.completed")) == 2
    assert Entry.objects.count() == 3


def test_run_tells_an_outside_edit_with_fields_and_who_and_when(served: Tenant, sandbox: Sandbox) -> None:
    run(served)
    row = some_label(served)
    before = row.document["descriptionForAdmins"]
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForAdmins": "Theirs"}, by="g.meyer")

    done = run(served)

    row.refresh_from_db()
    assert (row.document["descriptionForAdmins"], row.is_drifted, row.changed_by) == ("Theirs", True, "g.meyer")
    assert row.agreed["descriptionForAdmins"] == before
    [entry] = entries("mirror.changed_outside")
    assert told(entry)["changes"] == {"descriptionForAdmins": [before, "Theirs"]}
    assert told(entry)["facts"] == {"by_graph": "g.meyer", "at_graph": str(row.changed_at)}
    assert (entry.object_kind, entry.object_key, entry.actor_name) == ("retentionLabel", row.graph_id, "Sync")
    assert (done.created, done.changed) == (0, 1)


def test_run_tells_an_outside_edit_once(served: Tenant, sandbox: Sandbox) -> None:
    run(served)
    sandbox.edit("patch", "retentionLabels", some_label(served).display_name, {"descriptionForAdmins": "Theirs"})

    run(served)
    run(served)

    assert len(entries("mirror.changed_outside")) == 1


def test_run_tells_when_an_outside_edit_is_taken_back(served: Tenant, sandbox: Sandbox) -> None:
    run(served)
    row = some_label(served)
    before = sandbox.find("retentionLabels", row.display_name)["descriptionForAdmins"]
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForAdmins": "Theirs"})
    run(served)
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForAdmins": before})

    run(served)

    row.refresh_from_db()
    assert (row.is_drifted, len(entries("mirror.changed_outside"))) == (False, 2)


def test_run_tells_an_outside_creation(served: Tenant, sandbox: Sandbox) -> None:
    run(served)
    sandbox.edit("create", "departments", None, {"displayName": "Skunkworks"}, by="g.meyer")

    done = run(served)

    [row] = kinds.of("department").rows(served).filter(display_name="Skunkworks")
    [entry] = entries("mirror.created_outside")
    assert (row.agreed, row.is_drifted, done.created) == (None, True, 1)
    assert (entry.object_key, told(entry)["facts"]["by_graph"]) == (row.graph_id, row.changed_by)


def test_run_does_not_revive_what_a_slow_listing_still_shows(served: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    run(served)
    row = some_label(served)
    RetentionLabel.objects.filter(pk=row.pk).update(gone_at=clock.now())
    monkeypatch.setattr(sync, "SETTLE", timedelta(seconds=60))

    run(served)

    row.refresh_from_db()
    assert row.gone_at is not None


# Answers that cannot be relied on: nothing changes (G12, C13)


def failing(fault: dict[str, Any]) -> Any:
    return pytest.param(fault, id="-".join(str(value) for value in fault.values())[:40] or "none")


@pytest.mark.parametrize(
    "fault",
    [
        failing({"effect": "status", "status": 500}),
        failing({"effect": "status", "status": 401}),
        failing({"effect": "status", "status": 403}),
        failing({"effect": "status", "status": 404}),
        failing({"effect": "status", "status": 200, "body": "invalid"}),
        failing({"effect": "status", "status": 200, "body": "html"}),
        failing({"effect": "status", "status": 200, "body": "empty"}),
        failing({"effect": "status", "status": 200}),
        failing({"effect": "throttle", "retry_after": "5"}),
        failing({"effect": "refuse"}),
        failing({"effect": "apply_then_garbled", "torn": True}),
        failing({"effect": "redirect", "location": "http://127.0.0.1:1/v1.0/security/labels/retentionLabels"}),
        failing({"effect": "next_link"}),
    ],
)
def test_run_changes_nothing_when_one_page_of_five_fails(
    served: Tenant, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    run(served)
    before, seen = held(served), {row.graph_id: row.seen_at for row in rows(served)}
    sandbox.edit("patch", "retentionLabels", some_label(served).display_name, {"descriptionForAdmins": "Theirs"})
    sandbox.edit("create", "departments", None, {"displayName": "Skunkworks"})
    sandbox.faults([PAGE_3 | fault])

    done = run(served)

    assert (done.state, held(served)) == (RunState.INCOMPLETE, before)
    assert {row.graph_id: row.seen_at for row in rows(served)} == seen
    assert done.message.startswith("Purview did not answer a listing completely (GET security/labels/retentionLabels")
    assert (done.finished_at is not None, Staged.objects.count()) == (True, 0)
    [entry] = entries("sync.incomplete")
    assert (entry.result, told(entry)["reason"], told(entry)["facts"]) == (
        "error",
        done.message,
        {"support": done.support},
    )


@pytest.mark.parametrize("status", [500, 401])
def test_run_keeps_the_support_id_of_what_failed(served: Tenant, sandbox: Sandbox, status: int) -> None:
    sandbox.faults([PAGE_3 | {"effect": "status", "status": status}])

    done = run(served)

    answered = sandbox.journal()[-1]
    assert (done.state, len(done.support)) == (RunState.INCOMPLETE, 36)
    assert answered["status"] == status


def hostile(root: str, evil: str) -> list[str]:
    """The rows of reliability.md 8; every one of them is tried in tests/portal/graph/test_guard.py."""
    host, enemy = root.removeprefix("http://"), evil.removeprefix("http://")
    return [
        f"{evil}\\@{host}/v1.0/",
        f"http://{host}@{enemy}/v1.0/security/labels/retentionLabels",
        f"{evil}/v1.0/security/labels/retentionLabels",
        f"https://{host}/v1.0/security/labels/retentionLabels",
        f"//{enemy}/v1.0/",
        f"{root}/v1.0/../beta",
        f"{root}/v1.0/%2e%2e/beta",
    ]


@pytest.mark.parametrize("number", range(7))
def test_run_follows_no_link_that_leads_away(served: Tenant, sandbox: Sandbox, number: int) -> None:
    """S21, G17: a second server would notice."""
    run(served)
    before = held(served)
    with Sandbox(seed_labels=1) as evil:
        link = hostile(sandbox.root, evil.root)[number]
        sandbox.faults([PAGE_3 | {"effect": "next_link", "url": link}])

        done = run(served)

        assert (evil.journal(), done.state, held(served)) == ([], RunState.INCOMPLETE, before)
    assert done.message == "A listing led away from Purview. It was not followed. Tell whoever looks after security."


def test_run_follows_no_redirect(served: Tenant, sandbox: Sandbox) -> None:
    with Sandbox(seed_labels=1) as evil:
        sandbox.faults([LABELS | {"effect": "redirect", "location": f"{evil.root}/v1.0/"}])

        done = run(served)

        assert (evil.journal(), done.state) == ([], RunState.INCOMPLETE)


def test_run_ends_at_a_page_that_was_there_before(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults([LABELS | {"effect": "next_link"}])

    done = run(served)

    assert (done.state, len(rows(served))) == (RunState.INCOMPLETE, 0)
    assert "one too many" in done.message


def test_run_that_failed_first_sets_no_baseline(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults([PAGE_3 | {"effect": "status", "status": 500}])

    run(served)

    served.refresh_from_db()
    assert (served.baseline_at, len(rows(served))) == (None, 0)


def test_run_closes_itself_when_something_unexpected_happens(
    served: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sync, "stage", broken)

    done = run(served)

    assert done.state == RunState.INCOMPLETE
    assert done.message == "Something unexpected happened in Fileplan. The log has the details."
    assert "ZeroDivisionError" in caplog.text


def test_run_tells_that_no_account_is_connected(db: None) -> None:
    done = run(make_tenant(cloud="global", sandbox_root="", name="Real"))

    assert (done.state, done.message) == (
        RunState.INCOMPLETE,
        "“Real” has no connected account yet, so nothing can be read or sent.",
    )


def test_run_talks_to_no_sandbox_on_another_machine(db: None) -> None:
    done = run(make_tenant(sandbox_root="http://192.0.2.7:8100"))

    assert (done.state, done.message.startswith("The sandbox must be on this machine")) == (RunState.INCOMPLETE, True)


# Odd objects


def test_run_takes_an_object_on_two_pages_once(
    served: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page 3 and 4 overlap: an object was created before them while the listing went on."""
    monkeypatch.setattr(staging, "BATCH", 3)
    shift = {"effect": "next_link", "url": f"{sandbox.root}/v1.0/security/labels/retentionLabels{overlapping(4)}"}
    sandbox.faults([LABELS | {"nth": 2} | shift])

    done = run(served)

    assert (done.state, RetentionLabel.objects.count()) == (RunState.COMPLETE, 13)


def overlapping(offset: int) -> str:
    token = b64encode(str(offset).encode()).decode()
    return f"?$expand=descriptors,retentionEventType&$skiptoken={token}"


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_run_says_where_a_text_cannot_be_stored(served: Tenant, sandbox: Sandbox, text: str) -> None:
    """Wherever it stands: PostgreSQL keeps neither in what came, whole."""
    run(served)
    before = held(served)
    by = {"user": {"id": None, "displayName": text}}
    sandbox.faults([LABELS | {"effect": "unknown_member", "property": "lastModifiedBy", "value": by}])

    done = run(served)

    assert (done.state, held(served)) == (RunState.INCOMPLETE, before)
    assert done.message.startswith("A listing of labels holds a text with a character that cannot be stored (object ")


def test_run_passes_over_an_object_without_id_and_says_so(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults([PAGE_3 | {"effect": "without", "property": "id"}])

    done = run(served)

    assert (done.state, RetentionLabel.objects.count()) == (RunState.COMPLETE, 10)
    assert done.message == "3 objects came without an id and were passed over."


def test_run_asks_nothing_about_an_object_without_id(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults(
        [
            PAGE_3 | {"effect": "without", "property": "id"},
            PAGE_3 | {"effect": "without", "property": "dispositionReviewStages"},
        ]
    )

    done = run(served)

    assert (done.state, RetentionLabel.objects.count()) == (RunState.COMPLETE, 10)


def test_run_rejects_an_id_no_object_can_have(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults([PAGE_3 | {"effect": "unknown_member", "property": "id", "value": "x" * 2000}])

    done = run(served)

    assert (done.state, len(rows(served))) == (RunState.INCOMPLETE, 0)
    assert done.message == "A listing of labels holds an object without a usable id."


def test_run_never_reads_a_missing_navigation_key_as_empty(served: Tenant, sandbox: Sandbox) -> None:
    run(served)
    before = held(served)
    sandbox.faults([LABELS | {"effect": "without", "property": "descriptors"}])

    done = run(served)

    assert (done.state, held(served)) == (RunState.INCOMPLETE, before)
    assert done.message == "A retention label came without descriptors."


def test_run_reads_stages_one_by_one_where_they_are_left_out(served: Tenant, sandbox: Sandbox) -> None:
    run(served)
    before = {key: value[1] for key, value in held(served).items()}
    assert any(row.stage_count for row in RetentionLabel.objects.all())
    sandbox.faults([LABELS | {"effect": "stages_omitted"}])

    done = run(served)

    assert (done.state, {key: value[1] for key, value in held(served).items()}) == (RunState.COMPLETE, before)
    assert done.changed == 0


def test_run_is_incomplete_where_stages_can_be_read_nowhere(served: Tenant, sandbox: Sandbox) -> None:
    run(served)
    before = held(served)
    sandbox.faults(
        [
            LABELS | {"effect": "stages_omitted"},
            {"method": "GET", "path": "dispositionReviewStages", "effect": "status", "status": 404},
        ]
    )

    done = run(served)

    assert (done.state, held(served)) == (RunState.INCOMPLETE, before)


def test_run_keeps_unknown_values_and_properties_as_they_came(served: Tenant, sandbox: Sandbox) -> None:
    sandbox.faults([LABELS | {"effect": "unknown_member"}, LABELS | {"effect": "extra_fields"}])

    done = run(served)

    row = some_label(served)
    assert (done.state, row.action) == (RunState.COMPLETE, "archiveThenDelete")
    assert row.document["actionAfterRetentionPeriod"] == "archiveThenDelete"
    assert row.raw["futureProperty"] == {"answer": 42}


# Two at a time


def test_run_does_nothing_while_another_is_under_way(served: Tenant, sandbox: Sandbox) -> None:
    """C15."""
    sync.start(served, cause=Cause.TIMETABLE)

    second = sync.run(served, cause=Cause.TIMETABLE)

    assert (second, sandbox.journal(), SyncRun.objects.count()) == (None, [], 1)


def test_runs_of_one_tenant_exclude_each_other_in_the_database(served: Tenant, other_tenant: Tenant) -> None:
    now = clock.now()
    running = {"state": RunState.RUNNING, "cause": Cause.TIMETABLE, "started_at": now, "touched_at": now}
    SyncRun.objects.create(tenant=served, **running)
    SyncRun.objects.create(tenant=other_tenant, **running)

    with pytest.raises(IntegrityError), transaction.atomic():
        SyncRun.objects.create(tenant=served, **running)


def test_start_closes_a_run_that_was_abandoned(served: Tenant) -> None:
    abandoned = sync.start(served, cause=Cause.TIMETABLE)
    assert abandoned is not None
    SyncRun.objects.update(touched_at=clock.now() - timedelta(minutes=5, seconds=1))

    started = sync.start(served, cause=Cause.TIMETABLE)

    abandoned.refresh_from_db()
    assert (started is not None, abandoned.state) == (True, RunState.INCOMPLETE)
    assert abandoned.message == "The worker ended before the listing was complete."
    assert len(entries("sync.incomplete")) == 1


def test_start_leaves_a_run_that_was_touched_lately(served: Tenant) -> None:
    sync.start(served, cause=Cause.TIMETABLE)
    SyncRun.objects.update(touched_at=clock.now() - timedelta(minutes=4, seconds=50))

    assert sync.start(served, cause=Cause.TIMETABLE) is None


def test_run_that_was_closed_meanwhile_stages_and_writes_nothing(
    served: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken for abandoned, but its worker lives on."""
    monkeypatch.setattr(staging, "BATCH", 5)
    listing = staging.listing

    def closed_on_the_way(*args: Any, **options: Any) -> Any:
        for count, seen in enumerate(listing(*args, **options)):
            if count == 3:
                sync.give_up(SyncRun.objects.get(), "Taken for abandoned.")
            yield seen

    monkeypatch.setattr(staging, "listing", closed_on_the_way)

    done = run(served)

    assert (done.state, done.message) == (RunState.INCOMPLETE, "Taken for abandoned.")
    assert (Staged.objects.count(), len(rows(served))) == (0, 0)


# Beside a push


def test_run_leaves_a_row_that_was_read_later_than_its_page(served: Tenant, sandbox: Sandbox) -> None:
    """A page read before a PATCH, written after its read-back, would undo the mirror and show false drift."""
    run(served)
    row = some_label(served)
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForAdmins": "An old page"})
    RetentionLabel.objects.filter(pk=row.pk).update(seen_at=clock.now() + timedelta(seconds=30))
    before = held(served)

    done = run(served)

    assert (done.state, done.changed, held(served)) == (RunState.COMPLETE, 0, before)


def test_run_leaves_what_a_push_is_writing_to_the_push(served: Tenant, sandbox: Sandbox) -> None:
    run(served)
    row = some_label(served)
    sandbox.edit("patch", "retentionLabels", row.display_name, {"descriptionForAdmins": "Ours, on its way"})
    sandbox.edit("create", "departments", None, {"displayName": "Straße"})
    writing = {("retentionLabel", row.graph_id), ("department", kinds.folded("STRASSE"))}
    before = held(served)

    done = run(served, busy=lambda tenant: writing)

    assert (done.state, held(served), done.created, done.changed) == (RunState.COMPLETE, before, 0, 0)
    assert entries("mirror.changed_outside", "mirror.created_outside") == []


def test_run_writes_nothing_if_the_history_cannot(
    served: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G6, C18."""
    run(served)
    before, runs = held(served), Entry.objects.count()
    sandbox.edit("create", "departments", None, {"displayName": "Skunkworks"})

    with monkeypatch.context() as patch:
        patch.setattr(Entry.objects, "create", refuse)
        with pytest.raises(RuntimeError, match="disk full"):
            run(served)

    assert (held(served), Entry.objects.count()) == (before, runs)
    assert SyncRun.objects.first().state == RunState.RUNNING  # type: ignore[union-attr]


def refuse(**columns: object) -> None:
    raise RuntimeError("disk full")


# What it costs


def test_run_asks_the_database_no_more_for_more_labels(db: None) -> None:
    """Queries depend on pages and kinds, not on objects."""
    assert queries_of_a_second_run(labels=30) == queries_of_a_second_run(labels=60)


def queries_of_a_second_run(labels: int) -> int:
    with Sandbox(seed_labels=labels, lenient=True) as sandbox:
        for name in ("subcategories", "categories"):
            for member in sandbox.state()[name]:
                sandbox.edit("delete", name, member["id"])
        tenant = make_tenant(sandbox_root=sandbox.root)
        run(tenant)
        with CaptureQueriesContext(connection) as captured:
            run(tenant)
    return len(captured)
