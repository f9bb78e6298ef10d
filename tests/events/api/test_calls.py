"""What a call makes: one change in review, however often and however many at once it is sent (S26, S27)."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from events import standing
from events.models import Call
from portal.audit.models import Entry
from portal.changes import actions
from portal.changes.models import Change, ChangeRequest, Decision, State
from portal.errors import Invalid, NotAllowed
from portal.mirror import markers
from portal.tenants import actions as people
from portal.tenants import clock, queries
from portal.tenants.access import people_with, roles_of
from portal.tenants.models import Membership, Person, Role, System, Tenant
from portal.web.logs import JsonLines
from tests.changing import submitted
from tests.doors.world import contents
from tests.happening import created, event
from tests.labels.factories import mirror
from tests.portal.changes.push.test_lease import several_writers
from tests.reporting import Sender, make_sender, said, signed


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but those that count calls."""
    return {table: rows for table, rows in contents().items() if table not in ("tenants_meter", "tenants_key")}


def problems(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(one["field"], one["sentence"]) for one in answer.json()["errors"]]


def test_a_call_is_a_change_of_the_systems_in_review(hr: Sender) -> None:
    answer = hr.post(said(note="Handed over.", kind_of_leave="retirement"))

    request = ChangeRequest.objects.get()
    assert (request.state, request.author, request.number) == (State.IN_REVIEW, hr.system.person, 1)
    assert request.title == "Record “Departure 4711”"
    assert request.reason == "Reported by Workday in message message-4711."
    change = request.changes.get()
    marker, today = markers.of(change.after), timezone.now().date().isoformat()
    assert change.after["displayName"] == f"Departure 4711 {marker}"
    assert change.after["description"] == f"retirement; Handed over. {today} Europe/Berlin {marker}"
    assert change.after["retentionEventType"] == "Employee separation"
    assert change.after["eventQueries"] == [
        {"queryType": "files", "query": "ComplianceAssetID:4711"},
        {"queryType": "messages", "query": '"4711"'},
    ]
    assert answer.status_code == 201
    event = {"marker": marker, "after_days": 0, "state": "", "held_until": None}
    assert answer.json() == {"id": "message-4711", "change": 1, "state": "in_review", "events": [event]}


def test_a_call_is_told_with_its_hash(hr: Sender) -> None:
    before = len(verbs())

    hr.post(said())

    assert verbs()[before:] == ["request.drafted", "request.submitted", "call.received"]
    entry = Entry.objects.order_by("pk").last()
    assert entry is not None
    told = json.loads(entry.body)
    assert told["actor"] == {"id": hr.system.person.pk, "name": "Workday (system)", "kind": "user"}
    facts = {"message": "message-4711", "request": 1, "key": hr.key.prefix, "digest": Call.objects.get().digest}
    assert told["facts"] == facts


def test_a_call_may_be_repeated_for_what_is_labelled_later(hr: Sender) -> None:
    hr.post(said(follow_ups_after=[90, 30]))

    first, *repeated = Change.objects.order_by("position")
    assert [markers.without(one.name) for one in repeated] == ["Departure 4711 +30d", "Departure 4711 +90d"]
    assert [(one.case, one.after_days) for one in repeated] == [(first.marker, 30), (first.marker, 90)]
    assert len({first.marker, *(one.marker for one in repeated)}) == 3


def test_a_name_may_come_in_parts(hr: Sender) -> None:
    hr.post(said(name=None, name_parts=["Departure", "4711", "2026"]))

    assert ChangeRequest.objects.get().title == "Record “Departure 4711 2026”"


def test_the_same_call_again_is_answered_as_the_first_time(hr: Sender, approver: Person) -> None:
    first = hr.post(said())
    request = ChangeRequest.objects.get()
    actions.approve(request, by=approver, content_hash=request.content_hash)

    again = hr.post(said())

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert ChangeRequest.objects.count() == 1


def test_a_replayed_message_makes_nothing(hr: Sender) -> None:
    """Byte for byte, with the signature of the first time."""
    body = json.dumps(said()).encode()
    headers = signed(hr.shown, body, "message-4711")
    first, before = hr.send(body, headers), rows()

    again = hr.send(body, headers)

    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert rows() == before


def test_an_answer_stays_after_what_it_was_about_changed(hr: Sender) -> None:
    """A type it may no longer report, a day that is long ago by now: it was taken then."""
    first = hr.post(said())
    System.objects.update(event_types=[])

    assert hr.post(said()).json() == first.json()


