"""G12 and the rows on deletions of reliability.md 5 and 8: when a row of the mirror is taken for gone, and when not."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from labels.models import Descriptor, RetentionLabel
from portal.errors import Invalid, NotAllowed, Stale
from portal.graph import client
from portal.mirror import actions, gone, kinds, staging, sync
from portal.mirror.kinds import Raw
from portal.mirror.listing import Seen
from portal.mirror.models import Cause, Mirrored, RunState, SyncRun
from portal.sandbox.server import Sandbox
from portal.tenants import clock
from portal.tenants.models import Person, Role, Tenant
from tests.factories import make_person
from tests.portal.mirror.runs import entries, held, rows, run, some_label, told

pytestmark = pytest.mark.django_db
ONE_LABEL = {"method": "GET", "path": "retentionLabels/[^/]+$"}
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed_labels=13, page_size=100, lenient=True) as served:
        yield served


@pytest.fixture
def tenant(served: Tenant) -> Tenant:
    """Mirrored an hour ago, so that nothing of it is young."""
    run(served)
    aged(served)
    return Tenant.objects.get(pk=served.pk)


@pytest.fixture
def administrator(tenant: Tenant) -> Person:
    return make_person(Role.ADMINISTRATOR, tenant=tenant, name="Eli Administrator")


def aged(tenant: Tenant) -> None:
    for model in {kind.model for kind in kinds.listed()}:
        model._default_manager.filter(tenant=tenant).update(seen_at=clock.now() - AN_HOUR)


def delete(sandbox: Sandbox, *found: Mirrored) -> None:
    """As somebody in Purview."""
    sets = {"retentionLabel": "retentionLabels", "department": "departments", "category": "categories"}
    for row in found:
        sandbox.edit("delete", sets[row.kind], row.graph_id)


def labels(tenant: Tenant, count: int) -> list[RetentionLabel]:
    return list(RetentionLabel.objects.filter(tenant=tenant).order_by("display_name")[:count])


def gone_rows(tenant: Tenant) -> list[str]:
    return [row.display_name for row in rows(tenant) if row.gone_at is not None]


def looks(sandbox: Sandbox) -> list[str]:
    """The ids that were asked for one by one."""
    paths = [one["path"].partition("?")[0] for one in sandbox.journal()]
    return [path.rpartition("/")[2] for path in paths if path.rpartition("/")[2].count("-") == 4]


def unlisted(monkeypatch: pytest.MonkeyPatch, *hidden: str) -> None:
    """What a shifted page does: objects that are there fall between two pages."""
    listing = staging.listing

    def shifted(*args: Any, **options: Any) -> Iterator[Seen]:
        return (seen for seen in listing(*args, **options) if seen.raw["id"] not in hidden)

    monkeypatch.setattr(staging, "listing", shifted)


# What is gone


def test_run_marks_what_it_lacks_and_what_is_not_found_by_its_id(tenant: Tenant, sandbox: Sandbox) -> None:
    row = some_label(tenant)
    delete(sandbox, row)
    before, asked = held(tenant), clock.now()

    done = run(tenant)

    after = RetentionLabel.objects.get(pk=row.pk)
    assert (done.state, done.gone, done.message, done.is_held) == (RunState.COMPLETE, 1, "", False)
    assert asked <= after.gone_at <= clock.now()  # type: ignore[operator]
    assert (after.raw, after.document, after.agreed, after.seen_at) == (row.raw, row.document, row.agreed, row.seen_at)
    assert [key for key, value in held(tenant).items() if value != before[key]] == [(row.kind, row.graph_id)]


def test_run_tells_what_a_gone_object_was(tenant: Tenant, sandbox: Sandbox) -> None:
    row = some_label(tenant)
    delete(sandbox, row)

    run(tenant)

    [entry] = entries("mirror.gone")
    assert (entry.object_key, entry.object_name, entry.actor_name) == (row.graph_id, row.display_name, "Sync")
    was = {name: before for name, (before, after) in told(entry)["changes"].items() if after is None}
    assert was == {name: value for name, value in row.document.items() if value not in (None, "", [], {})}
    assert told(entries("sync.completed")[-1])["facts"]["gone"] == 1


def test_run_tells_once_that_something_is_gone(tenant: Tenant, sandbox: Sandbox) -> None:
    delete(sandbox, some_label(tenant))
    run(tenant)
    aged(tenant)

    done = run(tenant)

    assert (done.gone, len(entries("mirror.gone"))) == (0, 1)


def test_run_finds_what_lived_in_a_gone_object_gone_as_well(tenant: Tenant, sandbox: Sandbox) -> None:
    inside = Descriptor.objects.filter(kind="subcategory")[0]
    category = Descriptor.objects.get(kind="category", graph_id=inside.raw["@parent"]["id"])
    delete(sandbox, category)

    run(tenant)

    within = {
        row.display_name
        for row in kinds.of("subcategory").rows(tenant)
        if row.raw["@parent"]["id"] == category.graph_id
    }
    assert set(gone_rows(tenant)) == {category.display_name} | within


def test_rows_are_never_deleted(tenant: Tenant, sandbox: Sandbox) -> None:
    before = set(held(tenant))
    delete(sandbox, *labels(tenant, 3))

    run(tenant)

    assert set(held(tenant)) == before


# What is not


@pytest.mark.parametrize(
    "fault",
    [
        *({"effect": "status", "status": status} for status in (400, 401, 403, 408, 409, 410, 429, 500, 502, 503, 504)),
        {"effect": "status", "status": 200, "body": "html"},
        {"effect": "status", "status": 200, "body": "empty"},
        {"effect": "status", "status": 200},
        {"effect": "refuse"},
        {"effect": "redirect", "location": "http://127.0.0.1:1/v1.0/security/labels/retentionLabels/x"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values())[:30],
)
def test_run_takes_nothing_for_gone_on_any_other_answer(
    tenant: Tenant, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    delete(sandbox, some_label(tenant))
    before = held(tenant)
    sandbox.faults([ONE_LABEL | fault])

    done = run(tenant)

    assert (done.state, done.gone, held(tenant)) == (RunState.COMPLETE, 0, before)
    assert done.message == "Not everything that was missing could be looked for. The next run looks again."


def test_run_takes_nothing_for_gone_when_the_answer_is_another_object(
    tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = labels(tenant, 2)
    unlisted(monkeypatch, first.graph_id)
    monkeypatch.setattr(gone, "fetch", lambda *args, **options: second.raw)
    before = held(tenant)

    done = run(tenant)

    assert (gone_rows(tenant), held(tenant)) == ([], before)
    assert done.message == "Not everything that was missing could be looked for. The next run looks again."


def test_run_takes_what_fell_between_pages_for_listed(
    tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = some_label(tenant)
    sandbox.edit("patch", "retentionLabels", row.graph_id, {"descriptionForAdmins": "Theirs"})
    unlisted(monkeypatch, row.graph_id)

    done = run(tenant)

    row.refresh_from_db()
    assert (gone_rows(tenant), done.listed, done.changed) == ([], len(rows(tenant)), 1)
    assert (row.document["descriptionForAdmins"], looks(sandbox)) == ("Theirs", [row.graph_id])


def test_what_was_looked_for_is_as_old_as_the_question(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a push reads while the answer is on its way knows better than the answer."""
    row = some_label(tenant)
    unlisted(monkeypatch, row.graph_id)
    asked: list[datetime] = []
    fetch = gone.fetch

    def noted(*args: Any, **options: Any) -> Raw:
        asked.append(clock.now())
        return fetch(*args, **options)

    monkeypatch.setattr(gone, "fetch", noted)

    run(tenant)

    row.refresh_from_db()
    assert [row.seen_at <= moment for moment in asked] == [True]


