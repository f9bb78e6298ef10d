"""The workers. A message is a doorbell: what is due stands in the database."""

import logging
import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import celeryd_init, setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings
from django.utils.log import configure_logging

from portal import broker

broker.make_folders(settings.CELERY_BROKER_TRANSPORT_OPTIONS)

SIGN_EVERY = 1800  # seconds; checkpoints come at least hourly, also when a worker was away in between
WATCH_EVERY = 600  # seconds
app = Celery("fileplan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["portal.changes", "portal.health", "portal.history", "events"])
# Messages expire before the next of their kind is due, so that none pile up while no worker runs.
app.conf.beat_schedule = {
    "beat": {"task": "health.beat", "schedule": settings.SWEEP_EVERY, "options": {"expires": settings.SWEEP_EVERY}},
    "push": {"task": "changes.sweep", "schedule": settings.SWEEP_EVERY, "options": {"expires": settings.SWEEP_EVERY}},
    "retry": {"task": "mirror.retry", "schedule": settings.SWEEP_EVERY, "options": {"expires": settings.SWEEP_EVERY}},
    "sync": {"task": "mirror.sweep", "schedule": settings.SYNC_EVERY, "options": {"expires": settings.SYNC_EVERY}},
    "follow": {"task": "events.sweep", "schedule": settings.SWEEP_EVERY, "options": {"expires": settings.SWEEP_EVERY}},
    "watch": {"task": "accounts.watch", "schedule": WATCH_EVERY, "options": {"expires": WATCH_EVERY}},
    "checkpoint": {"task": "history.checkpoint", "schedule": SIGN_EVERY, "options": {"expires": SIGN_EVERY}},
    "check": {"task": "history.sweep", "schedule": crontab(hour=3, minute=0), "options": {"expires": 3600}},
}


@celeryd_init.connect(dispatch_uid="portal.celery.log_from_the_start")
@setup_logging.connect(dispatch_uid="portal.celery.log_as_settings_say")
def log_as_settings_say(**_: Any) -> None:
    """Celery would write lines of its own form, and warn of what it finds before it writes any (S28)."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    logging.captureWarnings(True)


@worker_ready.connect(dispatch_uid="portal.celery.look_at_once")
def look_at_once(**_: Any) -> None:
    """A worker that starts does not wait for the timetable to find what is due, what is old, or what to sign."""
    for task in ("changes.sweep", "mirror.sweep", "history.checkpoint"):
        app.send_task(task, expires=settings.SWEEP_EVERY)