def test_another_body_under_the_same_id_is_a_conflict(hr: Sender) -> None:
    hr.post(said())

    other = hr.post(said(note="Changed."))

    assert other.status_code == 409
    sentence = "Another message has this id. What was sent first stands; give each its own id."
    assert other.json()["errors"] == [{"field": "", "sentence": sentence}]
    assert ChangeRequest.objects.count() == 1
    assert verbs()[-1] == "call.refused"


def test_the_same_thing_under_another_id_is_not_taken_twice(hr: Sender, approver: Person) -> None:
    """VR-58: approved, it waits two weeks for its day, and until then the tenant holds nothing of that name."""
    hr.post(said())
    request = ChangeRequest.objects.get()
    actions.approve(request, by=approver, content_hash=request.content_hash)

    again = hr.post(said(id="message-4712"))

    sentence = "An event of this name is part of another change. Choose another name or open that change."
    assert problems(again) == [("name", sentence)]
    assert Change.objects.count() == 1


def test_two_systems_may_use_the_same_id(hr: Sender, tenant: Tenant, administrator: Person) -> None:
    other = make_sender(tenant, administrator, name="Payroll")

    assert (hr.post(said()).status_code, other.post(said(name="Departure 9")).status_code) == (201, 201)


@pytest.mark.django_db(transaction=True)
def test_the_same_call_twice_at_once_makes_one_change(tmp_path: Path, hr: Sender) -> None:
    body, start = json.dumps(said()).encode(), Barrier(4)
    headers = signed(hr.shown, body, "message-4711")
    with several_writers(tmp_path) as here, ThreadPoolExecutor(4) as pool:

        def post(_time: int) -> tuple[int, str]:
            with here():
                start.wait(timeout=20)
                answer = Client().post(hr.path, body, content_type="application/json", headers=headers)
                return answer.status_code, answer.text

        found = list(pool.map(post, range(4)))
        with here():
            assert ChangeRequest.objects.count() == 1
            assert Call.objects.count() == 1

    assert sorted(status for status, _text in found) == [200, 200, 200, 201]
    assert len({text for _status, text in found}) == 1


FAR = (timezone.now() + timedelta(days=368)).date().isoformat()
LONG_AGO = (timezone.now() - timedelta(days=368)).date().isoformat()
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "another type of the tenant": ({"event_type": "Contract ended"}, "event_type", "cannot be reported here"),
    "a type nobody has": ({"event_type": "Moon landing"}, "event_type", "cannot be reported here"),
    "no type": ({"event_type": ""}, "event_type", "Name the event type"),
    "a zone nobody has": ({"zone": "Mars/Olympus"}, "zone", "Name a time zone"),
    "no zone": ({"zone": ""}, "zone", "Name a time zone"),
    "a day of no calendar": ({"day": "2026-02-31"}, "day", "Write the day it happened"),
    "a day as people write it": ({"day": "31.05.2026"}, "day", "Write the day it happened"),
    "a moment": ({"day": "2026-05-31T00:00:00Z"}, "day", "can be kept"),
    "a far day": ({"day": FAR}, "day", "more than a year away"),
    "a day long ago": ({"day": LONG_AGO}, "day", "more than a year away"),
    "the first of days": ({"day": "0001-01-01"}, "day", "more than a year away"),
    "50 characters": ({"name": "D" * 50}, "name", "50 characters; 49 fit"),
    "46 characters and a repetition": (
        {"name": "D" * 46, "follow_ups_after": [30]},
        "follow_ups_after",
        "51 characters; 49 fit",
    ),
    "a name Purview does not take": ({"name": "Departure #4711"}, "name", "does not take # in names"),
    "spaces around a name": ({"name": "Departure 4711 "}, "name", "Remove the spaces"),
    "a marker in a name": ({"name": "Departure FPE-0123456789"}, "name", "Leave Fileplan’s marker out"),
    "a blank name": ({"name": "   "}, "name", "Enter a name"),
    "no name": ({"name": None}, "name", "either a name or its parts"),
    "a name and parts": ({"name_parts": ["x"]}, "name", "either a name or its parts"),
    "nothing to search for": ({"asset_ids": [], "case_words": []}, "asset_ids", "Name at least one"),
    "a blank ID": ({"asset_ids": [" "]}, "asset_ids", "is made of letters"),
    "a wildcard": ({"asset_ids": ["4*"]}, "asset_ids", "is made of letters"),
    "another property": ({"asset_ids": ["1 Author:x"]}, "asset_ids", "is made of letters"),
    "a quotation mark": ({"asset_ids": ['1" OR "2']}, "asset_ids", "is made of letters"),
    "a wildcard among words": ({"case_words": ["4711*"]}, "case_words", "found as they are written"),
    "a quotation mark among words": ({"case_words": ['"4711"']}, "case_words", "found as they are written"),
    "too many IDs": ({"asset_ids": [str(n) for n in range(201)]}, "asset_ids", "at most 200"),
    "too long an ID": ({"asset_ids": ["4" * 101]}, "asset_ids", "longer than 100"),
    "too long a note": ({"note": "n" * 801}, "note", "801 characters; 800"),
    "NUL": ({"note": "a\x00b"}, "note", "cannot be stored"),
    "half a surrogate pair": ({"note": "\ud800"}, "note", "does not fit"),
    "no days to repeat": ({"follow_ups_after": [0]}, "follow_ups_after", "numbers of days"),
    "the same days twice": ({"follow_ups_after": [30, 30]}, "follow_ups_after", "different numbers"),
    "days in quotation marks": ({"follow_ups_after": ["30"]}, "follow_ups_after", "no whole number"),
    "a number for a text": ({"zone": 1}, "zone", "no text"),
    "a text for a list": ({"asset_ids": "4711"}, "asset_ids", "no list"),
    "a field nobody has": ({"approved_by": "me"}, "approved_by", "no such field"),
    "no day": ({"day": None}, "day", "missing"),
    "another id than in the header": ({"id": "message-2"}, "id", "Send the same in both"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_recorded_is_refused_at_its_field(hr: Sender, wrong: str) -> None:
    fields, field, sentence = WRONG[wrong]
    body, before = json.dumps(said(**fields)).encode(), rows()

    found = problems(hr.send(body, signed(hr.shown, body, "message-4711")))

    assert [field] == [name for name, said in found if sentence in said], found
    assert rows() == before


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b'"x"', b" ", b"{", b"\xff", b"[" * 60_000])
def test_what_is_no_report_is_refused(hr: Sender, body: bytes) -> None:
    assert problems(hr.send(body, signed(hr.shown, body, "message-1")))
    assert not ChangeRequest.objects.exists()


