"""Ringing for a worker. What is due stands in the database, so a lost, doubled or late ring does no harm (G3, G18)."""

import logging
from contextlib import suppress
from threading import Thread

from portal.celery import app

BUDGET = 0.25  # seconds a page may wait for the broker, of the one it has for everything (G18)
log = logging.getLogger("portal.doorbell")


def ring(tenant_id: int, task: str = "changes.push", *, by: int | None = None, in_seconds: float = 0.0) -> None:
    """Tell a worker that a tenant has work, now or `in_seconds` (a few at most); `by` is the key of who asked for it.

    Never holds the caller for more than a quarter of a second, and raises nothing the broker could raise.
    """
    thread = Thread(target=_send, args=(task, [tenant_id, *([by] if by else [])], in_seconds), daemon=True)
    thread.start()
    thread.join(BUDGET)


def _send(task: str, args: list[int], in_seconds: float) -> None:
    try:
        app.send_task(task, args=args, countdown=in_seconds or None, retry=False)
    except Exception:
        with suppress(Exception):
            log.warning("The broker did not take a message; the timetable finds the work of tenant %s", args[0])
