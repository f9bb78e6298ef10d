"""A bad setting stops the start with a sentence (S14), and what Django checks of a public host holds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PUBLIC = {"ALLOWED_HOSTS": "fileplan.example", "SECRET_KEY": "k9Wm2xQ7p" * 7}
START = ["-c", "import portal.settings"]
DEPLOY = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]


def started(data: Path, command: list[str], **given: str) -> "subprocess.CompletedProcess[str]":
    """A start with these settings and no others."""
    blank = dict.fromkeys(("DEBUG", "DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"), "")
    environment = {**os.environ, **blank, "DATA_DIR": str(data), **given}
    run = [sys.executable, *command]
    return subprocess.run(run, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (PUBLIC | {"DEBUG": "true"}, "DEBUG is on for a public host."),
        (PUBLIC | {"SECRET_KEY": "short"}, "SECRET_KEY is missing or short."),
        (PUBLIC | {"SECRET_KEY": ""}, "SECRET_KEY is missing or short."),
        ({"CHECKPOINT_KEY": "short"}, "CHECKPOINT_KEY is short."),
        ({"DEBUG": "perhaps"}, "DEBUG is “perhaps”. Set it to true or false."),
        ({"SYNC_EVERY": "0"}, "SYNC_EVERY is “0”. Set it to a whole number from 1 to 86400."),
        ({"WEB_PORT": "٨٠"}, "WEB_PORT is “٨٠”."),
        ({"TRUSTED_PROXIES": "10.0.0.0/24, proxy"}, "TRUSTED_PROXIES names “proxy”."),
        ({"DATABASE_URL": "nonsense"}, "A database URL names no PostgreSQL and no SQLite."),
        ({"DATABASE_URL": "mysql://me@host/fileplan"}, "A database URL names no PostgreSQL and no SQLite."),
        ({"DATABASE_URL": "postgres://me@host:port/fileplan"}, "A database URL cannot be read."),
        ({"OWNER_DATABASE_URL": "nonsense"}, "A database URL names no PostgreSQL and no SQLite."),
        ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL is no address of a Redis."),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is “LOUD”."),
    ],
    ids=lambda value: next(reversed(value)) if isinstance(value, dict) else "",
)
def test_a_bad_setting_stops_the_start(given: dict[str, str], sentence: str, tmp_path: Path) -> None:
    start = started(tmp_path, START, **given)

    assert start.returncode == 1
    assert sentence in start.stderr.splitlines()[-1]


@pytest.mark.parametrize("given", [{}, {"DEBUG": "true"}, PUBLIC], ids=["by itself", "DEBUG here", "a public host"])
def test_good_settings_start(given: dict[str, str], tmp_path: Path) -> None:
    assert started(tmp_path, START, **given).stderr == ""


def test_a_public_host_has_nothing_to_warn_of(tmp_path: Path) -> None:
    """S14, as `make check` asks it."""
    checked = started(tmp_path, DEPLOY, **PUBLIC)

    assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr
    assert "no issues" in checked.stdout
