"""G16: what the database acknowledges survives a power cut, or the start fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from portal import settings
from portal.audit import durability

ON_SQLITE = pytest.mark.profile("embedded", why="concern SQLite's own settings")
ON_POSTGRESQL = pytest.mark.profile("production", why="concern PostgreSQL's own settings")


@pytest.fixture
def live(db: None, tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A connection as `make run` opens it, to a file."""
    opened = connections.create_connection("default")
    configured = settings.database(f"sqlite:///{tmp_path / 'live.sqlite3'}")
    opened.settings_dict = {**opened.settings_dict, **configured}
    yield opened
    opened.close()


@ON_SQLITE
def test_a_live_connection_is_durable(live: BaseDatabaseWrapper) -> None:
    with live.cursor() as cursor:
        asked = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert asked == ["wal", durability.FULL, 1]
    assert durability.faults(live) == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("journal_mode=MEMORY", "journal_mode=memory"),
        ("journal_mode=DELETE", "journal_mode=delete"),
        ("synchronous=NORMAL", "synchronous=1"),
        ("foreign_keys=OFF", "foreign_keys=0"),
        ("recursive_triggers=OFF", "recursive_triggers=0"),
    ],
)
def test_a_setting_that_may_lose_something_is_named(live: BaseDatabaseWrapper, setting: str, fault: str) -> None:
    with live.cursor() as cursor:
        cursor.execute(f"PRAGMA {setting}")

    assert durability.faults(live) == [fault]


@ON_POSTGRESQL
@pytest.mark.django_db
@pytest.mark.parametrize(("value", "faults"), [("on", []), ("off", ["synchronous_commit=off"])])
def test_postgresql_must_not_acknowledge_early(value: str, faults: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL synchronous_commit TO {value}")

    assert durability.faults(connection) == faults


@pytest.mark.django_db
def test_the_system_check_finds_nothing() -> None:
    assert run_checks(tags=[Tags.database], databases=["default"]) == []


@pytest.mark.django_db
def test_the_system_check_fails_for_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "faults", lambda _connection: ["synchronous=1"])

    found = run_checks(tags=[Tags.database], databases=["default"])

    assert [error.id for error in found] == ["audit.E001"]
    assert "synchronous=1" in found[0].msg


def test_the_system_check_asks_no_database_it_was_not_given() -> None:
    assert durability.check(databases=None) == []
