"""docs/production.md, typed: its commands as they stand there, with ports, folders and the host's name replaced."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from portal.run import tied_to
from portal.settings import LOOPBACK
from tests.servers import Server, free_port, until

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "production.md"
SYSTEM = ("PATH", "HOME", "LANG", "PYTHONWARNINGS")
DATABASE, PROCESSES = "1. Database", "4. Processes"
SETTINGS, SET_UP, TENANT, WELL = "2. Settings", "3. Set up", "5. The first", "6. Whether"
BACKUP, RESTORE = "7. A backup", "8. Bringing it back"


@dataclass
class Installation:
    """One installation on a PostgreSQL and a Redis of the tests. `host` is the name people type."""

    folder: Path
    database: Server
    broker: Server
    host: str
    extra: dict[str, str]

    def __post_init__(self) -> None:
        self.web, self.sandbox = free_port(), free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.ours: list[int] = []  # of the processes, those of the document
        self.replaced = {
            ":5432": f":{self.database.port}",
            ":6379": f":{self.broker.port}",
            ":8000": f":{self.web}",
            ":8100": f":{self.sandbox}",
            "/etc/fileplan.env": str(self.folder / "fileplan.env"),
            "/var/lib/fileplan": str(self.folder / "data"),  # and what begins with it
            "/var/backups/fileplan": str(self.folder / "backups"),
            "ALLOWED_HOSTS=fileplan.example": f"ALLOWED_HOSTS={self.host}",
            "Host: fileplan.example": f"Host: {self.host}",
        }
        if self.host in LOOPBACK:  # plain HTTP, which the checks for a public host complain of
            self.replaced["check --deploy"] = "check"
        self.with_settings = f"set -a; . {self.folder}/fileplan.env;"

    def set_up(self) -> None:
        """From an empty server to tables, people and a tenant's address."""
        self.type(DATABASE)
        settings = self.blocks(SETTINGS)[0] + "".join(f"{name}={value}\n" for name, value in self.extra.items())
        (self.folder / "fileplan.env").write_text(settings)
        self.type(SET_UP)

    def type(self, section: str) -> str:
        """Type a section's commands and wait for them; returns what they print. Raises AssertionError if one fails."""
        (block,) = self.blocks(section)
        return self._run(block)

    def manage(self, command: str) -> str:
        """A command of manage.py, with the settings. Raises AssertionError if it fails."""
        return self._run(f"{self.with_settings} .venv/bin/python manage.py {command}")

    def start(self) -> None:
        """Start every process of the document, with the settings, and wait until the web can work."""
        for block in self.blocks(PROCESSES):
            self._start(f"{self.with_settings} exec {block}")
        until(lambda: self.health().get("durable"), "Starting the web")

    def start_again(self, section: str, which: int) -> None:
        """Start one process of the document again, as a supervisor does, and wait until the web can work."""
        self._start(f"{self.with_settings} exec {self.blocks(section)[which]}")
        until(lambda: self.health().get("durable"), "Starting again")

    def serve_sandbox(self, *options: str) -> str:
        """A sandbox tenant where the document's tenant is said to be; returns its address."""
        command = f".venv/bin/python manage.py sandbox --port {self.sandbox} {' '.join(options)}"
        self._start(f"{self.with_settings} exec {command}")
        self.ours.pop()
        root = f"http://127.0.0.1:{self.sandbox}"
        until(lambda: _answers(f"{root}/sandbox/ledger"), "Starting the sandbox")
        return root

    def health(self) -> dict[str, object]:
        """What /readyz says; nothing while nobody answers."""
        try:
            answer = requests.get(f"http://127.0.0.1:{self.web}/readyz", headers={"Host": self.host}, timeout=5)
            told: dict[str, object] = answer.json()
        except (OSError, ValueError):
            return {}
        return told

    def end(self) -> None:
        """End every process; the log of each is in the folder."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log_lines(self) -> list[str]:
        """What every process of the document has logged, but not the sandbox, which is none of them."""
        logs = [self.folder / f"{number}.log" for number in self.ours]
        return [line for log in logs for line in log.read_text().splitlines()]

    def blocks(self, section: str) -> list[str]:
        """The code of a section, in order."""
        text = DOCUMENT.read_text().partition(f"### {section}")[2].partition("\n### ")[0].partition("\n## ")[0]
        for name, value in self.replaced.items():
            text = text.replace(name, value)
        return re.findall(r"```\w+\n(.*?)```", text, flags=re.DOTALL)

    def _run(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", command], cwd=ROOT, env=self._environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _start(self, command: str) -> None:
        self.ours.append(len(self.processes))
        log = self.folder / f"{len(self.processes)}.log"
        with log.open("wb") as out:
            started = subprocess.Popen(
                ["bash", "-ec", command],
                cwd=ROOT,
                env=self._environment(),
                stdout=out,
                stderr=out,
                preexec_fn=tied_to(os.getpid()),
            )
        self.processes.append(started)

    def _environment(self) -> dict[str, str]:
        """A shell's, not the tests' own; psql is told where the superuser works."""
        mine = {name: os.environ[name] for name in SYSTEM if name in os.environ}
        return mine | {"PGHOST": "127.0.0.1", "PGPORT": str(self.database.port), "PGUSER": "postgres"}


@contextmanager
def installed(
    folder: Path, database: Server, broker: Server, *, host: str = "fileplan.example", **extra: str
) -> Iterator[Installation]:
    """An installation that is set up and not started; `extra` are settings more than the document names."""
    made = Installation(folder, database, broker, host, extra)
    try:
        made.set_up()
        yield made
    finally:
        made.end()


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except OSError:
        return False
