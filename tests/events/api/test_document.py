"""docs/api.md does what it says: its examples, typed as they stand against a server that really listens."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from events.api.schemas import ReportIn
from events.api.views import HEADERS
from portal.changes.models import Change, ChangeRequest
from portal.mirror import markers
from tests.reporting import Sender

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "api.md"
SHELLS = {"sh": ["bash", "-euc"], "python": [sys.executable, "-c"]}


def example(language: str, hr: Sender, server: str) -> str:
    """The code of a section, with address, key and day of the test's own."""
    (code,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), flags=re.DOTALL)
    for written, own in {
        "https://fileplan.example": server,
        "fpt_put-the-token-here": hr.shown.token,
        "fps_put-the-secret-here": hr.shown.secret,
        "2026-05-31": timezone.now().date().isoformat(),
    }.items():
        assert written in code
        code = code.replace(written, own)
    return code


def typed(language: str, code: str) -> str:
    done = subprocess.run([*SHELLS[language], code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_the_example_for_curl_reports_somebody(live_server: Any, hr: Sender) -> None:
    code = example("sh", hr, live_server.url)

    first, asked = re.findall(r"\{.*?\}\]\}", typed("sh", code))
    again, _asked = re.findall(r"\{.*?\}\]\}", typed("sh", code))

    assert json.loads(first)["state"] == "in_review"
    assert [event["after_days"] for event in json.loads(first)["events"]] == [0, 30, 90]
    assert first == again == asked
    assert ChangeRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_example_for_python_reports_somebody(live_server: Any, hr: Sender) -> None:
    said = typed("python", example("python", hr, live_server.url))

    change = Change.objects.get()
    assert markers.without(change.name) == f"Departure 4712 {timezone.now().date().isoformat()}"
    assert change.marker is not None
    assert change.marker in said


@pytest.mark.profile("embedded", why="reads a text")
def test_every_field_and_header_is_described() -> None:
    text = DOCUMENT.read_text()

    assert [name for name in (*ReportIn.model_fields, *HEADERS) if f"`{name}`" not in text] == []
