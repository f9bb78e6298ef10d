import json

from django.db import connection

from portal.audit import triggers
from portal.audit.models import Entry
from portal.audit.trail import record
from portal.audit.verify import verify
from portal.history import actions


def told(entry):
    return json.loads(entry.body)["facts"]


def test_check_writes_down_that_the_chain_holds(tenant, auditor):
    first = record(tenant, "tenant.added")

    verdict = actions.check(tenant, by=auditor)

    written = Entry.objects.get(seq=2)
    assert verdict.is_unbroken
    assert (written.verb, written.actor, written.result) == ("trail.verified", auditor, "ok")
    assert told(written) == {
        "count": 1,
        "checkpoints": 0,
        "head": first.link,
        "broken_at": None,
        "because": "",
    }


def test_check_writes_down_where_the_chain_breaks(tenant):
    record(tenant, "tenant.added")
    record(tenant, "policy.changed")
    triggers.lift(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET verb = 'forged' WHERE seq = 2")

    verdict = actions.check(tenant, service="Timetable")

    written = Entry.objects.get(seq=3)
    assert (verdict.broken_at, verdict.count) == (2, 1)
    assert (written.actor_name, written.result) == ("Timetable", "error")
    assert (told(written)["broken_at"], told(written)["count"]) == (2, 1)


def test_check_writes_nothing_while_there_is_nothing_to_check(tenant, auditor):
    assert actions.check(tenant, by=auditor) is None
    assert not Entry.objects.exists()


def test_check_is_part_of_the_chain_it_checks(tenant, auditor):
    record(tenant, "tenant.added")
    actions.check(tenant, by=auditor)

    assert actions.check(tenant, by=auditor).count == 2
    assert verify(Entry.objects.first().chain).count == 3


def test_note_reading_writes_one_entry_per_person(tenant, author, auditor):
    for by in (author, author, auditor, author):
        actions.note_reading(tenant, by=by)

    assert [(entry.verb, entry.actor) for entry in Entry.objects.order_by("seq")] == [
        ("trail.read", author),
        ("trail.read", auditor),
    ]
