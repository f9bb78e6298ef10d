import pytest
from django.db import connection

from portal.audit import triggers


@pytest.fixture
def lifted(db):
    """A database that lets the history be forged. The test's transaction takes the triggers' absence back with it."""
    triggers.lift(connection)


@pytest.fixture
def forge(lifted):
    """Runs a statement on the history that its triggers would refuse."""

    def run(statement):
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run
