"""What is kept outside before something leaves: on the disk, never back, and readable after a power cut."""

import os

import pytest

from portal.audit import checkpoints, marks

NAME = "tenant-1"


def mark(seq: int) -> None:
    checkpoints.mark(NAME, seq, f"{seq:064x}")


def test_the_last_mark_is_read() -> None:
    for seq in (1, 2, 3, 7):
        mark(seq)

    found = marks.last(NAME)
    assert found is not None
    assert (found.origin, found.seq, found.chain) == (NAME, 7, f"{7:064x}")
    assert not checkpoints.fault(found)


def test_a_mark_never_goes_back() -> None:
    mark(5)
    mark(4)

    assert [one.seq for one in [marks.last(NAME)] if one] == [5]


@pytest.mark.parametrize("length", [0, 1, 200, marks.SLOT - 1])
def test_a_write_that_was_torn_leaves_the_mark_before_it(length: int) -> None:
    mark(5)
    whole = marks.file_of(NAME).read_bytes()
    mark(6)
    torn = marks.file_of(NAME).read_bytes()
    place = next(n for n in (0, 1) if torn[n * marks.SLOT :][: marks.SLOT] != whole[n * marks.SLOT :][: marks.SLOT])
    start = place * marks.SLOT
    marks.file_of(NAME).write_bytes(torn[:start] + b"{" * length + torn[start + length :] if length else whole)

    assert [one.seq for one in [marks.last(NAME)] if one] in ([5], [6])
    mark(8)
    assert [one.seq for one in [marks.last(NAME)] if one] == [8]


def test_a_mark_is_on_the_disk_before_it_is_relied_on(monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    fsync = os.fsync

    def kept(descriptor: int) -> None:
        fsync(descriptor)
        if os.fstat(descriptor).st_ino == marks.file_of(NAME).stat().st_ino:
            synced.append(marks.file_of(NAME).read_bytes())

    monkeypatch.setattr(os, "fsync", kept)
    mark(5)

    assert [b'"seq":5' in content for content in synced] == [True]


def test_a_checkpoint_moves_the_mark() -> None:
    checkpoints.sign(NAME, 3, "a" * 64)

    assert checkpoints.outside(NAME) == checkpoints.last(NAME)


def test_nothing_is_known_of_a_chain_that_was_never_marked() -> None:
    assert checkpoints.outside(NAME) is None
