"""The workers. A message is a doorbell: what is due stands in the database."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings

from portal import broker

broker.make_folders(settings.CELERY_BROKER_TRANSPORT_OPTIONS)

SIGN_EVERY = 1800  # seconds; checkpoints come at least hourly, also when a worker was away in between
WATCH_EVERY = 600  # seconds
app = Celery("fileplan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["portal.changes", "portal.history", "events"])
# Messages expire before the next of their kind is due, so that none pile up while no worker runs.
app.conf.beat_schedule = {
    "push": {"task": "changes.sweep", "schedule": settings.SWEEP_EVERY, "options": {"expires": settings.SWEEP_EVERY}},
    "retry": {"task": "mirror.retry", "schedule": settings.SWEEP_EVERY, "options": {"expires": settings.SWEEP_EVERY}},
    "sync": {"task": "mirror.sweep", "schedule": settings.SYNC_EVERY, "options": {"expires": settings.SYNC_EVERY}},
    "follow": {"task": "events.sweep", "schedule": settings.SWEEP_EVERY, "options": {"expires": settings.SWEEP_EVERY}},
    "watch": {"task": "accounts.watch", "schedule": WATCH_EVERY, "options": {"expires": WATCH_EVERY}},
    "checkpoint": {"task": "history.checkpoint", "schedule": SIGN_EVERY, "options": {"expires": SIGN_EVERY}},
    "check": {"task": "history.sweep", "schedule": crontab(hour=3, minute=0), "options": {"expires": 3600}},
}


@worker_ready.connect(dispatch_uid="portal.celery.look_at_once")
def look_at_once(**_: Any) -> None:
    """A worker that starts does not wait for the timetable to find what is due, what is old, or what to sign."""
    for task in ("changes.sweep", "mirror.sweep", "history.checkpoint"):
        app.send_task(task, expires=settings.SWEEP_EVERY)
