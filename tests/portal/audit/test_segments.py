"""C17, S31: a chain that is behind what is known outside goes on as a new segment, which proves itself or is found."""

import json

import pytest
from django.db import IntegrityError, connection, transaction

from portal.audit import checkpoints, marks, restored, trail
from portal.audit.export import export
from portal.audit.models import Chain, Entry, Restoration
from portal.audit.trail import entry_hash, link_hash, record
from portal.audit.verify import verify
from portal.audit.verify_audit import CONFIRMED, NOTICED, Broken, Gap, gap_before, main
from portal.audit.verify_audit import verify as verify_lines
from tests.portal.audit.exports import chained, parsed, written

LOST = "a" * 64


@pytest.fixture
def chain(tenant):
    """A chain of three entries, restored from before numbers 4 to 9."""
    for _number in range(3):
        record(tenant, "policy.changed")
    chain = Chain.objects.get(tenant=tenant)
    checkpoints.mark(chain.name, 9, LOST)
    return chain


@pytest.fixture
def resumed(chain, tenant, administrator):
    """It went on: noticed by entry 10, number 11 is what was told, number 12 says who confirmed it."""
    record(tenant, "policy.changed", reason="After the restore.")
    record(tenant, CONFIRMED, by=administrator, reason="The disk died.", opened=[10])
    return Chain.objects.get(pk=chain.pk)


def lines_of(tenant):
    return b"".join(export(tenant).chunks()).splitlines(keepends=True)


def seqs(chain):
    return list(chain.entries.order_by("seq").values_list("seq", flat=True))


def test_the_next_number_is_after_the_last_one_known_outside(chain, tenant):
    entry = record(tenant, "policy.changed")

    noticed = Entry.objects.get(chain=chain, verb=NOTICED)
    assert (noticed.seq, entry.seq) == (10, 11)
    assert json.loads(noticed.body)["facts"]["gap"]["seen"]["seq"] == 9
    assert Restoration.objects.count() == 1


def test_a_chain_that_is_not_behind_only_takes_its_next_number(tenant):
    for _number in range(2):
        record(tenant, "policy.changed")
        checkpoints.sign_all()

    assert (seqs(Chain.objects.get(tenant=tenant)), Restoration.objects.count()) == ([1, 2], 0)


def test_an_old_checkpoint_is_enough(tenant):
    """Of an instance that never sent anything, or of before there were marks."""
    record(tenant, "policy.changed")
    checkpoints.sign(trail.chain_name(tenant.pk), 5, LOST)
    marks.file_of(trail.chain_name(tenant.pk)).unlink()

    assert record(tenant, "policy.changed").seq == 7


def test_a_chain_on_another_way_is_behind_too(tenant):
    """Its numbers were used again by somebody who knows nothing of the mark: it is held, and verify says where."""
    record(tenant, "policy.changed")
    checkpoints.sign(trail.chain_name(tenant.pk), 1, LOST)

    assert restored.notice() is True
    assert restored.notice() is True  # and told once
    assert Entry.objects.filter(verb=NOTICED).count() == 1
    assert verify(Chain.objects.get(tenant=tenant)).broken_at == 1


def test_verify_tells_what_was_lost_and_who_confirmed_it(resumed, administrator):
    verdict = verify(resumed)

    assert (verdict.is_unbroken, verdict.count, verdict.head) == (True, 6, resumed.head)
    assert [(lost.first, lost.last, lost.by, lost.reason) for lost in verdict.lost] == [
        (4, 9, administrator.name, "The disk died.")
    ]


def test_verify_does_not_hold_before_somebody_confirmed_it(chain, tenant):
    record(tenant, "policy.changed")

    assert verify(chain).broken_at == 4


def test_verify_holds_against_checkpoints_of_what_was_lost(chain, tenant, administrator):
    checkpoints.sign(chain.name, 6, "b" * 64)
    record(tenant, CONFIRMED, by=administrator, reason="The disk died.", opened=[10])
    checkpoints.sign_all()

    assert verify(chain).is_unbroken


def test_verify_finds_a_gap_that_ends_otherwise_than_was_signed(chain, tenant, administrator):
    record(tenant, CONFIRMED, by=administrator, reason="The disk died.", opened=[10])
    checkpoints.sign(chain.name, 9, "b" * 64)

    assert verify(chain).broken_at == 10  # the entry that tells of it


def test_an_export_tells_it_and_holds(resumed, tenant, administrator, tmp_path, capsys):
    exported = tmp_path / "history.jsonl"
    exported.write_bytes(b"".join(lines_of(tenant)))

    status = main([str(exported), "--checkpoints", str(checkpoints.file_of(resumed.name))])

    said = capsys.readouterr().out
    assert status == 0
    assert f"Entries 4 to 9 are missing: a backup was restored. {administrator.name} confirmed it" in said
    assert f"{resumed.name}: 7 entries hold." in said