def test_every_problem_is_told_at_once(hr: Sender) -> None:
    found = problems(hr.post(said(zone="Mars", day="never", asset_ids=["*"])))

    assert [field for field, _sentence in found] == ["zone", "day", "asset_ids"]


def test_a_name_that_just_fits_is_kept_whole(hr: Sender) -> None:
    assert hr.post(said("1", name="D" * 49)).status_code == 201
    assert hr.post(said("2", name="E" * 44, follow_ups_after=[30])).status_code == 201

    assert all(len(change.name) == 64 for change in Change.objects.filter(after_days=0, request__number=1))


def test_a_name_that_exists_is_refused_without_repeating_it(hr: Sender) -> None:
    mirror(hr.system.tenant, "retentionEvent", event("Departure 99 of 4711"))

    found = problems(hr.post(said(name="Departure 99 of 4711")))

    sentence = "An event of this name exists already or is in this change. Choose another name."
    assert found == [("name", sentence)]


def test_what_was_refused_may_be_sent_again_under_its_id(hr: Sender) -> None:
    assert hr.post(said(zone="")).status_code == 422
    assert hr.post(said()).status_code == 201


def test_a_tenant_that_cannot_decide_takes_no_report(hr: Sender, approver: Person) -> None:
    Membership.objects.filter(person=approver).delete()

    answer = hr.post(said())

    assert (answer.status_code, answer["Retry-After"]) == (503, "600")
    assert "another approver" in answer.json()["errors"][0]["sentence"]
    assert not ChangeRequest.objects.exists()
    assert not Call.objects.exists()


def test_nothing_is_taken_without_its_entry(hr: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """G6."""
    hr.client.raise_request_exception = False
    before = rows()
    create = Entry.objects.create

    def refuse(**columns: Any) -> Entry:
        if columns["verb"] == "call.received":
            raise DatabaseError("no entry")
        return create(**columns)

    monkeypatch.setattr(Entry.objects, "create", refuse)
    answer = hr.post(said())

    assert answer.status_code == 500
    assert rows() == before


def test_a_standing_approval_is_looked_for_in_review(hr: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, System, bool]] = []

    def apply(request: ChangeRequest, system: System) -> bool:
        asked.append((request.state, system, connection.in_atomic_block))
        return False

    monkeypatch.setattr(standing, "apply", apply)
    hr.post(said())

    assert asked == [(State.IN_REVIEW, hr.system, True)]


