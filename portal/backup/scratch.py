"""A second database beside the one in the settings, for as long as it is looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

ALIAS = "scratch"


@contextmanager
def opened(like: BaseDatabaseWrapper, other: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """A connection like another one but for `other` settings; models reach it as `scratch` meanwhile."""
    connections.databases[ALIAS] = {**like.settings_dict, **other}
    connections[ALIAS] = connections.create_connection(ALIAS)
    try:
        yield connections[ALIAS]
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]