@pytest.mark.parametrize("age", [0, 30, 59])
def test_run_never_takes_what_is_young_for_gone(tenant: Tenant, sandbox: Sandbox, age: int) -> None:
    """A listing may not show yet what was made a moment ago."""
    row = some_label(tenant)
    RetentionLabel.objects.filter(pk=row.pk).update(seen_at=clock.now() - timedelta(seconds=age))
    delete(sandbox, row)

    run(tenant)

    assert (gone_rows(tenant), looks(sandbox)) == ([], [])


@pytest.mark.parametrize("by", ["graph_id", "display_name"])
def test_run_leaves_what_a_push_is_writing(tenant: Tenant, sandbox: Sandbox, by: str) -> None:
    row = some_label(tenant)
    delete(sandbox, row)
    key = row.graph_id if by == "graph_id" else kinds.folded(row.display_name)

    run(tenant, busy=lambda tenant: {("retentionLabel", key)})

    assert (gone_rows(tenant), looks(sandbox)) == ([], [])


def test_run_leaves_what_a_push_began_to_write_after_the_look(tenant: Tenant, sandbox: Sandbox) -> None:
    row = some_label(tenant)
    delete(sandbox, row)
    answers = iter([set(), {("retentionLabel", row.graph_id)}])

    run(tenant, busy=lambda tenant: next(answers))

    assert (gone_rows(tenant), looks(sandbox)) == ([], [row.graph_id])


