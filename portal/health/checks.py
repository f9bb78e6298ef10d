"""What /readyz asks, one line each. Add what else should be told; decide whether the web can do its work without."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.audit import durability, restored
from portal.health import ages
from portal.tenants.models import Connection


class Check(NamedTuple):
    """One thing that is asked. `must`: while it answers false the web is not ready (503), and nothing more is asked.

    Everything else is only told: pages work without workers, and show what is wrong.
    """

    name: str
    ask: Callable[[], Any]
    must: bool = False


def is_durable() -> bool:
    """Whether the database keeps what it acknowledges (G16)."""
    return not durability.faults(connection)


def is_migrated() -> bool:
    """Whether the database has the tables of this version, or of a newer one."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def can_sign() -> bool:
    """Whether the checkpoint folder can be written: without it nothing is sent."""
    folder = settings.CHECKPOINT_DIR
    return os.access(folder if folder.exists() else folder.parent, os.W_OK)


def lapsed() -> int:
    """How many tenants wait for somebody to sign in for them again."""
    return Connection.objects.filter(has_lapsed=True).count()


CHECKS = (
    Check("durable", is_durable, must=True),
    Check("migrated", is_migrated, must=True),
    Check("restored", restored.anywhere),
    Check("checkpoints", can_sign),
    Check("lapsed", lapsed),
    Check("beat_age", ages.of_timetable),
    Check("sync_age", ages.of_mirror),
    Check("oldest_due", ages.of_due),
)


def answers() -> tuple[dict[str, Any], bool]:
    """What was found, by name, and whether the web can do its work. Raises DatabaseError."""
    told: dict[str, Any] = {"database": True}
    for check in CHECKS:
        told[check.name] = check.ask()
        if check.must and not told[check.name]:
            return told, False
    return told, True
