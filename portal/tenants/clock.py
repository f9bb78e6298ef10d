"""The database's clock. Leases, waiting times and reads are compared on it and on no other (reliability.md 5)."""

from datetime import UTC, datetime, timedelta

from django.db import connection


def now() -> datetime:
    """The moment according to the database, aware, UTC."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")
            return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment.astimezone(UTC)


def after(seconds: float) -> datetime:
    """The moment `seconds` from now, on the database's clock."""
    return now() + timedelta(seconds=seconds)