def test_run_leaves_a_row_that_was_read_after_the_look(
    tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = some_label(tenant)
    delete(sandbox, row)
    write = sync.write

    def read_meanwhile(*args: Any, **options: Any) -> None:
        RetentionLabel.objects.filter(pk=row.pk).update(seen_at=clock.now())
        write(*args, **options)

    monkeypatch.setattr(sync, "write", read_meanwhile)

    assert (run(tenant).gone, gone_rows(tenant)) == (0, [])


@pytest.mark.parametrize("number", range(8))
def test_run_looks_for_nothing_before_every_listing_has_ended(
    tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whichever kind fails."""
    kind = kinds.listed()[number]
    path = kind.path.format(parent="[^/]+")
    delete(sandbox, *labels(tenant, 2))
    before = held(tenant)
    sandbox.faults([{"method": "GET", "path": f"{path}$", "effect": "status", "status": 503}])

    done = run(tenant)

    assert (done.state, held(tenant), looks(sandbox)) == (RunState.INCOMPLETE, before, [])


def test_run_that_does_not_end_takes_nothing_for_gone(
    tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reliability.md 8: more than 10,000 pages; here three of one object."""
    sandbox.options = type(sandbox.options)(page_size=1).lenient()
    monkeypatch.setattr(client, "MAX_PAGES", 3)
    before = held(tenant)

    done = run(tenant)

    assert (done.state, held(tenant)) == (RunState.INCOMPLETE, before)
    assert "page 4 is one too many" in done.message


def test_run_stops_looking_when_looks_keep_failing(tenant: Tenant, sandbox: Sandbox) -> None:
    delete(sandbox, *labels(tenant, 6))
    sandbox.faults([ONE_LABEL | {"effect": "status", "status": 500}])

    run(tenant)

    assert len(looks(sandbox)) == gone.FAILURES


@pytest.mark.parametrize("effect", [{"effect": "throttle"}, {"effect": "status", "status": 503}])
def test_run_looks_for_nothing_more_while_graph_wants_to_wait(
    tenant: Tenant, sandbox: Sandbox, effect: dict[str, Any]
) -> None:
    """G14."""
    delete(sandbox, *labels(tenant, 2))
    sandbox.faults([ONE_LABEL | effect | {"retry_after": "40"}])

    run(tenant)

    assert len(looks(sandbox)) == 1
    assert gone_rows(tenant) == []


def test_run_that_is_closed_while_it_looks_marks_nothing(
    tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(sandbox, *labels(tenant, 2))
    fetch = gone.fetch

    def closed_meanwhile(*args: Any, **options: Any) -> Any:
        sync.give_up(SyncRun.objects.get(state=RunState.RUNNING), "Taken for abandoned.")
        return fetch(*args, **options)

    monkeypatch.setattr(gone, "fetch", closed_meanwhile)

    done = run(tenant)

    assert (done.message, gone_rows(tenant)) == ("Taken for abandoned.", [])


def test_run_marks_nothing_if_the_history_cannot(
    tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G6."""
    delete(sandbox, some_label(tenant))
    record = sync.trail.record

    def full(about: Any, verb: str, **facts: Any) -> Any:
        if verb == "mirror.gone":
            raise RuntimeError("disk full")
        return record(about, verb, **facts)

    monkeypatch.setattr(sync.trail, "record", full)

    done = run(tenant)

    assert (done.state, gone_rows(tenant)) == (RunState.INCOMPLETE, [])


# What comes back


def test_run_revives_what_comes_back(tenant: Tenant, sandbox: Sandbox) -> None:
    row = some_label(tenant)
    was = sandbox.find("retentionLabels", row.graph_id)
    delete(sandbox, row)
    run(tenant)
    RetentionLabel.objects.filter(pk=row.pk).update(gone_at=clock.now() - AN_HOUR)
    sandbox.store.objects["retentionLabels"][row.graph_id] = was | {"descriptionForAdmins": "Back"}

    done = run(tenant)

    row.refresh_from_db()
    assert (row.gone_at, row.is_drifted, done.changed, done.created) == (None, True, 1, 0)
    [entry] = entries("mirror.revived")
    assert entry.object_key == row.graph_id
    assert told(entry)["changes"]["descriptionForAdmins"][1] == "Back"
    assert entries("mirror.created_outside", "mirror.changed_outside") == []


def test_what_comes_back_as_it_was_agreed_is_no_drift(tenant: Tenant, sandbox: Sandbox) -> None:
    row = some_label(tenant)
    RetentionLabel.objects.filter(pk=row.pk).update(gone_at=clock.now() - AN_HOUR)

    run(tenant)

    row.refresh_from_db()
    assert (row.gone_at, row.is_drifted, len(entries("mirror.revived"))) == (None, False, 1)


def test_what_a_push_deleted_and_comes_back_is_drift(tenant: Tenant, sandbox: Sandbox) -> None:
    row = some_label(tenant)
    RetentionLabel.objects.filter(pk=row.pk).update(gone_at=clock.now() - AN_HOUR, agreed=None, agreed_hash="")

    run(tenant)

    row.refresh_from_db()
    assert (row.gone_at, row.is_drifted) == (None, True)


# Too much at once


@pytest.mark.parametrize(
    ("missing", "known", "many"),
    [
        *((0, 0, False), (1, 1, False), (1, 5, False), (2, 20, False), (2, 19, True), (3, 29, True)),
        *((10, 100, False), (11, 100, True), (20, 200, False), (20, 10_000, False), (21, 10_000, True)),
    ],
)
def test_is_too_many(missing: int, known: int, many: bool) -> None:
    assert gone.is_too_many(missing, known) is many


@pytest.fixture
def mass(tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[RetentionLabel]:
    """Six labels deleted where four would be many."""
    monkeypatch.setattr(gone, "MOST_AT_ONCE", 3)
    deleted = labels(tenant, 6)
    delete(sandbox, *deleted)
    return deleted


def test_run_is_held_when_too_much_is_missing(tenant: Tenant, sandbox: Sandbox, mass: list[RetentionLabel]) -> None:
    known = len(rows(tenant))
    before = held(tenant)
    sandbox.edit("create", "departments", None, {"displayName": "Skunkworks"})

    done = run(tenant)

    assert (done.state, done.gone, done.created, done.is_held) == (RunState.COMPLETE, 0, 1, True)
    assert done.message == f"Purview no longer lists 6 of {known} objects. Nothing was taken for gone."
    assert (gone_rows(tenant), looks(sandbox)) == ([], [])
    assert {key: value for key, value in held(tenant).items() if key in before} == before
    [entry] = entries("sync.held")
    assert (entry.result, told(entry)["facts"]["missing"], told(entry)["reason"]) == ("error", 6, done.message)
    assert told(entry)["facts"]["names"] == [row.display_name for row in mass]


def test_run_is_held_when_a_listing_is_suddenly_empty(tenant: Tenant, sandbox: Sandbox) -> None:
    before = held(tenant)
    delete(sandbox, *labels(tenant, 13))

    done = run(tenant)

    assert (done.state, done.is_held, held(tenant)) == (RunState.COMPLETE, True, before)
    assert done.message == "Purview listed no labels, where 13 are known. Nothing was taken for gone."
    assert told(entries("sync.completed")[-1])["reason"] == done.message


def test_run_is_held_by_an_empty_listing_even_of_one(tenant: Tenant, sandbox: Sandbox) -> None:
    last, *others = Descriptor.objects.filter(tenant=tenant, kind="department")
    Descriptor.objects.filter(pk__in=[row.pk for row in others]).update(gone_at=clock.now())
    delete(sandbox, last, *others)

    done = run(tenant)

    assert (done.is_held, done.message.startswith("Purview listed no functions, where 1 ")) == (True, True)


def test_a_held_run_that_was_followed_by_a_good_one_needs_nobody(
    tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        unlisted(patch, *(row.graph_id for row in labels(tenant, 13)))
        assert run(tenant).is_held

    assert (run(tenant).is_held, gone_rows(tenant)) == (False, [])


# An administrator says that it is gone


def test_confirmed_objects_are_marked_by_the_next_run(
    tenant: Tenant, mass: list[RetentionLabel], administrator: Person
) -> None:
    actions.confirm_gone(run(tenant), by=administrator)

    done = run(tenant)

    assert (done.gone, done.is_held) == (6, False)
    assert gone_rows(tenant) == [row.display_name for row in mass]
    [entry] = entries("sync.confirmed")
    assert (entry.actor, told(entry)["facts"]["missing"]) == (administrator, 6)


def test_confirmed_objects_are_still_looked_for(
    tenant: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, administrator: Person
) -> None:
    """Somebody confirms what only a broken listing lacks."""
    unlisted(monkeypatch, *(row.graph_id for row in labels(tenant, 13)))
    actions.confirm_gone(run(tenant), by=administrator)

    done = run(tenant)

    assert (done.gone, gone_rows(tenant), len(looks(sandbox))) == (0, [], 13)


def test_confirming_covers_no_other_object(
    tenant: Tenant, sandbox: Sandbox, mass: list[RetentionLabel], administrator: Person
) -> None:
    actions.confirm_gone(run(tenant), by=administrator)
    aged(tenant)
    delete(sandbox, *labels(tenant, 10)[6:])

    done = run(tenant)

    assert (done.is_held, gone_rows(tenant)) == (True, [])


def test_confirming_lasts_through_a_run_that_failed_and_for_a_day(
    tenant: Tenant, sandbox: Sandbox, mass: list[RetentionLabel], administrator: Person
) -> None:
    actions.confirm_gone(run(tenant), by=administrator)
    sandbox.faults([{"method": "GET", "path": "departments", "effect": "status", "status": 503}])
    assert run(tenant).state == RunState.INCOMPLETE
    sandbox.faults([])
    SyncRun.objects.filter(confirmed_by=administrator).update(confirmed_at=clock.now() - timedelta(hours=25))
    assert run(tenant).is_held
    SyncRun.objects.filter(confirmed_by=administrator).update(confirmed_at=clock.now() - timedelta(hours=23))

    assert run(tenant).gone == 6


def test_confirm_twice_changes_nothing(tenant: Tenant, mass: list[RetentionLabel], administrator: Person) -> None:
    done = run(tenant)

    for _ in range(2):
        actions.confirm_gone(done, by=administrator)

    assert len(entries("sync.confirmed")) == 1


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER, Role.AUDITOR])
def test_confirm_is_for_administrators(tenant: Tenant, mass: list[RetentionLabel], role: Role) -> None:
    done = run(tenant)

    with pytest.raises(NotAllowed, match="administrator"):
        actions.confirm_gone(done, by=make_person(role, tenant=tenant))

    assert SyncRun.objects.filter(confirmed_at=None).count() == SyncRun.objects.count()


def test_confirm_refuses_a_run_that_is_not_the_last(
    tenant: Tenant, mass: list[RetentionLabel], administrator: Person
) -> None:
    stale = run(tenant)
    run(tenant)

    with pytest.raises(Stale, match="later run"):
        actions.confirm_gone(stale, by=administrator)


def test_confirm_refuses_a_run_that_missed_nothing(tenant: Tenant, administrator: Person) -> None:
    with pytest.raises(Invalid, match="nothing to confirm"):
        actions.confirm_gone(run(tenant), by=administrator)


# Slow listings


def test_run_shows_that_it_lives_while_one_page_follows_another(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A label's listing is read whole before any of it is staged; a slow one is not an abandoned one."""
    touched: list[Callable[[], None]] = []
    monkeypatch.setattr(staging, "TOUCHED_EVERY", 0.0)
    monkeypatch.setattr(staging, "touch", lambda run: touched.append(run))
    started = sync.start(tenant, cause=Cause.COMMAND)
    assert started is not None

    staging.stage(started, kinds.of("retentionLabel"), sync.client(tenant))

    assert len(touched) > 13


def test_beat_touches_now_and_then(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    started = sync.start(tenant, cause=Cause.COMMAND)
    assert started is not None
    beat = staging.beating(started)
    SyncRun.objects.filter(pk=started.pk).update(touched_at=clock.now() - AN_HOUR)

    beat()
    started.refresh_from_db()
    assert clock.now() - started.touched_at > timedelta(minutes=59)

    monkeypatch.setattr(staging, "TOUCHED_EVERY", 0.0)
    beat()
    started.refresh_from_db()
    assert clock.now() - started.touched_at < timedelta(minutes=1)
