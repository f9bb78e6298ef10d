import json

import pytest
from django.db import connection

from portal.audit import canonical
from portal.audit.models import Chain, Entry
from portal.audit.trail import entry_hash, link_hash, record
from portal.audit.verify import verify

LENGTH = 7


@pytest.fixture
def chain(tenant, other_tenant, author, lifted):
    """A chain of seven entries; others stand beside it."""
    for number in range(LENGTH):
        record(tenant, "policy.changed", by=author, changes={"approvals": [number, number + 1]})
        record(other_tenant, "policy.changed")
    return Chain.objects.get(tenant=tenant)


def test_verify_finds_an_honest_chain_unbroken(chain):
    verdict = verify(chain)

    assert verdict.is_unbroken
    assert (verdict.chain, verdict.count, verdict.head) == (chain.name, LENGTH, chain.head)


def test_verify_finds_a_chain_without_entries_unbroken(db):
    verdict = verify(Chain.objects.create(name="portal"))

    assert (verdict.is_unbroken, verdict.count, verdict.head) == (True, 0, "0" * 64)


def test_verify_holds_for_names_that_were_cut_or_normalised(tenant):
    tenant.name = "u\u0308" * 60 + "\u0958" * 120
    record(tenant, "policy.changed", service="\u0958" * 100)

    assert verify(Chain.objects.get(tenant=tenant)).is_unbroken


def test_verify_leaves_what_is_written_meanwhile_for_the_next_time(chain, tenant, monkeypatch):
    heads = Chain.objects.get

    def write_then_get(**lookup):
        monkeypatch.undo()
        record(tenant, "policy.changed")
        return heads(**lookup)

    monkeypatch.setattr(Chain.objects, "get", write_then_get)

    assert verify(chain).is_unbroken


def forge(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def edit_body(chain, seq):
    body = Entry.objects.get(chain=chain, seq=seq).body.replace("Ada", "Eve")
    forge("UPDATE audit_entry SET body = %s WHERE chain_id = %s AND seq = %s", body, chain.pk, seq)


def edit_body_and_its_hash(chain, seq):
    body = Entry.objects.get(chain=chain, seq=seq).body.replace("Ada", "Eve")
    values = (body, entry_hash(body), chain.pk, seq)
    forge("UPDATE audit_entry SET body = %s, entry = %s WHERE chain_id = %s AND seq = %s", *values)


def edit_link(chain, seq):
    forge("UPDATE audit_entry SET link = %s WHERE chain_id = %s AND seq = %s", "f" * 64, chain.pk, seq)


def remove(chain, seq):
    forge("DELETE FROM audit_entry WHERE chain_id = %s AND seq = %s", chain.pk, seq)


def renumber(chain, seq):
    """Remove one, close the gap and shorten the chain. The last entry of all is a tail cut off, head and all."""
    remove(chain, seq)
    for later in range(seq + 1, LENGTH + 1):
        forge("UPDATE audit_entry SET seq = %s WHERE chain_id = %s AND seq = %s", later - 1, chain.pk, later)
    forge("UPDATE audit_chain SET seq = seq - 1 WHERE id = %s", chain.pk)


def swap(chain, seq):
    """Swap two neighbours, number for number."""
    other = seq % LENGTH + 1
    for place, number in ((-1, seq), (seq, other), (other, -1)):
        forge("UPDATE audit_entry SET seq = %s WHERE chain_id = %s AND seq = %s", 100 + place, chain.pk, number)
        forge("UPDATE audit_entry SET seq = seq - 100 WHERE chain_id = %s AND seq > 100", chain.pk)


def insert(chain, seq):
    """Put a copy in place of an entry and push the rest back by one."""
    for later in range(LENGTH, seq - 1, -1):
        forge("UPDATE audit_entry SET seq = %s WHERE chain_id = %s AND seq = %s", later + 1, chain.pk, later)
    copy = Entry.objects.get(chain=chain, seq=seq + 1)
    copy.pk, copy.seq, copy._state.adding = None, seq, True
    copy.save()
    forge("UPDATE audit_chain SET seq = seq + 1 WHERE id = %s", chain.pk)


def take_from_another_chain(chain, seq):
    theirs = Entry.objects.exclude(chain=chain).get(seq=seq)
    remove(chain, seq)
    forge("UPDATE audit_entry SET chain_id = %s WHERE id = %s", chain.pk, theirs.pk)


MUTATIONS = [edit_body, edit_body_and_its_hash, edit_link, remove, renumber, insert, take_from_another_chain]


@pytest.mark.parametrize("seq", range(1, LENGTH + 1))
@pytest.mark.parametrize("mutate", MUTATIONS)
def test_verify_names_the_first_entry_that_does_not_hold(chain, mutate, seq):
    mutate(chain, seq)

    verdict = verify(chain)

    # A copy of the entry that it displaces is itself in order; what follows is not.
    assert verdict.broken_at == (seq + 1 if mutate is insert else seq)
    assert verdict.because


@pytest.mark.parametrize("seq", range(1, LENGTH))
def test_verify_finds_two_entries_swapped(chain, seq):
    swap(chain, seq)

    assert verify(chain).broken_at == seq


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "2020-01-01 00:00:00+00:00"),
        ("actor_id", None),
        ("actor_name", "Eve"),
        ("verb", "policy.read"),
        ("object_kind", "person"),
        ("object_key", "elsewhere"),
        ("object_name", "Elsewhere"),
        ("result", "denied"),
    ],
)
def test_verify_finds_a_column_that_was_edited(chain, column, value):
    forge(f"UPDATE audit_entry SET {column} = %s WHERE chain_id = %s AND seq = 3", value, chain.pk)

    assert verify(chain).broken_at == 3


