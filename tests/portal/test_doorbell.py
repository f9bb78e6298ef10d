"""G3, G18: a page never waits for the broker, and never fails because of it."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction

from portal import doorbell

LONGEST = 5.0  # seconds: far beyond the budget for a slow machine, far below the 40 s of the defaults


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[int], dict[str, Any]]]:
    """What the broker was given."""
    messages: list[tuple[str, list[int], dict[str, Any]]] = []

    class Broker:
        def send_task(self, name: str, args: list[int], **options: Any) -> None:
            messages.append((name, args, options))

    monkeypatch.setattr(doorbell, "app", Broker())
    return messages


@pytest.fixture
def port() -> Iterator[int]:
    """A port where somebody takes the call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent.getsockname()[1]


def redis_at(port: int) -> Celery:
    app = Celery("test", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    app.conf.broker_transport_options = settings.REDIS_OPTIONS
    app.conf.task_publish_retry = False
    return app


def seconds_to_ring() -> float:
    began = time.monotonic()
    doorbell.ring(7)
    return time.monotonic() - began


def nobody_rings_any_more(within: float = 5.0) -> bool:
    """Whether the threads that rang have given up, rather than pile up while the broker is away."""
    until = time.monotonic() + within
    while time.monotonic() < until and any(thread.name.endswith("(_send)") for thread in threading.enumerate()):
        time.sleep(0.02)
    return not any(thread.name.endswith("(_send)") for thread in threading.enumerate())


def test_ring_names_the_tenant(sent: list[Any]) -> None:
    doorbell.ring(7)

    assert sent == [("changes.push", [7], {"countdown": None, "retry": False})]


def test_ring_names_the_task_and_who_asked(sent: list[Any]) -> None:
    doorbell.ring(7, "mirror.sync", by=3, in_seconds=2.5)

    assert sent == [("mirror.sync", [7, 3], {"countdown": 2.5, "retry": False})]


def test_ring_is_quick_and_silent_when_the_broker_is_gone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
    monkeypatch.setattr(doorbell, "app", redis_at(nobody))

    assert seconds_to_ring() < LONGEST
    assert nobody_rings_any_more()
    assert "the timetable finds the work of tenant 7" in caplog.text


def test_ring_is_quick_when_the_broker_hangs(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "app", redis_at(port))

    assert seconds_to_ring() < LONGEST
    assert nobody_rings_any_more()


def test_ring_waits_no_longer_than_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the broker's own client makes of its timeouts."""
    answers = threading.Event()

    class Hung:
        def send_task(self, *args: Any, **options: Any) -> None:
            answers.wait(2 * LONGEST)

    monkeypatch.setattr(doorbell, "app", Hung())

    assert seconds_to_ring() < LONGEST

    answers.set()
    assert nobody_rings_any_more()


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("odd"), ValueError("odder")])
def test_ring_raises_nothing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    class Broken:
        def send_task(self, *args: Any, **options: Any) -> None:
            raise error

    monkeypatch.setattr(doorbell, "app", Broken())

    doorbell.ring(7)


@pytest.mark.django_db(transaction=True)
def test_ring_after_a_commit_leaves_the_commit_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if no thread can be started any more."""

    def no_thread(*args: Any, **options: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(doorbell, "Thread", no_thread)
    with transaction.atomic():
        transaction.on_commit(lambda: doorbell.ring(7), robust=True)
