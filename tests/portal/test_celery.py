"""G3: what a worker that dies had in hand comes back, and the timetable finds what no message tells of."""

import pytest
from django.conf import settings

from portal.celery import app

TIMETABLE = {
    "health.beat": settings.SWEEP_EVERY,
    "changes.sweep": settings.SWEEP_EVERY,
    "mirror.retry": settings.SWEEP_EVERY,
    "mirror.sweep": settings.SYNC_EVERY,
    "events.sweep": settings.SWEEP_EVERY,
}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("task_acks_late", True),
        ("task_reject_on_worker_lost", True),
        ("worker_prefetch_multiplier", 1),
        ("task_publish_retry", False),
    ],
)
def test_a_message_is_done_with_when_its_work_is(setting: str, value: object) -> None:
    """With late acknowledgement alone, what a killed child had in hand is lost (reliability.md 5)."""
    assert app.conf[setting] == value


def test_the_timetable_finds_what_is_due() -> None:
    app.loader.import_default_modules()
    planned = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}

    assert planned.keys() <= app.tasks.keys()
    assert planned | TIMETABLE == planned
