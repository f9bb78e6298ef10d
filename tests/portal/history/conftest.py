from datetime import timedelta

import pytest

from portal.audit import trail
from portal.audit.trail import record
from portal.changes.models import ChangeRequest
from portal.mirror.models import SyncRun


@pytest.fixture
def draft(tenant, author):
    """Makes a change request of the tenant, without an entry."""

    def make(number, title="Invoices: eight years"):
        return ChangeRequest.objects.create(tenant=tenant, number=number, title=title, author=author)

    return make


@pytest.fixture
def ran(tenant):
    """Writes down a complete sync run and what it found."""

    def write(*, created=0, changed=0):
        run = SyncRun(pk=7, tenant=tenant, started_at="2026-06-09T09:00:00Z")
        run.started_at = run._meta.get_field("started_at").to_python(run.started_at)
        return record(run, "sync.completed", service="Sync", listed=1599, created=created, changed=changed)

    return write


@pytest.fixture
def at(monkeypatch):
    """Sets the clock that entries are dated by, and moves it on by a minute with each of them."""

    def set_clock(moment):
        class Clock(type(moment)):
            passed = timedelta(0)

            @classmethod
            def now(cls, zone):
                cls.passed += timedelta(minutes=1)
                return moment + cls.passed

        monkeypatch.setattr(trail, "datetime", Clock)

    return set_clock
