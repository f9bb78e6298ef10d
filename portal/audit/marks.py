"""How far a chain had come before something left this machine, kept outside the database (C17, G15).

A database that is older than its mark was restored from a backup: what it believes to be unsent may have been sent.
"""

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from portal.audit.verify_audit import Checkpoint, Unusable, parsed_checkpoint

ENDING = ".mark"
SLOT = 1024  # bytes; a checkpoint has about 350


def keep(mark: Checkpoint) -> None:
    """Move a chain's mark on to `mark`; never back. Returns once it is on the disk. Raises OSError.

    Two places are written in turn, so that a write that a power cut tears leaves the mark before it.
    """
    file = file_of(mark.origin)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        kept = _read(descriptor)
        if max((one.seq for _place, one in kept), default=-1) >= mark.seq:
            return
        line = json.dumps(mark._asdict(), separators=(",", ":")).encode().ljust(SLOT - 1) + b"\n"
        if os.pwrite(descriptor, line, SLOT * _older(kept)) != SLOT:
            raise OSError(f"There is no room for a mark in {file.parent}.")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        keep_name(file.parent)


def last(name: str) -> Checkpoint | None:
    """The mark of a chain; None while nothing of it was ever kept."""
    with suppress(FileNotFoundError):
        descriptor = os.open(file_of(name), os.O_RDONLY)
        try:
            return max((one for _place, one in _read(descriptor)), key=lambda one: one.seq, default=None)
        finally:
            os.close(descriptor)
    return None


def file_of(name: str) -> Path:
    """The file of a chain's mark, beside its checkpoints."""
    return Path(settings.CHECKPOINT_DIR) / f"{name}{ENDING}"


def keep_name(folder: Path) -> None:
    """A new file is only kept once its folder is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> list[tuple[int, Checkpoint]]:
    """What can be read of the two places, by place."""
    found = []
    for place in (0, 1):
        with suppress(Unusable):
            found.append((place, parsed_checkpoint(os.pread(descriptor, SLOT, SLOT * place), place + 1)))
    return found


def _older(kept: list[tuple[int, Checkpoint]]) -> int:
    """The place to write next: one that cannot be read, else the older."""
    held = {place: one.seq for place, one in kept}
    return min((0, 1), key=lambda place: held.get(place, -1))
