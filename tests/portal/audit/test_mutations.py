"""T6, G8: whatever is done to an exported history is found, wherever it is done; honest exports are never accused."""

import json
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from portal.audit import checkpoints
from portal.audit.export import export
from portal.audit.models import Chain
from portal.audit.trail import record
from portal.audit.verify_audit import Broken, Checkpoint, Unusable, read_checkpoints, verify
from tests.factories import make_tenant
from tests.portal.audit.exports import chained, parsed, written

pytestmark = pytest.mark.django_db  # of which the export below is written once, before the tests
LENGTH, SIGNED_EVERY, POSITIONS = 240, 40, 200


@pytest.fixture(scope="module")
def exported(django_db_setup, django_db_blocker, tmp_path_factory):
    """The lines of an export of 240 entries, signed every now and then."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.CHECKPOINT_DIR", tmp_path_factory.mktemp("checkpoints"))
        tenant = make_tenant(name="Prüfung")
        for number in range(1, LENGTH):
            record(tenant, "policy.changed", changes={"approvals": [number, number + 1]}, reason="Grün.")
            if number % SIGNED_EVERY == 0:
                chain = Chain.objects.get(tenant=tenant)
                checkpoints.sign(chain.name, chain.seq, chain.head)
        lines = b"".join(export(tenant).chunks()).splitlines(keepends=True)
        transaction.set_rollback(True)
    return lines


def edit_body(entries, at):
    body = entries[at]["body"]
    entries[at] = {**entries[at], "body": body.replace("approvals", "Approvals")}


def edit_entry_hash(entries, at):
    entries[at] = {**entries[at], "entry": "%064x" % (int(entries[at]["entry"], 16) ^ 1)}


def edit_chain_value(entries, at):
    entries[at] = {**entries[at], "chain": "%064x" % (int(entries[at]["chain"], 16) ^ 1)}


def withhold_and_edit_hash(entries, at):
    """A content that is left out is no way to change what it was."""
    edit_entry_hash(entries, at)
    entries[at]["body"] = None


def edit_and_hash_anew(entries, at):
    edit_body(entries, at)
    entries[at] = chained(entries, start=at + 1)[at] | {"chain": entries[at]["chain"]}


def remove(entries, at):
    del entries[at]


def insert(entries, at):
    entries.insert(at, entries[at])


def reorder(entries, at):
    other = (at + 7) % len(entries)
    entries[at], entries[other] = entries[other], entries[at]


def renumber_after_swapping(entries, at):
    other = (at + 1) % len(entries)
    first, second = entries[at], entries[other]
    entries[at], entries[other] = {**second, "seq": first["seq"]}, {**first, "seq": second["seq"]}


def cut_the_tail(entries, at):
    del entries[at:]


def remove_and_write_the_rest_anew(entries, at):
    del entries[at]
    entries[:] = chained(entries, start=at + 1) if at < len(entries) else entries


def insert_and_write_the_rest_anew(entries, at):
    entries.insert(at, entries[at])
    entries[:] = chained(entries, start=at + 1)


def write_all_anew(entries, at):
    edit_body(entries, at)
    entries[:] = chained(entries)


MUTATIONS = [
    edit_body,
    edit_entry_hash,
    edit_chain_value,
    withhold_and_edit_hash,
    edit_and_hash_anew,
    remove,
    insert,
    reorder,
    renumber_after_swapping,
    cut_the_tail,
    remove_and_write_the_rest_anew,
    insert_and_write_the_rest_anew,
    write_all_anew,
]
# These fit together again, and only a checkpoint tells: of the next multiple of 40, or the last one of all.
WRITTEN_ANEW = MUTATIONS[-3:]


def positions(mutate):
    return random.Random(mutate.__name__).sample(range(LENGTH - 1), POSITIONS)


def outcome(lines, **believed):
    """The number of the first bad entry; None where everything holds."""
    try:
        verify(lines, **believed)
    except Broken as exc:
        return exc.seq
    return None


def signed_from(seq):
    return min(-(-seq // SIGNED_EVERY) * SIGNED_EVERY, LENGTH)


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_verify_finds_every_change_and_names_it(exported, mutate):
    honest, ends = parsed(exported)
    plain = exported[: len(honest)]
    for at in positions(mutate):
        entries = list(honest)
        mutate(entries, at)
        lines = [
            line if entry is same else written(entry)
            for entry, same, line in zip(entries, [*honest, None], [*plain, b""], strict=False)
        ]

        found = outcome([*lines, *ends])

        if mutate in WRITTEN_ANEW:
            assert found == signed_from(at + 1 + (mutate is insert_and_write_the_rest_anew)), at
        elif mutate is insert:
            assert found == at + 2, at  # the copy itself is in order
        elif mutate in (reorder, renumber_after_swapping):
            assert found == min(at, (at + (7 if mutate is reorder else 1)) % LENGTH) + 1, at
        else:
            assert found == at + 1, at


def test_verify_finds_a_tail_cut_off_with_its_checkpoints(exported):
    _entries, ends = parsed(exported)
    for at in positions(cut_the_tail):
        left = [end for end in ends if json.loads(end).get("seq", 0) <= at]
        if at and at % SIGNED_EVERY:
            assert outcome([*exported[:at], *left]) == at // SIGNED_EVERY * SIGNED_EVERY + 1, at


def rewritten(honest, at, key):
    """All of it written anew, with checkpoints and public key: what somebody with the whole machine can do."""
    entries = list(honest)
    write_all_anew(entries, at)
    public = key.public_key().public_bytes_raw().hex()
    origin = json.loads(honest[0]["body"])["chain"]
    unsigned = Checkpoint(origin, LENGTH, entries[-1]["chain"], "2026-11-20T15:00:00.000000Z", public, "")
    end = unsigned._replace(signature=key.sign(unsigned.message).hex())
    return [*map(written, entries), written(end._asdict()), written({"origin": origin, "public_key": public})]


def test_verify_finds_a_rewrite_with_checkpoints_by_the_key_or_by_those_kept(exported):
    honest, ends = parsed(exported)
    kept = read_checkpoints(ends)
    for at in positions(write_all_anew)[:20]:
        lines = rewritten(honest, at, Ed25519PrivateKey.generate())

        assert outcome(lines) is None, "Without anything from elsewhere nobody can tell."
        assert outcome(lines, keys=[checkpoints.public_key()]) == LENGTH
        assert outcome(lines, kept=kept) == signed_from(at + 1), at


def test_verify_finds_a_checkpoint_that_was_edited(exported):
    honest, ends = parsed(exported)
    for number, end in enumerate(ends[:-1]):
        told = json.loads(end)
        for field in ("time", "signature", "key"):
            edited = {**told, field: told[field].translate(str.maketrans("02468a", "13579b"))}
            lines = [*exported[: len(honest)], *ends[:number], written(edited), *ends[number + 1 :]]
            assert outcome(lines) == told["seq"], (number, field)


def test_verify_accuses_no_honest_export(exported):
    honest, ends = parsed(exported)
    choose = random.Random(6)
    for _time in range(POSITIONS):
        withheld = set(choose.sample(range(LENGTH), choose.randrange(LENGTH)))
        lines = [
            written({**entry, "body": None}) if at in withheld else line
            for at, (entry, line) in enumerate(zip(honest, exported, strict=False))
        ]

        report = verify([*lines, *ends], kept=read_checkpoints(ends), keys=[checkpoints.public_key()])

        assert (report.entries, report.withheld, report.head) == (LENGTH, len(withheld), honest[-1]["chain"])


def test_verify_accepts_checkpoints_younger_than_the_export(exported):
    _entries, ends = parsed(exported)
    [last] = read_checkpoints(ends[-2:])
    younger = checkpoints.sign(last.origin, LENGTH + 5, "f" * 64)

    assert outcome(exported, kept=[younger]) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: [],
        lambda lines: lines[-1:],
        lambda lines: [b"not json\n", *lines],
        lambda lines: [b"[]\n", *lines],
        lambda lines: [b"{}\n", *lines],
        lambda lines: [b'{"seq":1,"entry":"x"}\n', *lines],
        lambda lines: [b"\xff\xfe", *lines],
        lambda lines: [b"[" * 100_000, *lines],
        lambda lines: [lines[0][:50], *lines[1:]],
        lambda lines: [*lines, lines[0]],
        lambda lines: [*lines[:-1], b'{"signature":1}\n'],
        lambda lines: [*lines[:-1], lines[-2].replace(b'"seq":240', b'"seq":"240"')],
    ],
)
def test_verify_refuses_what_is_no_export(exported, spoil):
    with pytest.raises(Unusable):
        verify(spoil(exported))
