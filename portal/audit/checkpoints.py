"""Signed words about where each chain stood, kept outside the database (reliability.md 6, G8).

A chain alone does not show that all of it was written anew, or that its end was cut off together with its head. Whoever
does that in the database would have to do it here too, with the key, and in every copy that was taken meanwhile.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from portal.audit import marks
from portal.audit.models import Chain
from portal.audit.verify_audit import Broken, Checkpoint, Gap, check_signature, read_checkpoints

ENDING = ".jsonl"
TAIL = 4096  # bytes; a line has about 350


def sign(name: str, seq: int, link: str) -> Checkpoint:
    """Sign that entry `seq` of a chain has the chain value `link`. Returns once it is on the disk, in the chain's file.

    Never called inside the transaction that moved the chain: a rollback would leave a checkpoint of what never was.
    Raises OSError.
    """
    checkpoint = _signed(name, seq, link)
    _append(file_of(name), json.dumps(checkpoint._asdict(), separators=(",", ":")))
    marks.keep(checkpoint)
    return checkpoint


def mark(name: str, seq: int, link: str) -> None:
    """Keep outside that a chain came as far as entry `seq`, before something leaves that it tells of (C17).

    Never called inside the transaction that moved the chain. Raises OSError, and then nothing may leave.
    """
    marks.keep(_signed(name, seq, link))


def outside(name: str) -> Checkpoint | None:
    """The last entry of a chain that is known outside the database. Every checkpoint moves the mark, too."""
    return marks.last(name) or last(name)


def gap(chain: Chain, seen: Checkpoint) -> Gap:
    """Sign that a restored chain goes on after its own head with the number after the one last seen outside."""
    unsigned = Gap(chain.name, chain.seq, chain.head, seen, _now(), public_key(), "")
    return unsigned._replace(signature=_key().sign(unsigned.message).hex())


def sign_all() -> None:
    """Sign where every chain stands that moved since its last checkpoint. Raises OSError."""
    for chain in Chain.objects.filter(seq__gt=0).order_by("pk"):
        signed = last(chain.name)
        if signed is None or (signed.seq, signed.chain) != (chain.seq, chain.head):
            sign(chain.name, chain.seq, chain.head)


def read(name: str) -> list[Checkpoint]:
    """The checkpoints of a chain, in the order in which they were signed."""
    try:
        with file_of(name).open("rb") as lines:
            return read_checkpoints(lines)
    except FileNotFoundError:
        return []


def last(name: str) -> Checkpoint | None:
    """The latest checkpoint of a chain, without reading all of them."""
    with suppress(FileNotFoundError), file_of(name).open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        return next(reversed(read_checkpoints(file)), None)
    return None


def fault(checkpoint: Checkpoint | Gap) -> bool:
    """Whether this is not what was signed with our key."""
    try:
        check_signature(checkpoint, [public_key()])
    except Broken:
        return True
    return False


def names() -> Iterator[str]:
    """The chains that there are checkpoints of."""
    yield from sorted(file.stem for file in Path(settings.CHECKPOINT_DIR).glob(f"*{ENDING}"))


def file_of(name: str) -> Path:
    """The file of a chain's checkpoints."""
    return Path(settings.CHECKPOINT_DIR) / f"{name}{ENDING}"


def public_key() -> str:
    """What outsiders check signatures with: an Ed25519 public key, 64 hexadecimal digits."""
    return _key().public_key().public_bytes_raw().hex()


def _signed(name: str, seq: int, link: str) -> Checkpoint:
    unsigned = Checkpoint(name, seq, link, _now(), public_key(), "")
    return unsigned._replace(signature=_key().sign(unsigned.message).hex())


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _key() -> Ed25519PrivateKey:
    return _key_from(settings.CHECKPOINT_KEY)


@cache
def _key_from(secret: str) -> Ed25519PrivateKey:
    seed = hashlib.sha256(b"fileplan-audit/1/key\n" + secret.encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def _append(file: Path, line: str) -> None:
    """One line in one write, on the disk before this returns; after a line that a crash cut off, a new one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        text = f"{'' if _ends_well(descriptor) else chr(10)}{line}\n".encode()
        if os.write(descriptor, text) != len(text):
            raise OSError(f"There is no room for a checkpoint in {file.parent}.")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        marks.keep_name(file.parent)


def _ends_well(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
