from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client

from portal import health
from portal.audit import durability
from portal.mirror.models import Cause, RunState
from portal.tenants.clock import now
from portal.tenants.models import Tenant


def test_healthz_needs_neither_database_nor_sign_in(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_readyz_of_an_empty_house(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    told = response.json()
    assert told == {"database": True, "durable": True, "migrated": True, "sync_age": None, "oldest_due": None}


def test_readyz_tells_the_age_of_the_last_complete_sync(client: Client, tenant: Tenant) -> None:
    for state, minutes in ((RunState.COMPLETE, 90), (RunState.COMPLETE, 10), (RunState.INCOMPLETE, 1)):
        ended = now() - timedelta(minutes=minutes)
        tenant.sync_runs.create(
            state=state, cause=Cause.TIMETABLE, started_at=ended, touched_at=ended, finished_at=ended
        )

    assert client.get("/readyz").json()["sync_age"] in range(600, 610)


@pytest.mark.django_db
def test_readyz_refuses_while_tables_are_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_plan", lambda: ["0002"])

    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_readyz_refuses_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> list[object]:
        raise DatabaseError("connection to 10.0.0.1 failed")

    monkeypatch.setattr(health, "_plan", gone)
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (503, {"database": False})


@pytest.mark.django_db
def test_readyz_refuses_a_database_that_may_lose_something(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "faults", lambda _connection: ["synchronous=1"])
    response = client.get("/readyz")

    assert (response.status_code, response.json()["durable"]) == (503, False)
