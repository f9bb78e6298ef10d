"""Doorbells. What is due stands in the database; each of these may be rung twice, late, or never."""

from django.conf import settings

from portal import broker
from portal.audit import restored
from portal.celery import app
from portal.changes import by_hand, push
from portal.changes.busy import busy
from portal.doorbell import ring
from portal.mirror import sync
from portal.mirror.check import check
from portal.mirror.models import Cause, RunState, SyncRun
from portal.tenants.accounts.watch import watch
from portal.tenants.models import Person, Tenant
from portal.web import origin

A_DAY = 86_400  # seconds


@app.task(name="changes.push", ignore_result=True)
def push_tenant(tenant_id: int) -> None:
    """Carry out what is due for a tenant."""
    origin.begin()
    push.drain(tenant_id)


@app.task(name="changes.sweep", ignore_result=True)
def sweep() -> None:
    """Ring for every tenant: finds whatever a lost message left behind, and whether a backup was restored."""
    restored.notice()
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        ring(tenant_id)
    read = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("processed_folder")
    if read:
        broker.forget_read(read, older_than=A_DAY)


@app.task(name="mirror.sync", ignore_result=True)
def sync_tenant(tenant_id: int, person_id: int | None = None) -> None:
    """Bring the mirror of a tenant up to date; `person_id` is who asked, none for the timetable."""
    origin.begin()
    tenant, by = Tenant.objects.get(pk=tenant_id), Person.objects.filter(pk=person_id or 0).first()
    synchronise(tenant, cause=Cause.PERSON if by else Cause.TIMETABLE, by=by)


@app.task(name="mirror.sweep", ignore_result=True)
def sync_all() -> None:
    """The timetable: one message a tenant, so that one that is slow stops no other."""
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        ring(tenant_id, "mirror.sync")


@app.task(name="mirror.retry", ignore_result=True)
def retry_sync() -> None:
    """Ring for every tenant whose last run failed or was abandoned, and is due again before the timetable."""
    for tenant in Tenant.objects.all():
        if sync.is_due_again(tenant):
            ring(tenant.pk, "mirror.sync")


def synchronise(tenant: Tenant, *, cause: Cause, by: Person | None = None) -> SyncRun | None:
    """One sync, then the manual steps that it has made visible; None when `sync.run` did not begin one."""
    run = sync.run(tenant, cause=cause, by=by, busy=busy)
    if run is not None and run.state == RunState.COMPLETE:
        by_hand.settle(tenant)
    return run


@app.task(name="accounts.check", ignore_result=True)
def check_account(tenant_id: int, person_id: int | None = None) -> None:
    """Try what the account of a tenant may read; `person_id` is who asked."""
    origin.begin()
    check(Tenant.objects.get(pk=tenant_id), by=Person.objects.filter(pk=person_id or 0).first())


@app.task(name="accounts.watch", ignore_result=True)
def watch_accounts() -> None:
    """Say what stops an account, or soon will."""
    origin.begin()
    watch()
