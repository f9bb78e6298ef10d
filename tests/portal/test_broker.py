"""The embedded broker: a message appears whole or not at all, and a broken file stops nobody."""

import os
from pathlib import Path
from queue import Empty
from time import time
from typing import Any

import pytest
from kombu import Connection

from portal import broker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "queue"


@pytest.fixture
def queue(folder: Path, tmp_path: Path) -> Any:
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(tmp_path / "control"),
    }
    broker.make_folders(options)
    with Connection("fsatomic://", transport_options=options) as connection:
        simple = connection.SimpleQueue(bell(folder))  # kombu remembers queues for as long as the process lives
        yield simple
        simple.close()


def bell(folder: Path) -> str:
    return folder.parent.name


def messages(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.msg"))


def received(queue: Any) -> Any:
    message = queue.get(block=False)
    message.ack()
    return message.payload


def test_messages_arrive_in_order(queue: Any) -> None:
    for number in range(5):
        queue.put({"tenant": number})

    assert [received(queue)["tenant"] for _ in range(5)] == [0, 1, 2, 3, 4]


def test_a_message_appears_by_rename(queue: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At that moment all of it is written, and nobody could have read any of it."""
    replace = os.replace
    seen: list[tuple[int, bool, bool]] = []

    def watched(draft: Path, final: Path) -> None:
        named = str(final).endswith(f".{bell(folder)}.msg")
        seen.append((len(messages(folder)), named, Path(draft).read_bytes().endswith(b"}")))
        replace(draft, final)

    monkeypatch.setattr(broker.os, "replace", watched)

    queue.put({"tenant": 7})

    assert (seen, len(messages(folder))) == ([(0, True, True)], 1)


def test_what_was_never_finished_is_not_read(queue: Any, folder: Path) -> None:
    (folder / f"1_a.{bell(folder)}.msg.part").write_bytes(b'{"body": "half')

    with pytest.raises(Empty):
        queue.get(block=False)


@pytest.mark.parametrize("content", [b"", b'{"body": "half', b"\xff\xfe\x00", b"not json"])
def test_an_unreadable_file_is_passed_over(queue: Any, folder: Path, content: bytes) -> None:
    for number in range(3):
        (folder / f"0_{number}.{bell(folder)}.msg").write_bytes(content)
    queue.put({"tenant": 7})

    assert received(queue) == {"tenant": 7}
    with pytest.raises(Empty):
        queue.get(block=False)


def test_nothing_is_left_behind(queue: Any, folder: Path) -> None:
    """Or the disk fills with doorbells."""
    queue.put({"tenant": 7})
    received(queue)

    assert list(folder.iterdir()) == []


def test_forget_read_removes_what_is_old(tmp_path: Path) -> None:
    for name, age in (("old", 100), ("new", 10)):
        (tmp_path / f"{name}.bell.msg").touch()
        os.utime(tmp_path / f"{name}.bell.msg", (time() - age, time() - age))

    broker.forget_read(str(tmp_path), older_than=60)

    assert [path.name for path in tmp_path.iterdir()] == ["new.bell.msg"]


def test_make_folders_makes_what_is_named_as_one(tmp_path: Path) -> None:
    broker.make_folders({"control_folder": str(tmp_path / "a" / "b"), "polling_interval": 0.25})
    broker.make_folders({"control_folder": str(tmp_path / "a" / "b")})

    assert [path.name for path in tmp_path.rglob("*")] == ["a", "b"]
