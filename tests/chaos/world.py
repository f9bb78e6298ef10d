"""A world in one thread: time that passes only when it is told to, workers that die between any two steps, and a
remote that lies. Everything follows from one seed, so that what went wrong can be seen again.
"""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.client import RemoteDisconnected
from io import BytesIO
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import requests
import urllib3
from django.db import connection
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError, ProtocolError

from portal.audit import trail
from portal.celery import app
from portal.changes import push
from portal.changes.push import sending
from portal.graph import client
from portal.sandbox import store
from portal.sandbox.messages import Request
from portal.sandbox.server import Sandbox
from portal.tenants import clock
from portal.tenants.models import Connection

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
FROZEN_FOR = timedelta(seconds=130)  # longer than a lease


class Killed(BaseException):
    """kill -9. Nothing the dead worker still says reaches the database."""


@dataclass
class Worker:
    """One process; what it is doing ends when it is dead. `ends`: when the kernel ends it, see `deadline`."""

    is_dead: bool = False
    ends: datetime | None = None
    is_watched: bool = False  # whether another one works between its requests


class Odds(NamedTuple):
    """How often things go wrong: a death per crash point, each fault per request, each fate per doorbell."""

    death: float = 1 / 200
    fault: float = 0.035  # each of seven: 22 % of requests
    frozen: float = 1 / 600
    hidden: float = 0.25
    lost: float = 0.1
    doubled: float = 0.2
    late: float = 0.1
    between: float = 0.1


CALM, STORM = Odds(0, 0, 0, 0, 0, 0, 0, 0), Odds()


@dataclass
class World:
    """The clock, the wire and the doorbells of one tenant."""

    seed: int
    sandbox: Sandbox
    tenant_id: int
    odds: Odds = CALM
    moment: datetime = BEGAN
    bells: list[datetime] = field(default_factory=list)
    worker: Worker | None = None
    deaths: int = 0
    freezes: int = 0
    requests: int = 0
    hasty: list[str] = field(default_factory=list)
    """Requests that went out before the end of a wait that somebody of the tenant had been told of (G14)."""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def now(self) -> datetime:
        self.moment += TICK
        return self.moment

    def pass_time(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def happens(self, odds: float) -> bool:
        return self.random.random() < odds

    @property
    def takes_twins(self) -> bool:
        """The worst case: a second creation of the same name is accepted."""
        return self.seed % 2 == 1

    @property
    def is_prefork(self) -> bool:
        """Prefork workers are ended by the kernel when they wake too late; in a pool of threads there is no timer."""
        return self.seed % 4 in (1, 2)

    def crash_point(self) -> None:
        """A worker may die here, or be frozen past its lease; a dead one does nothing more."""
        worker = self.worker
        if worker is None:
            return
        if not worker.is_dead and self.is_prefork and not connection.in_atomic_block and self.happens(self.odds.frozen):
            self.freeze()
        is_late = worker.ends is not None and self.moment > worker.ends
        if not worker.is_dead and (is_late or self.happens(self.odds.death)):
            worker.is_dead = True
            self.deaths += 1
        if worker.is_dead:
            raise Killed

    def look_at_the_wait(self, asked: str) -> None:
        with self.unharmed():
            until = Connection.objects.get(tenant_id=self.tenant_id).closed_until
        if until is not None and until > self.moment:
            self.hasty.append(f"{asked} at {self.moment}, not to be asked before {until}")

    def freeze(self) -> None:
        """The worker at hand stands still for longer than its lease, and another one goes on with its work."""
        self.freezes += 1
        self.moment += FROZEN_FOR
        self.drain()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """In place of the kernel's timer."""
        worker = self.worker
        if worker is not None and self.is_prefork:
            worker.ends = self.moment + timedelta(seconds=seconds)
        try:
            yield
        finally:
            if worker is not None:
                worker.ends = None

    def work(self, do: Callable[[], Any], *, while_others_push: bool = False) -> None:
        """Let a worker of its own do something, until it is done or dead."""
        waiting, self.worker = self.worker, Worker(is_watched=while_others_push)
        try:
            do()
        except Killed:
            pass
        finally:
            self.worker = waiting

    @contextmanager
    def unharmed(self) -> Iterator[None]:
        """No worker acts here, so none dies."""
        waiting, self.worker = self.worker, None
        try:
            yield
        finally:
            self.worker = waiting

    def drain(self) -> None:
        """Let a worker take what is due."""
        self.work(lambda: push.drain(self.tenant_id))

    def ring(self, task: str, args: list[int], countdown: float | None = None, **_: Any) -> None:
        """A doorbell: lost, doubled, late or simply heard."""
        if task != "changes.push" or self.happens(self.odds.lost):
            return
        late = self.random.uniform(1, 90) if self.happens(self.odds.late) else 0
        heard = self.moment + timedelta(seconds=(countdown or 0) + late)
        self.bells += [heard] * (2 if self.happens(self.odds.doubled) else 1)

    def statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("ROLLBACK", "RELEASE")):  # what the database does by itself when a worker is gone
            self.crash_point()
        return execute(sql, params, many, context)

    def weather(self, odds: Odds) -> None:
        """From here on things go wrong this often. The wire has faults of its own, see `Wire`."""
        self.odds = odds
        effects: list[dict[str, Any]] = [
            {"effect": "throttle", "retry_after": 9},
            {"effect": "status", "status": 503},
            {"effect": "refuse"},
            {"effect": "apply_then_drop"},
            {"effect": "apply_then_status", "status": 500},
            {"effect": "apply_then_garbled", "torn": self.seed % 2 == 0},
        ]
        rare: list[dict[str, Any]] = [
            {"effect": "status", "status": 400, "method": "POST"},
            {"effect": "status", "status": 403},
            *([] if self.takes_twins else [{"effect": "apply_then_status", "status": 409, "method": "POST"}]),
        ]
        hidden = {"effect": "delay_visibility", "ms": 50_000, "probability": odds.hidden, "method": "POST"}
        rules = [*({**effect, "probability": odds.fault} for effect in effects), hidden]
        rules += [{**effect, "probability": odds.fault / 5} for effect in rare]
        self.sandbox.faults([{**rule, "seed": self.seed * 100 + n} for n, rule in enumerate(rules)])


