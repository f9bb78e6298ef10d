import pytest
from django.db import connection

from portal.audit import triggers


@pytest.fixture
def lifted(db):
    """A database that lets the history be forged. The test's transaction takes the triggers' absence back with it."""
    triggers.lift(connection)
