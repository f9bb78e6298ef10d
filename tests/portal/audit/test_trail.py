import hashlib
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, transaction

from portal.audit import trail
from portal.audit.canonical import Uncanonical, dumps
from portal.audit.models import Chain, Entry, Result
from portal.audit.trail import Subject, record
from portal.audit.verify import verify
from portal.web import origin


class Thing:
    """Anything that can stand in the history."""

    def __init__(self, tenant=None, *, name="Invoices 7y", key="7"):
        self.subject = Subject("retentionLabel", key, name, tenant.pk if tenant else None)


def test_record_writes_the_exact_bytes(tenant, author):
    came_from = origin.begin("10.20.4.17")

    entry = record(
        Thing(tenant),
        "request.approved",
        by=author,
        changes={"state": ["in_review", "approved"]},
        reason="Checked.",
        content="9f3c",
    )

    told = json.loads(entry.body)
    assert entry.body == dumps(told)
    assert datetime.now(UTC) - datetime.fromisoformat(told.pop("at")) < timedelta(minutes=1)
    assert len(told.pop("salt")) == 32
    assert told == {
        "schema": 1,
        "chain": f"tenant-{tenant.pk}",
        "actor": {"id": author.pk, "name": "Ada Author", "kind": "user"},
        "verb": "request.approved",
        "object": {"kind": "retentionLabel", "key": "7", "name": "Invoices 7y"},
        "changes": {"state": ["in_review", "approved"]},
        "reason": "Checked.",
        "result": "ok",
        "facts": {"content": "9f3c"},
        "request": came_from.request_id,
        "address": "10.20.4.17",
    }


def test_record_names_the_service_that_acted(tenant):
    entry = record(Thing(tenant), "sync.completed", service="Sync", result=Result.ERROR)

    told = json.loads(entry.body)
    assert told["actor"] == {"id": None, "name": "Sync", "kind": "service"}
    assert (entry.actor, entry.actor_name, entry.result) == (None, "Sync", "error")


def test_record_chains_each_entry_to_the_one_before(tenant):
    first = record(Thing(tenant), "label.seen")
    second = record(Thing(tenant), "label.seen")

    hashed = hashlib.sha256(b"fileplan-audit/1/entry\n" + second.body.encode()).digest()
    link = b"fileplan-audit/1/chain\n" + bytes.fromhex(first.link) + (2).to_bytes(8, "big") + hashed
    chain = Chain.objects.get(tenant=tenant)
    assert (first.seq, second.seq) == (1, 2)
    assert second.entry == hashed.hex()
    assert second.link == hashlib.sha256(link).hexdigest()
    assert (chain.seq, chain.head) == (2, second.link)


def test_link_hash_starts_from_nothing_but_zeros(tenant):
    first = record(Thing(tenant), "label.seen")

    assert first.link == trail.link_hash("0" * 64, 1, first.entry)


def test_record_keeps_one_chain_per_tenant_and_one_for_the_portal(tenant, other_tenant):
    written = [record(Thing(about), "label.seen") for about in (None, tenant, other_tenant, None)]

    names = ["portal", f"tenant-{tenant.pk}", f"tenant-{other_tenant.pk}", "portal"]
    assert [entry.chain.name for entry in written] == names
    assert [entry.seq for entry in written] == [1, 1, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_record_is_refused_outside_a_transaction(tenant):
    with pytest.raises(transaction.TransactionManagementError):
        record(Thing(tenant), "label.seen")

    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_record_is_undone_with_what_it_tells_of(tenant):
    with transaction.atomic():
        record(Thing(tenant), "label.seen")
        transaction.set_rollback(True)

    assert not Entry.objects.exists()
    assert not Chain.objects.exists()


def test_record_refuses_what_has_no_canonical_form(tenant):
    with pytest.raises(Uncanonical):
        record(Thing(tenant), "label.seen", days=1.5)

    assert not Entry.objects.exists()


def test_record_copies_the_text_that_was_hashed(tenant):
    name = unicodedata.normalize("NFD", "Prüfung")

    entry = record(Thing(tenant, name=name), "label.seen")

    assert entry.object_name == json.loads(entry.body)["object"]["name"] == "Prüfung"


def test_record_cuts_columns_and_keeps_the_whole_in_the_body(tenant):
    # This letter grows when it is normalised, so that even a name that fitted its own column no longer fits ours.
    name = "\u0958" * 200

    entry = record(Thing(tenant, name=name), "label.seen", service="s" * 200)

    entry.refresh_from_db()
    assert (len(entry.object_name), len(entry.actor_name)) == (300, 120)
    assert json.loads(entry.body)["object"]["name"] == unicodedata.normalize("NFC", name)


def test_record_does_not_repeat_a_hash_for_the_same_event(tenant):
    first = record(Thing(tenant), "label.seen")
    second = record(Thing(tenant), "label.seen")

    assert first.entry != second.entry


@pytest.mark.django_db(transaction=True)
@pytest.mark.profile("production", why="have threads wait for each other, which they cannot in SQLite's memory")
def test_record_keeps_one_chain_when_many_write_at_once(tenant):
    def write():
        for _time in range(10):
            with transaction.atomic():
                record(Thing(tenant), "label.seen")
        connection.close()

    writers = [Thread(target=write) for _writer in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    verdict = verify(Chain.objects.get(tenant=tenant))
    times = list(Entry.objects.order_by("seq").values_list("at", flat=True))
    assert (verdict.is_unbroken, verdict.count) == (True, 40)
    assert times == sorted(times)