@pytest.mark.parametrize("cut", range(LENGTH))
def test_verify_finds_a_tail_cut_off(chain, cut):
    forge("DELETE FROM audit_entry WHERE chain_id = %s AND seq > %s", chain.pk, cut)

    verdict = verify(chain)

    assert (verdict.broken_at, verdict.count) == (cut + 1, cut)


def test_verify_finds_a_tail_cut_off_under_an_older_number(chain):
    forge("DELETE FROM audit_entry WHERE chain_id = %s AND seq > 4", chain.pk)
    forge("UPDATE audit_chain SET seq = 4 WHERE id = %s", chain.pk)

    assert verify(chain).broken_at == 5


def test_verify_finds_an_entry_added_past_the_head(chain):
    last = Entry.objects.get(chain=chain, seq=LENGTH)
    last.pk, last.seq, last._state.adding = None, LENGTH + 1, True
    last.link = link_hash(chain.head, LENGTH + 1, last.entry)
    last.save()

    assert verify(chain).broken_at == LENGTH + 1


def test_verify_finds_a_chain_given_to_another_tenant(chain, other_tenant):
    forge("UPDATE audit_chain SET tenant_id = NULL WHERE tenant_id = %s", other_tenant.pk)
    forge("UPDATE audit_chain SET tenant_id = %s WHERE id = %s", other_tenant.pk, chain.pk)

    assert not verify(chain).is_unbroken


@pytest.mark.parametrize("body", ["", "{}", "[]", "not json", '{"at":1,"actor":{},"object":{}}'])
def test_verify_finds_an_entry_that_was_never_written_by_us(chain, body):
    last = Entry.objects.get(chain=chain, seq=LENGTH)
    before = Entry.objects.get(chain=chain, seq=LENGTH - 1)
    link = link_hash(before.link, LENGTH, entry_hash(body))
    forge(
        "UPDATE audit_entry SET body = %s, entry = %s, link = %s WHERE id = %s", body, entry_hash(body), link, last.pk
    )
    forge("UPDATE audit_chain SET head = %s WHERE id = %s", link, chain.pk)

    assert verify(chain).broken_at == LENGTH


def test_verify_takes_the_bytes_as_they_are(chain):
    """Another spelling of the same JSON is another entry."""
    stored = Entry.objects.get(chain=chain, seq=2)
    body = json.dumps(json.loads(stored.body), indent=1)
    assert canonical.dumps(json.loads(body)) == stored.body

    forge("UPDATE audit_entry SET body = %s WHERE id = %s", body, stored.pk)

    assert verify(chain).broken_at == 2


def test_verify_reads_any_number_of_entries_with_the_same_queries(chain, tenant, django_assert_num_queries):
    with django_assert_num_queries(3):
        verify(chain)
