"""A house that really runs (web, worker with timetable, sandbox tenant) and people who sit at it in Chromium."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests import servers
from tests.browser.person import House, Somebody
from tests.production.installation import installed
from tests.profiles import here
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("--page-size", "13")
OFTEN = {"SYNC_EVERY": "5", "SETTLE": "5"}
expect.set_options(timeout=60_000)  # milliseconds that a busy machine may take
ONCE = pytest.mark.profile(
    "embedded", why="walk other ways than the journey, which each profile goes in its own manner"
)


@pytest.fixture(scope="session", autouse=True)
def _loop_is_allowed() -> None:
    """Playwright keeps an event loop in this thread to the end, at which Django's own guard would take fright."""
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
def house(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[House]:
    """A house of this run's profile: a sync every five seconds, five pages of labels.

    A module's `SANDBOX` names options its tenant is served with.
    """
    house_of = embedded if here() == "embedded" else production
    options = getattr(request.module, "SANDBOX", ())
    with house_of(tmp_path_factory.mktemp("house"), *options) as house:
        yield house


@contextmanager
def embedded(folder: Path, *options: str) -> Iterator[House]:
    """What `make run` starts, on ports of its own."""
    web, sandbox = free_port(), free_port()
    root = f"http://127.0.0.1:{sandbox}"
    settings = OFTEN | {"DATA_DIR": str(folder), "WEB_PORT": str(web), "SANDBOX_URL": root}
    blank = dict.fromkeys(
        ("DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "DEBUG", "SIGN_IN_CLOUD", "LOCAL_ACCOUNTS"), ""
    )
    environment = os.environ | settings | blank
    served = _start(["manage.py", "sandbox", "--port", str(sandbox), *PAGES, *options], environment, root)
    running = _start(["-m", "portal.run"], environment, "Ctrl+C")
    yield House(f"http://127.0.0.1:{web}", root, folder)
    for process in (running, served):
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@contextmanager
def production(folder: Path, *options: str) -> Iterator[House]:
    """What docs/production.md starts: gunicorn, two prefork workers and the timetable, on PostgreSQL and Redis."""
    with (
        servers.postgresql() as database,
        servers.redis() as broker,
        installed(folder, database, broker, host="127.0.0.1", **OFTEN) as made,
    ):
        root = made.serve_sandbox(*PAGES, *options)
        made.manage(f"demo --root {root}")
        made.start()
        yield House(f"http://127.0.0.1:{made.web}", root, folder / "data")


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


SignIn = Callable[..., Somebody]


@pytest.fixture
def sign_in(house: House, browser: Browser) -> Iterator[SignIn]:
    """Sit somebody down at a browser of their own; what it complained about is asked at the end."""
    seated: list[Somebody] = []

    def sign_in(name: str, *, javascript: bool = True, at_microsoft: str = "") -> Somebody:
        somebody = Somebody(house, browser, name, javascript=javascript)
        seated.append(somebody)
        if at_microsoft:
            somebody.sign_in_at_microsoft(at_microsoft)
        else:
            somebody.sign_in()
        return somebody

    yield sign_in
    for somebody in seated:
        somebody.leave()


@pytest.fixture(autouse=True)
def _calm(house: House) -> None:
    """No faults left over from another test."""
    requests.delete(f"{house.sandbox}/sandbox/faults", timeout=30)
