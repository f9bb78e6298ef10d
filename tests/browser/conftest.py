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
    """What `make run` starts, on ports of its own: a sync every five seconds, five pages of labels."""
    folder = tmp_path_factory.mktemp("house")
    web, sandbox = _free_port(), _free_port()
    root = f"http://127.0.0.1:{sandbox}"
    settings = {"DATA_DIR": folder, "WEB_PORT": web, "SANDBOX_URL": root, "SYNC_EVERY": 5, "SETTLE": 5}
    blank = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "DEBUG"), "")
    environment = os.environ | {name: str(value) for name, value in settings.items()} | blank
    served = _start(["manage.py", "sandbox", "--port", str(sandbox), "--page-size", "13"], environment, root)
    running = _start(["-m", "portal.run"], environment, "Ctrl+C")
    yield House(f"http://127.0.0.1:{web}", root, folder)
    for process in (running, served):
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def _start(arguments: list[str], environment: dict[str, str], ready: str) -> "subprocess.Popen[str]":
    """A process of ours, once it has said that it is ready."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if ready in line:
            return process
    raise AssertionError(told)


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
