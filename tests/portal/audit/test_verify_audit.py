from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.audit.models import Chain
from portal.audit.trail import record


def run(*arguments):
    """What the command printed, what it complained of and its exit status."""
    out, complaints = StringIO(), StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=complaints)
        status = 0
    except SystemExit as exc:
        status = exc.code
    return out.getvalue(), complaints.getvalue(), status


@pytest.fixture
def chains(tenant, other_tenant, author):
    return [record(about, "policy.changed").chain for about in (author, tenant, other_tenant)]


def test_verify_audit_prints_every_chain_with_its_head(chains):
    heads = Chain.objects.order_by("pk").values_list("name", "head")

    expected = "".join(f"{name}: 1 entries, 0 checkpoints, head {head}\n" for name, head in heads)
    assert run() == (expected, "", 0)


def test_verify_audit_checks_one_tenant(chains, tenant):
    out, complaints, status = run("harrow-vale")

    assert out.startswith(f"tenant-{tenant.pk}: 1 entries")
    assert (out.count("\n"), complaints, status) == (1, "", 0)


def test_verify_audit_names_the_first_bad_entry_and_goes_on(lifted, chains):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET verb = 'forged' WHERE chain_id = %s", [chains[1].pk])

    out, complaints, status = run()

    assert complaints == f"{chains[1].name}: broken at entry 1. A column does not say what the entry says.\n"
    assert (out.count("\n"), status) == (2, 1)


@pytest.mark.parametrize("arguments", [("nowhere",), ()])
def test_verify_audit_refuses_when_there_is_nothing_to_check(db, arguments):
    with pytest.raises(CommandError) as refused:
        run(*arguments)

    assert refused.value.returncode == 2
