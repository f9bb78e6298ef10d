"""The heartbeat of the timetable. Nobody else rings for it, so that its age says whether the timetable goes on."""

from django.db.models.functions import Now

from portal.celery import app
from portal.health.models import Heartbeat

TIMETABLE = "timetable"


@app.task(name="health.beat", ignore_result=True)
def beat() -> None:
    """The timetable rang, the broker carried it, a worker heard it and wrote it down."""
    Heartbeat.objects.update_or_create(name=TIMETABLE, defaults={"at": Now()})
