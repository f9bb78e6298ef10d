"""The workers. A message is a doorbell: what is due stands in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings

from portal import broker

broker.make_folders(settings.CELERY_BROKER_TRANSPORT_OPTIONS)

app = Celery("fileplan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["portal.changes", "portal.mirror"])
# Messages expire before the next of their kind is due, so that none pile up while no worker runs.
app.conf.beat_schedule = {
    "push": {"task": "changes.sweep", "schedule": settings.SWEEP_EVERY, "options": {"expires": settings.SWEEP_EVERY}},
    "sync": {"task": "mirror.sweep", "schedule": settings.SYNC_EVERY, "options": {"expires": settings.SYNC_EVERY}},
}
