import json
import stat

import pytest
from django.db import connection

from portal.audit import checkpoints
from portal.audit.models import Chain
from portal.audit.trail import entry_hash, link_hash, record
from portal.audit.verify import verify
from portal.audit.verify_audit import check_signature


@pytest.fixture
def chain(tenant):
    """A chain of three entries."""
    for _number in range(3):
        record(tenant, "policy.changed", reason="Honest.")
    return Chain.objects.get(tenant=tenant)


def test_sign_says_where_a_chain_stands(chain):
    signed = checkpoints.sign(chain.name, chain.seq, chain.head)

    assert (signed.origin, signed.seq, signed.chain) == (chain.name, 3, chain.head)
    assert signed.key == checkpoints.public_key()
    check_signature(signed, [checkpoints.public_key()])
    assert json.loads(checkpoints.file_of(chain.name).read_text()) == signed._asdict()


def test_sign_keeps_its_file_to_its_owner(chain):
    checkpoints.sign(chain.name, chain.seq, chain.head)

    file = checkpoints.file_of(chain.name)
    assert [stat.S_IMODE(one.stat().st_mode) for one in (file.parent, file)] == [0o700, 0o600]


def test_sign_all_signs_what_moved_and_nothing_twice(chain, tenant, other_tenant):
    record(other_tenant, "policy.changed")

    checkpoints.sign_all()
    checkpoints.sign_all()
    record(tenant, "policy.changed")
    checkpoints.sign_all()

    assert [one.seq for one in checkpoints.read(chain.name)] == [3, 4]
    assert [one.seq for one in checkpoints.read(f"tenant-{other_tenant.pk}")] == [1]


def test_sign_goes_on_after_a_line_that_was_cut_off(chain):
    first = checkpoints.sign(chain.name, 1, "a" * 64)
    with checkpoints.file_of(chain.name).open("a") as file:
        file.write('{"origin":"tenant-')

    second = checkpoints.sign(chain.name, 2, "b" * 64)

    assert checkpoints.read(chain.name) == [first, second]
    assert checkpoints.last(chain.name) == second


def test_last_is_found_at_the_end_of_a_long_file(chain):
    for seq in range(1, 40):
        signed = checkpoints.sign(chain.name, seq, "a" * 64)

    assert checkpoints.last(chain.name) == signed
    assert checkpoints.file_of(chain.name).stat().st_size > 2 * checkpoints.TAIL


def test_nothing_was_signed_of_a_chain_without_a_file(db):
    assert (checkpoints.last("tenant-1"), checkpoints.read("tenant-1"), list(checkpoints.names())) == (None, [], [])


def test_the_key_belongs_to_its_secret(settings):
    ours = checkpoints.public_key()

    settings.CHECKPOINT_KEY = "another secret of at least fifty characters, made elsewhere"

    assert checkpoints.public_key() != ours


def rewrite(chain, *, count):
    """Write the chain anew from its second entry on, `count` entries long, so that it fits together."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE chain_id = %s AND seq > %s", [chain.pk, count])
        for stored in chain.entries.filter(seq__gt=1).order_by("seq"):
            body = stored.body.replace("Honest.", "Forged.")
            link = link_hash(chain.entries.get(seq=stored.seq - 1).link, stored.seq, entry_hash(body))
            cursor.execute(
                "UPDATE audit_entry SET body = %s, entry = %s, link = %s WHERE id = %s",
                [body, entry_hash(body), link, stored.pk],
            )
        last = chain.entries.get(seq=count)
        cursor.execute("UPDATE audit_chain SET seq = %s, head = %s WHERE id = %s", [count, last.link, chain.pk])


def test_verify_needs_a_checkpoint_to_find_a_rewrite(chain, lifted):
    rewrite(chain, count=3)

    assert verify(chain).is_unbroken


def test_verify_finds_a_rewrite_by_its_checkpoint(chain, lifted):
    checkpoints.sign_all()
    rewrite(chain, count=3)

    verdict = verify(chain)

    assert (verdict.broken_at, verdict.checkpoints) == (3, 1)


def test_verify_finds_a_tail_cut_off_with_its_head(chain, lifted):
    checkpoints.sign_all()
    rewrite(chain, count=2)

    assert verify(chain).broken_at == 3


@pytest.mark.parametrize("field", ["chain", "time", "key", "signature"])
def test_verify_finds_a_checkpoint_that_was_edited(chain, field):
    signed = checkpoints.sign(chain.name, chain.seq, chain.head)
    edited = signed._replace(**{field: getattr(signed, field).translate(str.maketrans("02468a", "13579b"))})
    checkpoints.file_of(chain.name).write_text(json.dumps(edited._asdict()) + "\n")

    assert verify(chain).broken_at == 3


def test_verify_finds_a_checkpoint_of_another_chain(chain, other_tenant):
    signed = checkpoints.sign(f"tenant-{other_tenant.pk}", chain.seq, chain.head)
    checkpoints.file_of(chain.name).write_text(json.dumps(signed._asdict()) + "\n")

    assert verify(chain).broken_at == 3


def test_verify_holds_while_a_checkpoint_is_signed(chain, tenant, monkeypatch):
    heads = Chain.objects.get

    def sign_then_get(**lookup):
        monkeypatch.undo()
        record(tenant, "policy.changed")
        checkpoints.sign_all()
        return heads(**lookup)

    monkeypatch.setattr(Chain.objects, "get", sign_then_get)

    assert verify(chain).is_unbroken
