"""A house that really runs (web, worker with timetable, sandbox tenant) and people who sit at it in Chromium."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser

from tests.browser.person import House, Somebody

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 90.0  # seconds
# Playwright keeps an event loop in this thread, at which Django's own guard would take fright in later tests.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "Chromium is missing: install Debian's package “chromium”."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
    return {"executable_path": chromium, "args": flags}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`make run` on ports of its own, with a sync every five seconds."""
    folder = tmp_path_factory.mktemp("house")
    web, sandbox = _free_port(), _free_port()
    settings = {"DATA_DIR": folder, "WEB_PORT": web, "SANDBOX_PORT": sandbox, "SYNC_EVERY": 5, "SETTLE": 5}
    blank = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "SANDBOX_URL", "ALLOWED_HOSTS", "DEBUG"), "")
    environment = os.environ | {name: str(value) for name, value in settings.items()} | blank
    running = subprocess.Popen(
        [sys.executable, "-m", "portal.run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout is not None
    told = ""
    for line in running.stdout:
        told += line
        if "Ctrl+C" in line:
            break
    assert "Fileplan is ready" in told, told
    yield House(f"http://127.0.0.1:{web}", f"http://127.0.0.1:{sandbox}", folder)
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


SignIn = Callable[..., Somebody]


@pytest.fixture
def sign_in(house: House, browser: Browser) -> Iterator[SignIn]:
    """Sit somebody down at a browser of their own; what it complained about is asked at the end."""
    seated: list[Somebody] = []

    def sign_in(name: str, *, javascript: bool = True) -> Somebody:
        somebody = Somebody(house, browser, name, javascript=javascript)
        seated.append(somebody)
        somebody.sign_in()
        return somebody

    yield sign_in
    for somebody in seated:
        somebody.leave()


@pytest.fixture(autouse=True)
def _calm(house: House) -> None:
    """No faults left over from another test."""
    requests.delete(f"{house.sandbox}/sandbox/faults", timeout=5)
