from portal.audit.checks import broken_at
from portal.audit.models import Entry
from portal.audit.trail import record
from portal.history.actions import check


def test_broken_at_is_nothing_before_a_check_and_after_a_good_one(tenant):
    record(tenant, "policy.changed")
    before = broken_at(tenant.subject)
    check(tenant)

    assert (before, broken_at(tenant.subject)) == (None, None)


def test_broken_at_is_what_the_last_check_found(tenant, forge):
    record(tenant, "policy.changed")
    record(tenant, "policy.changed")
    check(tenant)
    forge("UPDATE audit_entry SET body = '{}' WHERE seq = 2")

    before = broken_at(tenant.subject)
    check(tenant)

    assert (before, broken_at(tenant.subject)) == (None, 2)


def test_broken_at_is_the_check_that_was_made_to_say_otherwise(tenant, forge):
    record(tenant, "policy.changed")
    forge("UPDATE audit_entry SET body = '{}' WHERE seq = 1")
    check(tenant)
    forge("UPDATE audit_entry SET body = replace(body, '\"broken_at\":1', '\"broken_at\":null') WHERE seq = 2")

    assert "null" in Entry.objects.get(seq=2).body
    assert broken_at(tenant.subject) == 2


def test_broken_at_is_of_that_tenant_alone(tenant, other_tenant, forge):
    record(tenant, "policy.changed")
    forge("UPDATE audit_entry SET body = '{}'")
    check(tenant)

    assert broken_at(other_tenant.subject) is None