def test_an_export_holds_also_where_contents_are_kept_back(resumed, tenant):
    exported = export(tenant, wanted=Entry.objects.filter(seq=2))

    report = verify_lines(b"".join(exported.chunks()).splitlines(keepends=True))

    assert [(lost.first, lost.last) for lost in report.lost] == [(4, 9)]


def test_an_export_does_not_hold_before_somebody_confirmed_it(chain, tenant):
    record(tenant, "policy.changed")

    with pytest.raises(Broken, match="nobody confirmed") as found:
        verify_lines(lines_of(tenant))

    assert found.value.seq == 4


def forged_gap(resumed, told):
    """A gap as somebody without the key writes it, who has an honest checkpoint to name."""
    seen = gap_before(resumed.entries.get(seq=10).body).seen
    link = resumed.entries.get(seq=3).link
    unsigned = Gap(resumed.name, 3, link, seen, seen.time, checkpoints.public_key(), "0" * 128)
    return {**unsigned.told, **told}


def rewritten(lines, gap, origin):
    """An export in which entries 4 to 9 were taken out for a restore that never was, chained anew.

    The next checkpoint is honestly signed: whoever signs it, every half hour, knows no better.
    """
    entries, rest = parsed(lines)
    body = {"chain": origin, "verb": NOTICED, "facts": {"gap": gap}}
    entries[3] = {**entries[3], "body": json.dumps(body, separators=(",", ":"), sort_keys=True)}
    link = entries[2]["chain"]
    for told in entries[3:]:
        entry = entry_hash(told["body"])
        link = link_hash(link, told["seq"], entry)
        told.update(entry=entry, chain=link)
    end = checkpoints.sign(origin, entries[-1]["seq"], link)
    return [*map(written, entries), written(end._asdict()), rest[-1]]


@pytest.mark.parametrize(
    ("told", "because"),
    [
        ({}, "signature"),
        ({"after": 2}, "stands in its place"),
        ({"chain": "b" * 64}, "stands in its place"),
        ({"origin": "tenant-99"}, "stands in its place"),
        ({"key": "0" * 64}, "another key"),
        ({"seen": None}, "stands in its place"),
    ],
)
def test_an_export_with_a_forged_segment_is_found(resumed, tenant, told, because):
    forged = rewritten(lines_of(tenant), forged_gap(resumed, told), resumed.name)

    with pytest.raises(Broken, match=because):
        verify_lines(forged)


def test_a_segment_that_was_moved_is_found(resumed, tenant):
    """The gap is signed for its place: two honest entries before it cannot be dropped with what was lost."""
    entries, rest = parsed(lines_of(tenant))
    anew = chained(entries[:1])
    link = anew[-1]["chain"]
    for told in entries[3:]:
        link = link_hash(link, told["seq"], told["entry"])
        anew.append({**told, "chain": link})

    with pytest.raises(Broken, match="stands in its place"):
        verify_lines([*map(written, anew), *rest])


def test_verify_finds_a_forged_segment(resumed, forge):
    noticed = resumed.entries.get(seq=10)
    told = json.loads(noticed.body)
    told["facts"]["gap"]["signature"] = "0" * 128
    body = json.dumps(told, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    link = resumed.entries.get(seq=3).link
    for entry in resumed.entries.filter(seq__gte=10).order_by("seq"):
        content = body if entry.seq == 10 else entry.body
        link = link_hash(link, entry.seq, entry_hash(content))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE audit_entry SET body = %s, entry = %s, link = %s WHERE id = %s",
                [content, entry_hash(content), link, entry.pk],
            )
    forge(f"UPDATE audit_chain SET head = '{link}'")

    assert verify(resumed).broken_at == 4


def test_the_database_lets_a_chain_jump_onto_such_an_entry_alone(chain, tenant):
    record(tenant, "policy.changed", reason="Number 11.")

    for statement in ("seq = 12", "seq = 20", "seq = 12, head = 'forged'"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE audit_chain SET {statement.replace('12', '13')} WHERE id = {chain.pk}")
    assert Chain.objects.get(pk=chain.pk).seq == 11


def test_the_database_lets_no_chain_jump_onto_any_other_entry(tenant):
    entry = record(tenant, "policy.changed")
    ahead = Entry(chain=entry.chain, seq=5, at=entry.at, verb="policy.changed", body="{}", entry=LOST, link=LOST)
    ahead.actor_name = "Nobody"
    ahead.save()

    with pytest.raises(IntegrityError), transaction.atomic():
        Chain.objects.filter(pk=entry.chain_id).update(seq=5, head=LOST)

    assert Chain.objects.get(pk=entry.chain_id).seq == 1


def test_the_database_lets_no_chain_go_back_onto_such_an_entry(resumed):
    noticed = resumed.entries.get(seq=10)

    with pytest.raises(IntegrityError), transaction.atomic():
        Chain.objects.filter(pk=resumed.pk).update(seq=10, head=noticed.link)
