"""Everything on this machine, started and kept running by one process (`make run`): sandbox tenant, worker, beat, web.

Each service is a process group of its own that the kernel tells to stop when this process is gone, however it went.
"""

import argparse
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path
from threading import Event

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

START, STOP = 60.0, 10.0  # seconds a service has to answer, and to end
PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a service that died is started again
STEADY = 60.0  # seconds after which a service counts as healthy
PR_SET_PDEATHSIG = 1


class CannotStart(Exception):
    """Something on this machine is in the way. The text says what, and which setting changes it."""


@dataclass
class Service:
    """One process, and how often it had to be started."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    pause: float = PAUSE
    due: float = 0.0

    @property
    def log(self) -> Path:
        return Path(settings.DATA_DIR) / "log" / f"{self.name}.log"

    def start(self) -> None:
        """Start it in a process group of its own."""
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  (our own commands)
                self.command,
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tied_to(os.getpid()),
            )
        self.began = time.monotonic()

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def bury(self) -> None:
        """Clear away what a dead service left behind and settle when it is started again."""
        self.kill()
        steady = time.monotonic() - self.began > STEADY
        self.pause = PAUSE if steady else min(self.pause * 2, LONGEST_PAUSE)
        self.process, self.due = None, time.monotonic() + self.pause

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End the whole group, whoever is left in it."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def tied_to(parent: int) -> Callable[[], None]:
    """What a new process does first: have the kernel end it with its parent."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def tie() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return tie


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def services() -> list[Service]:
    """What runs here, in the order in which it is started."""
    python = sys.executable
    web = [python, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{settings.WEB_PORT}", "--no-control-socket"]
    celery = [python, "-m", "celery", "-q", "-A", "portal"]
    worker = [*celery, "worker", "-P", "threads", "-c", "2", "--without-gossip", "--without-mingle", "-l", "INFO"]
    sandbox = [python, "manage.py", "sandbox", "--port", str(settings.SANDBOX_PORT)]
    state = str(settings.DATA_DIR / "sandbox.json")
    wanted = [
        Service("worker", worker),
        Service("beat", [*celery, "beat", "-l", "INFO"]),  # not inside the worker: told to stop as it starts, it stays
        Service("web", [*web, "--workers", "2", "--threads", "4", "--graceful-timeout", "5"]),
    ]
    own = [] if settings.SANDBOX_URL else [Service("sandbox", [*sandbox, "--seed-events", "--state", state])]
    return own + wanted


def prepare() -> str:
    """Bring the data folder to where this version wants it: tables, static files, the demo. Returns who can sign in."""
    for name, port in ports().items():
        refuse_taken(name, port)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    people = StringIO()
    call_command("demo", if_wanted=True, stdout=people)
    connection.close()
    shutil.rmtree(settings.DATA_DIR / "broker" / "read", ignore_errors=True)  # doorbells long since heard
    shutil.rmtree(settings.DATA_DIR / "log", ignore_errors=True)
    return people.getvalue()


def ports() -> dict[str, int]:
    """The ports that must be free, by the setting that changes them. Raises CannotStart if it is one twice."""
    if settings.SANDBOX_URL:
        return {"WEB_PORT": settings.WEB_PORT}
    if settings.WEB_PORT == settings.SANDBOX_PORT:
        raise CannotStart(f"WEB_PORT and SANDBOX_PORT are both {settings.WEB_PORT}. Choose two different ones.")
    return {"WEB_PORT": settings.WEB_PORT, "SANDBOX_PORT": settings.SANDBOX_PORT}


def refuse_taken(name: str, port: int) -> None:
    """Raises CannotStart if somebody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as exc:
            other = port + 10 if port < 65_000 else port - 10
            raise CannotStart(
                f"Port {port} cannot be used ({exc.strerror}). Choose another one, e.g. make run {name}={other}"
            ) from exc


def wait_until(answers: Callable[[], bool], service: Service, stop: Event) -> None:
    """Raises CannotStart if the service dies first or does not answer in time."""
    deadline = time.monotonic() + START
    while not stop.is_set() and not answers():
        if service.has_died() or time.monotonic() > deadline:
            raise CannotStart(f"The {service.name} did not start. Why stands in {service.log}.")
        stop.wait(0.1)


def web_answers() -> bool:
    """Whether the web process answers its own health address."""
    try:
        asked = HTTPConnection("127.0.0.1", settings.WEB_PORT, timeout=5)
        asked.request("GET", "/healthz")
        return asked.getresponse().status == 200
    except (OSError, HTTPException):
        return False


def sandbox_listens() -> bool:
    """Whether somebody takes calls on the sandbox's port."""
    try:
        socket.create_connection(("127.0.0.1", settings.SANDBOX_PORT), timeout=5).close()
    except OSError:
        return False
    return True


def start(running: list[Service], stop: Event) -> None:
    """Start what runs here, the sandbox before those who ask it. Raises CannotStart."""
    answers = {"sandbox": sandbox_listens, "web": web_answers}
    for service in running:
        service.start()
        if service.name in answers:
            wait_until(answers[service.name], service, stop)


def watch(running: list[Service], stop: Event) -> None:
    """Start again what dies, until the end is asked for."""
    while not stop.wait(0.2):
        for service in running:
            if service.has_died():
                service.bury()
                say(f"The {service.name} ended. It starts again in {service.pause:.0f} s; why stands in {service.log}.")
            elif service.process is None and time.monotonic() >= service.due:
                service.start()


def end(running: list[Service]) -> None:
    """End everything, those who ask the sandbox before it: first asked, after STOP seconds made to."""
    for group in ([one for one in running if one.name != "sandbox"], [one for one in running if one.name == "sandbox"]):
        for service in group:
            service.ask_to_end()
        deadline = time.monotonic() + STOP
        while time.monotonic() < deadline and any(one.process and not one.has_died() for one in group):
            time.sleep(0.05)
        for service in group:
            service.kill()


def announce(people: str) -> None:
    """Where to go, and as whom."""
    say(f"\nFileplan is ready at http://127.0.0.1:{settings.WEB_PORT}/\n")
    if people:
        say(f"Sign in as one of these (address, password, who):\n\n{people}")
    say(f"Logs are in {settings.DATA_DIR / 'log'}. Ctrl+C ends everything.")


def main() -> int:
    """Returns 0 after an orderly end, 1 if something is in the way, 2 for a bad setting."""
    parser = argparse.ArgumentParser(prog="python -m portal.run", description="Run Fileplan on this machine.")
    parser.add_argument("--tied", action="store_true", help="end when the process that started this one is gone")
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    if parser.parse_args().tied:
        tied_to(os.getppid())()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    try:
        django.setup()
    except ImproperlyConfigured as exc:
        say(str(exc))
        return 2
    return run(stop)


def run(stop: Event) -> int:
    """Everything from the first table to the last process. Returns the exit status."""
    running: list[Service] = []
    try:
        people = prepare()
        running = services()
        start(running, stop)
        if not stop.is_set():
            announce(people)
        watch(running, stop)
    except CannotStart as exc:
        say(str(exc))
        return 1
    finally:
        end(running)
    return 0


if __name__ == "__main__":
    sys.exit(main())
