import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.audit import checkpoints, export, verify_audit
from portal.audit.models import Entry
from portal.audit.trail import record
from portal.audit.verify_audit import main, read_checkpoints, verify


@pytest.fixture
def entries(tenant, other_tenant, author):
    """Four entries of the tenant and one of another."""
    written = [record(tenant, "policy.changed", by=author, reason=f"Grün {number}\u2028") for number in range(4)]
    record(other_tenant, "policy.changed")
    return written


def lines(exported):
    return b"".join(exported.chunks()).splitlines(keepends=True)


def told(exported):
    return [json.loads(line) for line in b"".join(exported.chunks()).decode().strip().split("\n")]


def test_export_writes_entries_then_checkpoints_then_the_key(entries, tenant, author):
    exported = export.export(tenant, by=author)

    *written, checkpoint, key = told(exported)
    first = entries[0]
    assert written[0] == {"seq": 1, "body": first.body, "entry": first.entry, "chain": first.link}
    assert [one["seq"] for one in written] == [1, 2, 3, 4, 5]
    assert (checkpoint["seq"], checkpoint["chain"]) == (5, exported.own.link)
    assert key == {"origin": f"tenant-{tenant.pk}", "public_key": checkpoints.public_key()}


def test_export_is_an_entry_itself(entries, tenant, author):
    exported = export.export(tenant, by=author, wanted=Entry.objects.filter(seq__gt=1), asked={"who": "Ada"})

    own = Entry.objects.get(chain__tenant=tenant, seq=5)
    assert exported.own == own
    assert (own.verb, own.actor) == ("trail.exported", author)
    assert json.loads(own.body)["facts"] == {"entries": 3, "filter": {"who": "Ada"}}


def test_export_keeps_back_what_was_not_wanted(entries, tenant):
    exported = export.export(tenant, wanted=Entry.objects.filter(seq=2))

    assert [one["seq"] for one in told(exported)[:5] if one["body"] is not None] == [2, 5]
    assert verify(lines(exported)).withheld == 3


def test_export_ends_where_it_says(entries, tenant):
    """What is written while the file is taken belongs to the next one."""
    exported = export.export(tenant)
    record(tenant, "policy.changed")
    checkpoints.sign_all()

    report = verify(lines(exported))

    assert (report.entries, report.head) == (5, exported.own.link)


def test_export_is_read_in_stretches(entries, tenant, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(export, "AT_ONCE", 2)
    exported = export.export(tenant)

    with django_assert_num_queries(6):
        chunks = list(exported.chunks())

    assert len(chunks) == 4
    assert verify(b"".join(chunks).splitlines(keepends=True)).entries == 5


def test_export_of_an_altered_history_shows_it(forge, entries, tenant):
    forge("UPDATE audit_entry SET body = replace(body, 'policy', 'police') WHERE seq = 3")

    with pytest.raises(verify_audit.Broken) as broken:
        verify(lines(export.export(tenant)))

    assert broken.value.seq == 3


# The command


def test_export_audit_writes_a_file_for_its_owner(entries, tenant, tmp_path, capsys):
    call_command("export_audit", "harrow-vale", out=tmp_path / "history.jsonl")

    [file] = [one for one in tmp_path.iterdir() if one.is_file()]
    assert (file.name, file.stat().st_mode & 0o777) == ("history.jsonl", 0o600)
    assert capsys.readouterr().out == f"tenant-{tenant.pk}: 5 entries in {file}\n"
    assert verify(file.read_bytes().splitlines()).entries == 5


def test_export_audit_without_a_tenant_writes_the_portals_own(author, tmp_path):
    record(author, "person.signed_in", by=author)

    call_command("export_audit", out=tmp_path / "history.jsonl", verbosity=0)

    report = verify((tmp_path / "history.jsonl").read_bytes().splitlines())
    assert (report.origin, report.entries) == ("portal", 2)


def test_export_audit_refuses_what_has_no_history(tenant, tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("export_audit", "nowhere", out=tmp_path / "history.jsonl")

    assert refused.value.returncode == 2


def test_export_audit_leaves_no_entry_where_nothing_can_be_written(entries, tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_audit", "harrow-vale", out=tmp_path / "missing" / "history.jsonl")

    assert not Entry.objects.filter(verb="trail.exported").exists()


# The script, as an outsider runs it


@pytest.fixture
def file(entries, tenant, tmp_path):
    """An export on the disk."""
    file = tmp_path / "history.jsonl"
    file.write_bytes(b"".join(export.export(tenant).chunks()))
    return file


def run_alone(*arguments):
    """The script with nothing but the standard library."""
    command = [sys.executable, "-I", "-S", verify_audit.__file__, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_script_needs_nothing_but_python(file, tenant):
    done = run_alone(file)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"tenant-{tenant.pk}: 5 entries hold.")
    assert "Signatures were not checked" in done.stdout


def test_script_names_the_first_entry_that_does_not_hold(file):
    file.write_text(file.read_text().replace("Grün 2", "Grün 7"))

    done = run_alone(file)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Broken at entry 3. Its content is not the one that was written.\n"


@pytest.mark.parametrize("content", ["", "not an export\n", '{"seq": 1}\n'])
def test_script_says_what_it_cannot_use(tmp_path, content):
    (tmp_path / "other").write_text(content)

    assert run_alone(tmp_path / "other").returncode == 2
    assert run_alone(tmp_path / "missing").returncode == 2


def test_script_checks_signatures_with_the_key_it_is_given(file, capsys):
    assert main([str(file), "--key", checkpoints.public_key()]) == 0
    assert "Checkpoints signed with a key that you gave: 1." in capsys.readouterr().out

    assert main([str(file), "--key", "0" * 64]) == 1
    assert "signed with another key" in capsys.readouterr().err


def test_script_says_which_key_the_export_tells_of(file, capsys):
    assert main([str(file)]) == 0

    assert checkpoints.public_key() in capsys.readouterr().out


def test_script_takes_the_portals_file_of_checkpoints(file, tenant, other_tenant, capsys):
    checkpoints.sign_all()
    ours, theirs = (checkpoints.file_of(f"tenant-{one.pk}") for one in (tenant, other_tenant))

    assert main([str(file), "--checkpoints", str(ours)]) == 0
    assert main([str(file), "--checkpoints", str(theirs)]) == 2
    assert "holds no checkpoint of" in capsys.readouterr().err


def test_script_finds_a_rewrite_by_checkpoints_kept_elsewhere(forge, file, entries, tenant, tmp_path):
    kept = tmp_path / "kept.jsonl"
    signed = checkpoints.sign(f"tenant-{tenant.pk}", 2, "f" * 64)
    kept.write_text(json.dumps(signed._asdict()))

    assert read_checkpoints([kept.read_bytes()]) == [signed]
    assert main([str(file), "--checkpoints", str(kept)]) == 1


def test_verify_audit_finds_a_chain_that_was_lost(forge, entries, tenant):
    checkpoints.sign_all()
    forge(f"DELETE FROM audit_entry WHERE chain_id = {entries[0].chain_id}")
    forge(f"DELETE FROM audit_chain WHERE id = {entries[0].chain_id}")
    connection.check_constraints()

    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", verbosity=0)

    assert ended.value.code == 1
