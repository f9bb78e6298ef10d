import os
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from portal.audit import checkpoints, durability
from portal.audit.trail import record
from portal.graph.errors import Rejected
from portal.health.models import Heartbeat
from portal.health.tasks import beat
from portal.mirror.models import Cause, RunState
from portal.tenants import connection
from portal.tenants.clock import now
from portal.tenants.models import Connection, Tenant


def test_healthz_needs_neither_database_nor_sign_in(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_readyz_of_an_empty_house(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "database": True,
        "durable": True,
        "migrated": True,
        "restored": False,
        "checkpoints": True,
        "lapsed": 0,
        "beat_age": None,
        "sync_age": None,
        "oldest_due": None,
    }


def test_readyz_tells_the_age_of_the_last_complete_sync(client: Client, tenant: Tenant) -> None:
    for state, minutes in ((RunState.COMPLETE, 90), (RunState.COMPLETE, 10), (RunState.INCOMPLETE, 1)):
        ended = now() - timedelta(minutes=minutes)
        tenant.sync_runs.create(
            state=state, cause=Cause.TIMETABLE, started_at=ended, touched_at=ended, finished_at=ended
        )

    assert client.get("/readyz").json()["sync_age"] in range(600, 610)


@pytest.mark.django_db
def test_readyz_refuses_while_tables_are_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: ["0002"])

    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_readyz_refuses_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> list[object]:
        raise DatabaseError("connection to 10.0.0.1 failed")

    monkeypatch.setattr(MigrationExecutor, "migration_plan", gone)
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (503, {"database": False})


@pytest.mark.django_db
def test_readyz_refuses_a_database_that_may_lose_something(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "faults", lambda _connection: ["synchronous=1"])
    response = client.get("/readyz")

    assert (response.status_code, response.json()["durable"]) == (503, False)


def test_readyz_tells_how_long_the_timetable_is_silent(client: Client, tenant: Tenant) -> None:
    beat()
    Heartbeat.objects.update(at=now() - timedelta(seconds=90))

    assert client.get("/readyz").json()["beat_age"] in range(90, 100)
    beat()
    assert client.get("/readyz").json()["beat_age"] in range(10)


def test_readyz_tells_of_a_restored_backup_and_stays_ready_for_who_confirms_it(client: Client, tenant: Tenant) -> None:
    record(tenant, "policy.changed")
    checkpoints.mark(f"tenant-{tenant.pk}", 9, "a" * 64)
    response = client.get("/readyz")

    assert (response.status_code, response.json()["restored"]) == (200, True)


@pytest.mark.django_db
def test_readyz_tells_of_a_checkpoint_folder_that_is_not_to_be_written(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere

    assert client.get("/readyz").json()["checkpoints"] is False


@pytest.mark.django_db
def test_readyz_tells_of_sign_ins_that_have_ended(client: Client, tenant: Tenant) -> None:
    Connection.objects.create(tenant=tenant)
    connection.lapse(tenant, Rejected("x", status=401, code="invalid_grant"))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["lapsed"]) == (200, 1)