class Wire(HTTPAdapter):
    """Carries requests to the sandbox object instead of to a socket, and loses some of them."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:  # type: ignore[override]
        world = self.world
        world.requests += 1
        world.look_at_the_wait(f"{request.method} {request.path_url}")
        world.crash_point()
        world.pass_time(world.random.uniform(0.02, 0.4))
        if world.worker and world.worker.is_watched and world.happens(world.odds.between):
            world.drain()
        if world.happens(world.odds.fault / 2):
            reason = NewConnectionError(None, "refused")  # type: ignore[arg-type]
            raise requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, request.url, reason))  # type: ignore[arg-type]
        answer = world.sandbox.serve(asked(request, world.sandbox))
        self._late(request)
        world.crash_point()
        if answer.dropped:
            raise requests.ConnectionError(ProtocolError("Connection aborted.", RemoteDisconnected()))
        whole = answer.encoded
        raw = urllib3.HTTPResponse(
            body=BytesIO(whole[: len(whole) // 2] if answer.torn else whole),
            headers={"Content-Length": str(len(whole)), **answer.headers} if whole else answer.headers,
            status=answer.status,
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, raw)

    def _late(self, request: requests.PreparedRequest) -> None:
        """The answer takes too long; or a worker is frozen just when it has arrived."""
        world = self.world
        if world.happens(world.odds.fault / 2):
            world.pass_time(60)
            raise requests.ReadTimeout("read timed out")
        if request.method != "GET" and world.worker and world.happens(world.odds.frozen * 10):
            world.freeze()


def asked(request: requests.PreparedRequest, sandbox: Sandbox) -> Request:
    headers: Message[str, str] = Message()
    for name, value in request.headers.items():
        headers[name] = value if isinstance(value, str) else value.decode("latin-1")
    body = request.body or b""
    return Request(
        str(request.method),
        request.path_url,
        headers,
        body.encode() if isinstance(body, str) else bytes(body),  # type: ignore[arg-type]
        sandbox.root,
    )


@contextmanager
def simulated(world: World, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """Put the world in place of the database's clock, the network, the broker and death."""

    class Stamped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return world.now()

    def session() -> requests.Session:
        http = requests.Session()
        http.trust_env = False
        http.mount("http://", Wire(world))
        return http

    monotonic = SimpleNamespace(monotonic=lambda: (world.moment - BEGAN).total_seconds())
    patch.setattr(clock, "now", world.now)
    patch.setattr(trail, "datetime", Stamped)
    patch.setattr(store, "time", monotonic)
    patch.setattr(sys.modules["portal.changes.push.drain"], "time", monotonic)  # the package's `drain` is a function
    patch.setattr(client, "session", session)
    patch.setattr(sending, "deadline", world.deadline)
    patch.setattr(app, "send_task", world.ring)
    patch.setattr(random, "uniform", world.random.uniform)  # jitter
    with connection.execute_wrapper(world.statement):
        yield world