def test_what_a_system_reports_waits_its_own_period(hr: Sender, approver: Person, author: Person) -> None:
    tenant = hr.system.tenant
    Tenant.objects.filter(pk=tenant.pk).update(event_days_manual=1, event_days_automatic=14)
    hr.post(said(follow_ups_after=[30]))
    submitted(tenant, author, created(event("Departure 9")))
    for request in ChangeRequest.objects.all():
        request.refresh_from_db()
        actions.approve(request, by=approver, content_hash=request.content_hash)

    now = clock.now()
    waits = [round((change.held_until - now) / timedelta(days=1)) for change in Change.objects.order_by("pk")]
    assert waits == [14, 44, 1]


def test_a_system_never_decides(hr: Sender, author: Person) -> None:
    """Not even where the database says that it is an approver."""
    tenant, person = hr.system.tenant, hr.system.person
    for role in (Role.APPROVER, Role.ADMINISTRATOR, Role.AUDITOR):
        Membership.objects.create(tenant=tenant, person=person, role=role)
    request = submitted(tenant, author, created(event("Departure 9")))

    with pytest.raises(NotAllowed):
        actions.approve(request, by=person, content_hash=request.content_hash)

    assert not Decision.objects.exists()
    assert roles_of(person, tenant) == {Role.AUTHOR}
    assert person not in people_with(tenant, Role.APPROVER)
    assert person not in actions.who_may_approve(request)


def test_a_system_is_nobody_who_can_be_given_anything(
    hr: Sender, administrator: Person, other_tenant: Tenant, client: Client
) -> None:
    person, tenant = hr.system.person, hr.system.tenant
    client.force_login(administrator, backend="portal.tenants.backends.Local")

    assert person not in [one.person for one in queries.members_of(tenant)]
    assert person.email not in client.get("/t/harrow-vale/people/").text
    assert client.post(f"/t/harrow-vale/people/{person.pk}/grant/", {"role": "approver"}).status_code == 404
    for act in (
        lambda: people.grant(person, Role.APPROVER, tenant=tenant),
        lambda: people.make_link(person),
        lambda: people.add_person(other_tenant, email=person.email, name="HR", roles=[Role.APPROVER]),
    ):
        with pytest.raises(Invalid, match="is no person"):
            act()
    assert not person.has_usable_password()


def test_get_tells_what_became_of_a_report(hr: Sender, approver: Person) -> None:
    first = hr.post(said()).json()
    assert hr.get("message-4711").json() == first
    request = ChangeRequest.objects.get()
    actions.approve(request, by=approver, content_hash=request.content_hash)

    told = hr.get("message-4711").json()

    assert (told["state"], told["events"][0]["state"]) == ("approved", "ready")
    assert told["events"][0]["held_until"] is not None


def test_get_tells_nothing_of_another_systems_reports(hr: Sender, tenant: Tenant, administrator: Person) -> None:
    hr.post(said())
    other = make_sender(tenant, administrator, name="Payroll")

    assert other.get("message-4711").status_code == 404
    assert verbs()[-1] == "call.refused"


CANARY = "CANARY7734"


def test_no_line_of_the_log_names_anybody(hr: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of a call: neither its IDs nor its key stand in the log, or in what is answered when refused."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record))

    root, kept = logging.getLogger(), Kept(logging.DEBUG)
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    hr.client.raise_request_exception = False
    named = {"name": f"Departure {CANARY}", "asset_ids": [CANARY], "case_words": [CANARY], "note": CANARY}
    try:
        statuses, refused = [], []
        for fields, headers in (
            ({}, {}),
            ({"note": "other"}, {}),
            ({"id": "m2", "zone": ""}, {}),
            ({"id": "m3", "asset_ids": [f"{CANARY}*"]}, {}),
            ({"id": "m4", "follow_ups_after": [CANARY]}, {}),
            ({"id": "m5"}, {"webhook-signature": "v1,x"}),
            ({"id": "m6"}, {"Authorization": f"Bearer fpt_{CANARY}"}),
        ):
            answer = hr.post(said("1", **{**named, **fields}), headers=headers)
            statuses.append(answer.status_code)
            refused += [answer.text] if answer.status_code > 201 else []

        def refuse(**columns: Any) -> Entry:
            raise DatabaseError("no entry")

        monkeypatch.setattr(Entry.objects, "create", refuse)
        answer = hr.post(said("1", **{**named, "id": "m7"}))
        statuses.append(answer.status_code)
        refused.append(answer.text)
    finally:
        root.removeHandler(kept)
        root.setLevel(level)

    assert statuses == [201, 409, 422, 422, 422, 401, 401, 500]
    assert any("no entry" in line for line in lines)  # the log was heard
    for secret in (CANARY, hr.shown.token, hr.shown.secret):
        assert not [line for line in lines if secret in line]
        assert not [text for text in refused if secret in text]
