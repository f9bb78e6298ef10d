"""Ringing for a worker. What is due stands in the database, so a lost, doubled or late ring does no harm (G3, G18)."""

import logging
from contextlib import suppress
from threading import Thread

from portal.celery import app

BUDGET = 1.0  # seconds a page may wait for the broker
log = logging.getLogger("portal.doorbell")


def ring(tenant_id: int, task: str = "changes.push") -> None:
    """Tell a worker that a tenant has work. Never raises, and never holds the caller for more than a second."""
    thread = Thread(target=_send, args=(tenant_id, task), daemon=True)
    thread.start()
    thread.join(BUDGET)


def _send(tenant_id: int, task: str) -> None:
    try:
        app.send_task(task, args=[tenant_id], retry=False)
    except Exception:
        with suppress(Exception):
            log.warning("The broker did not take a message; the timetable finds the work of tenant %s", tenant_id)
