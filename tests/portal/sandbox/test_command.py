import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from django.core.management import call_command
from django.core.management.base import CommandError

from portal.sandbox.management.commands.sandbox import Command, opened

MANAGE = Path(__file__).parents[3] / "manage.py"
LABELS = "/v1.0/security/labels/retentionLabels"
HEADERS = {"Authorization": "Bearer sandbox"}


def started(*arguments):
    command = [sys.executable, str(MANAGE), "sandbox", "--port", "0", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sandbox_serves_until_it_is_told_to_stop(tmp_path, number):
    rules = tmp_path / "faults.json"
    rules.write_text(json.dumps([{"effect": "throttle", "nth": 2}]))
    files = ["--state", str(tmp_path / "state"), "--journal", str(tmp_path / "journal"), "--faults", str(rules)]

    with started("--seed-labels", "5", "--page-size", "2", "--lenient", *files) as process:
        line = process.stdout.readline()
        root = line.split()[-1]
        with requests.Session() as session:
            answers = [session.get(f"{root}{LABELS}?$top=1", headers=HEADERS, timeout=5) for _ in range(2)]
            began = time.monotonic()
            process.send_signal(number)
            rest, errors = process.communicate(timeout=60)

    assert time.monotonic() - began < 10
    assert line.startswith("The sandbox tenant listens on http://127.0.0.1:")
    assert (process.returncode, rest, errors) == (0, "", "")
    assert [answer.status_code for answer in answers] == [200, 429]
    assert len(answers[0].json()["value"]) == 2
    assert len((tmp_path / "journal").read_text().splitlines()) == 2
    assert len(json.loads((tmp_path / "state").read_text())["objects"]["retentionLabels"]) == 5


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--state", "broken"], 2, "Move it away or name another with --state."),
        (["--faults", "broken"], 2, "The fault file broken cannot be read"),
        (["--faults", "rules"], 2, "There is no effect 'explode'"),
        (["--page-size", "0"], 2, "--page-size is at least 1"),
        (["--token-seconds", "-1"], 2, "--token-seconds are at least 0"),
        (["--port", "70000"], 1, "The sandbox cannot start on port 70000"),
        (["--journal", "missing/journal"], 1, "missing/journal"),
    ],
)
def test_sandbox_says_why_it_does_not_start(tmp_path, monkeypatch, arguments, status, sentence):
    monkeypatch.chdir(tmp_path)
    Path("broken").write_text('{"objects"')
    Path("rules").write_text('[{"effect": "explode"}]')

    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("sandbox", *arguments)

    assert refused.value.returncode == status


@pytest.mark.parametrize(("arguments", "is_wild"), [([], False), (["--wild", "7"], True)])
def test_sandbox_is_wild_on_request(arguments, is_wild):
    given = Command().create_parser("manage.py", "sandbox").parse_args(["--port", "0", *arguments])

    sandbox = opened(vars(given))
    sandbox.stop()

    assert (sandbox.wild is not None) == is_wild


def test_sandbox_exits_with_a_sentence(tmp_path):
    broken = tmp_path / "state.json"
    broken.write_text('{"objects"')

    with started("--state", str(broken)) as process:
        output, errors = process.communicate(timeout=20)

    assert (process.returncode, output) == (2, "")
    assert errors.strip().endswith("Move it away or name another with --state.")
    assert "Traceback" not in errors
