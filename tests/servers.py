"""PostgreSQL and Redis of our own, on free ports of 127.0.0.1, gone with the process that started them."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.run import tied_to

START = 60.0  # seconds
# Nothing here has to survive a power cut.
QUICK = ("fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "unix_socket_directories=")


class Missing(Exception):
    """A server's programs are not on this machine. The text names the package."""


@dataclass(frozen=True)
class Server:
    """One that runs. `url` is written as in Fileplan's settings; PostgreSQL's is its superuser's."""

    url: str
    port: int
    process: "subprocess.Popen[bytes]"


@contextmanager
def postgresql(options: Sequence[str] = QUICK) -> Iterator[Server]:
    """A new cluster that trusts everybody on this machine, with these settings. Raises Missing."""
    programs, port = _postgresql_programs(), free_port()
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to be run by root
    with _folder(user) as folder:
        data, log = folder / "data", folder / "log"
        made = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*made, "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, user=user)
        given = [f"-c{one}" for one in (*options, "listen_addresses=127.0.0.1", f"port={port}")]
        ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        with _running([programs / "postgres", "-D", data, *given], log, ready, user=user) as process:
            yield Server(f"postgres://postgres@127.0.0.1:{port}/postgres", port, process)


@contextmanager
def redis() -> Iterator[Server]:
    """A server that keeps nothing. Raises Missing."""
    program, port = shutil.which("redis-server"), free_port()
    if program is None:
        raise Missing("Redis is missing: install Debian's package “redis-server”.")
    with _folder() as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with _running(command, folder / "log", ["redis-cli", "-e", "-p", str(port), "ping"]) as process:
            yield Server(f"redis://127.0.0.1:{port}/0", port, process)


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(fact: Callable[[], object], what: str, seconds: float = START) -> None:
    """Wait for a fact. Raises AssertionError naming it."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, f"{what} took more than {seconds:.0f} s"
        time.sleep(0.05)


Command = Sequence[str | Path]


@contextmanager
def _running(
    command: Command, log: Path, ready: Command, user: str | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, user=user, preexec_fn=tied_to(os.getpid())
        )
    try:
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        until(lambda: subprocess.run(ready, check=False, **silent).returncode == 0, f"Starting {command[0]}")
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # which both servers take for "now, without waiting for anybody"
        process.wait(timeout=START)


@contextmanager
def _folder(owner: str | None = None) -> Iterator[Path]:
    """A folder for one server, its user's own."""
    with tempfile.TemporaryDirectory(prefix="fileplan-", ignore_cleanup_errors=True) as name:
        if owner:
            shutil.chown(name, user=owner)
        yield Path(name)


def _postgresql_programs() -> Path:
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        raise Missing("PostgreSQL is missing: install Debian's package “postgresql”.")
    return folders[-1]
