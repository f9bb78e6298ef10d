"""The supervisor with its real services. Linux only: what is left behind is read from /proc."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from portal import run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.profile("embedded", why="are about `make run`"),
]
HERE = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class House:
    """`python -m portal.run` with a data folder and ports of its own."""

    def __init__(self, data: Path) -> None:
        self.data, self.web, self.sandbox = data, free_port(), free_port()
        self.process: subprocess.Popen[str] | None = None
        self.printed = data.with_suffix(".out")

    def start(self) -> None:
        env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        env |= {"DATA_DIR": str(self.data), "WEB_PORT": str(self.web), "SANDBOX_PORT": str(self.sandbox)}
        with self.printed.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.run"], cwd=HERE, env=env, stdout=out, stderr=out, text=True
            )

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def exit_status(self) -> int:
        assert self.process is not None
        return self.process.wait(timeout=60)

    def processes(self) -> dict[int, str]:
        """Everything alive that was started with this data folder: command by process id."""
        marker, found = f"DATA_DIR={self.data}\0".encode(), {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if marker in (folder / "environ").read_bytes() + b"\0":
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    def pids_of(self, word: str) -> set[int]:
        return {pid for pid, command in self.processes().items() if word in command}

    def says(self) -> str:
        return self.printed.read_text()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def until(fact: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data")
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)
    if made.process is not None:
        made.process.wait()


def start(house: House) -> None:
    house.start()
    until(lambda: "Ctrl+C" in house.says())


def test_run_serves_everything_and_leaves_nothing_behind(house: House) -> None:
    start(house)

    asked = HTTPConnection("127.0.0.1", house.web, timeout=30)
    asked.request("GET", "/readyz")
    assert asked.getresponse().status == 200
    asked.close()
    assert all(house.pids_of(word) for word in ("manage.py sandbox", "portal worker", "portal beat", "gunicorn"))
    assert f"http://127.0.0.1:{house.web}/" in house.says()
    assert (house.data / "people.txt").read_text() in house.says()

    house.send(signal.SIGTERM)
    assert house.exit_status() == 0
    assert house.processes() == {}


def test_run_killed_outright_leaves_nothing_behind(house: House) -> None:
    start(house)

    house.send(signal.SIGKILL)
    house.exit_status()

    until(lambda: not house.processes())


def test_run_ties_every_process_to_itself(house: House) -> None:
    start(house)

    assert house.process is not None
    web = house.pids_of("gunicorn")
    tied = {pid for pid in house.processes() if parent_of(pid) == house.process.pid}
    # gunicorn's own processes end by themselves when the first of them is gone.
    assert house.processes().keys() - tied - {house.process.pid} == web - tied
    assert len(tied) == len(run.services())


def test_run_starts_again_what_dies(house: House) -> None:
    start(house)
    for word in ("portal worker", "portal beat", "manage.py sandbox"):
        before = house.pids_of(word)
        os.kill(min(before), signal.SIGKILL)
        until(lambda word=word, before=before: house.pids_of(word) - before)
        assert not house.pids_of(word) & before

    assert "The worker ended." in house.says()
    assert "The sandbox ended." in house.says()
    house.send(signal.SIGINT)
    assert house.exit_status() == 0
    assert house.processes() == {}


@pytest.mark.parametrize("name", ["WEB_PORT", "SANDBOX_PORT"])
def test_run_says_which_setting_moves_it_off_a_taken_port(name: str, house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", house.web if name == "WEB_PORT" else house.sandbox))
        taken.listen()
        house.start()
        assert house.exit_status() == 1

    assert f"e.g. make run {name}=" in house.says()
    assert house.processes() == {}


def test_run_says_what_is_wrong_with_a_setting(house: House) -> None:
    house.web = 70_000
    house.start()

    assert house.exit_status() == 2
    assert house.says() == "WEB_PORT is “70000”. Set it to a whole number from 1 to 65535.\n"


def test_run_starts_no_sandbox_where_there_is_one(settings: Settings) -> None:
    settings.SANDBOX_URL = ""
    assert [service.name for service in run.services()] == ["sandbox", "worker", "beat", "web"]
    assert set(run.ports()) == {"WEB_PORT", "SANDBOX_PORT"}

    settings.SANDBOX_URL = "http://127.0.0.1:9999"
    assert [service.name for service in run.services()] == ["worker", "beat", "web"]
    assert set(run.ports()) == {"WEB_PORT"}


def test_run_refuses_one_port_for_two(settings: Settings) -> None:
    settings.SANDBOX_URL, settings.SANDBOX_PORT = "", settings.WEB_PORT

    with pytest.raises(run.CannotStart, match="both"):
        run.ports()
