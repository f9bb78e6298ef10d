"""Checks an exported history of Fileplan on any machine with Python 3.9 or newer, and with nothing else.

    python3 verify_audit.py history.jsonl [--checkpoints FILE] [--key HEX]

Every entry is hashed again and followed along its chain, up to the last checkpoint. Signatures of checkpoints are
checked where the package `cryptography` is installed; without it the script says that they were not.

--checkpoints  checkpoints kept elsewhere, earlier: only these show that all of a history was written anew by somebody
               who holds the key. Files of Fileplan's checkpoint folder can be given as they are.
--key          the public key as you were given it, not as the export tells it. Can be repeated after a change of keys.

Where a backup was restored, entries that were written after it are missing. The script says which, and who confirmed
it; a gap that nobody confirmed, or that was not signed by Fileplan when it noticed, does not hold.

Exits 0 when everything holds, 1 naming the first entry that does not, 2 when the input cannot be used.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    CHECKS_SIGNATURES = True
except ImportError:
    CHECKS_SIGNATURES = False

ENTRY, CHAIN, CHECKPOINT, GAP = (
    f"fileplan-audit/1/{what}\n".encode() for what in ("entry", "chain", "checkpoint", "gap")
)
NOTICED, CONFIRMED = "restore.noticed", "restore.confirmed"


class Unusable(Exception):
    """This is no export of a history."""


class Broken(Exception):
    """The history does not hold. `seq` is the first entry that shows it."""

    def __init__(self, seq: int, because: str) -> None:
        super().__init__(because)
        self.seq = seq


class Checkpoint(NamedTuple):
    """A signed word that entry number `seq` of the chain `origin` had this chain value at this time."""

    origin: str
    seq: int
    chain: str
    time: str
    key: str
    signature: str

    @property
    def message(self) -> bytes:
        """The bytes that are signed: one field to a line."""
        return CHECKPOINT + "".join(f"{part}\n" for part in self[:4]).encode()


class Gap(NamedTuple):
    """A signed word that a restored chain goes on after entry `after` of this chain value, numbered after `seen`.

    `seen` is the last entry known outside the database. What lies between was lost with the database that was replaced.
    """

    origin: str
    after: int
    chain: str
    seen: Checkpoint
    time: str
    key: str
    signature: str

    @property
    def seq(self) -> int:
        """The first entry that is missing."""
        return self.after + 1

    @property
    def message(self) -> bytes:
        """The bytes that are signed: one field to a line."""
        parts = (self.origin, self.after, self.chain, self.seen.seq, self.seen.chain, self.time)
        return GAP + "".join(f"{part}\n" for part in parts).encode()

    @property
    def told(self) -> dict[str, Any]:
        """As the entry after it tells it."""
        return {**self._asdict(), "seen": self.seen._asdict()}

    def lacks(self, seq: int) -> bool:
        """Whether this entry is one of those that are missing."""
        return self.after < seq <= self.seen.seq

    def follows(self, origin: str, count: int, chain: str, next_seq: int) -> bool:
        """Whether it lies just there: after entry `count` of this chain value, before entry `next_seq`."""
        is_of_it = origin == self.origin == self.seen.origin
        return is_of_it and (self.after, self.chain, self.seen.seq + 1) == (count, chain, next_seq)

    def contradicts(self, one: Checkpoint) -> bool:
        """Whether a checkpoint of the last missing entry saw another one."""
        return one.seq == self.seen.seq and one.chain != self.seen.chain


class Lost(NamedTuple):
    """Entries that are missing because a backup was restored, and who confirmed it when and why."""

    first: int
    last: int
    by: str
    at: str
    reason: str


class Report(NamedTuple):
    """What was found in order. `withheld` entries came without their content and still chain."""

    origin: str
    entries: int
    withheld: int
    head: str
    checkpoints: int
    keys: list[str]
    lost: list[Lost]


class Trail:
    """The entries as they are read, one after the other. Of each only its chain value is kept, 32 bytes.

    `count` is the number of the last one, `entries` how many there are.
    """

    def __init__(self) -> None:
        self.count = self.entries = self.withheld = 0
        self.name = ""
        self.gaps: list[Gap] = []
        self.confirmed: dict[int, dict[str, Any]] = {}
        self._values = bytearray(32)

    def add(self, told: dict[str, Any]) -> None:
        """Check one entry against the one before it. Raises Broken, Unusable."""
        seq, body, entry = told["seq"], told["body"], told["entry"]
        if body is not None and _sha256(ENTRY, body.encode()).hex() != entry:
            raise Broken(seq, "Its content is not the one that was written.")
        if body is not None and not self.name:
            self.name = json.loads(body)["chain"]
        if seq != self.count + 1:
            self._pass_gap(seq, body)
        if body is None:
            self.withheld += 1
        elif f'"verb":"{CONFIRMED}"' in body:
            confirmed = json.loads(body)
            self.confirmed.update(dict.fromkeys(confirmed["facts"].get("opened", ()), confirmed))
        value = _sha256(CHAIN, self._values[-32:] + seq.to_bytes(8, "big") + bytes.fromhex(entry))
        if value.hex() != told["chain"]:
            raise Broken(seq, "It does not follow the entry before it.")
        self._values += value
        self.count, self.entries = seq, self.entries + 1

    def value(self, seq: int) -> str:
        """The chain value of an entry that was read."""
        place = seq - sum(gap.seen.seq - gap.after for gap in self.gaps if gap.after < seq)
        return self._values[place * 32 : place * 32 + 32].hex()

    def gap_at(self, seq: int) -> Gap | None:
        """The gap that an entry is missing in, if any."""
        return next((gap for gap in self.gaps if gap.lacks(seq)), None)

    @property
    def lost(self) -> list[Lost]:
        """What was lost to restored backups. Raises Broken for a gap that nobody has confirmed."""
        return [self._lost(gap) for gap in self.gaps]

    def _lost(self, gap: Gap) -> Lost:
        told = self.confirmed.get(gap.seen.seq + 1)
        if told is None:
            raise Broken(gap.seq, f"It is missing, up to {gap.seen.seq}: nobody confirmed that a backup was restored.")
        return Lost(gap.seq, gap.seen.seq, told["actor"]["name"], told["at"], told["reason"])

    def _pass_gap(self, seq: int, body: str | None) -> None:
        """Go on after numbers that a restored database lost. Raises Broken where nothing says so."""
        try:
            gap = gap_before(body) if body is not None else None
        except (KeyError, TypeError, AttributeError):
            gap = None
        if gap is None or not gap.follows(self.name, self.count, self.value(self.count), seq):
            raise Broken(self.count + 1, f"Entry {seq} stands in its place.")
        self.gaps.append(gap)
        self.count = seq - 1


def verify(lines: Iterable[bytes], *, kept: Iterable[Checkpoint] = (), keys: Collection[str] = ()) -> Report:
    """Check the lines of an export, streaming.

    `kept` are checkpoints from elsewhere, `keys` the public keys to believe; without any, those the export tells of.
    Raises Broken, Unusable.
    """
    trail = Trail()
    checkpoints: list[Checkpoint] = []
    told_keys: list[str] = []
    for number, line in enumerate(lines, start=1):
        told = _parsed(line, number)
        if "entry" in told and not checkpoints:
            _add(trail, told, number)
        elif "signature" in told and not told_keys:
            checkpoints.append(_checkpoint(told, number))
        elif "public_key" in told:
            told_keys.append(str(told["public_key"]))
        else:
            raise Unusable(f"Line {number} is not where or what it should be.")
    if not trail.count and not checkpoints:
        raise Unusable("There is no entry in it.")
    origin, believed = _origin(trail, checkpoints), sorted(set(keys or told_keys))
    elsewhere = [one for one in kept if one.origin == origin]
    _hold(trail, checkpoints, elsewhere)
    _must_be_vouched_for(trail, checkpoints)
    for one in [*checkpoints, *elsewhere, *(gap.seen for gap in trail.gaps)]:
        check_signature(one, believed)
    for gap in trail.gaps:
        check_signature(gap, believed)
    head = trail.value(trail.count)
    return Report(origin, trail.entries, trail.withheld, head, len(checkpoints), believed, trail.lost)


def read_checkpoints(lines: Iterable[bytes]) -> list[Checkpoint]:
    """The checkpoints of a file. What is none, such as a line that a crash cut off, is passed over."""
    found = []
    for number, line in enumerate(lines, start=1):
        with suppress(Unusable):
            found.append(parsed_checkpoint(line, number))
    return found


def parsed_checkpoint(line: bytes, number: int) -> Checkpoint:
    """The checkpoint of one line. Raises Unusable."""
    return _checkpoint(_parsed(line, number), number)


def gap_before(body: str) -> Gap | None:
    """The gap that an entry tells of, which lies before it; None for any other entry."""
    told = json.loads(body)
    gap = told["facts"].get("gap") if told["verb"] == NOTICED else None
    if gap is None:
        return None
    return Gap(**{**gap, "seen": Checkpoint(**gap["seen"])})


def _sha256(what: bytes, content: bytes) -> bytes:
    return hashlib.sha256(what + content).digest()


def _parsed(line: bytes, number: int) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise Unusable(f"Line {number} cannot be read.") from exc
    if not isinstance(told, dict):
        raise Unusable(f"Line {number} cannot be read.")
    return told


def _add(trail: Trail, told: dict[str, Any], number: int) -> None:
    try:
        trail.add(told)
    except (KeyError, TypeError, AttributeError) as exc:
        raise Unusable(f"Line {number} is not an entry.") from exc
    except (ValueError, OverflowError) as exc:
        raise Broken(trail.count + 1, "It cannot be read.") from exc


def _checkpoint(told: dict[str, Any], number: int) -> Checkpoint:
    try:
        one = Checkpoint(*(told[field] for field in Checkpoint._fields))
    except KeyError as exc:
        raise Unusable(f"Line {number} is not a checkpoint.") from exc
    if not all(isinstance(value, int if field == "seq" else str) for field, value in one._asdict().items()):
        raise Unusable(f"Line {number} is not a checkpoint.")
    return one


def _origin(trail: Trail, checkpoints: list[Checkpoint]) -> str:
    """The name of the chain. Raises Broken where the checkpoints are of another one."""
    origins = {one.origin for one in checkpoints} | ({trail.name} if trail.name else set())
    if len(origins) > 1:
        raise Broken(1, f"The checkpoints are of another chain: {', '.join(sorted(origins))}.")
    return origins.pop() if origins else ""


def _hold(trail: Trail, checkpoints: list[Checkpoint], kept: list[Checkpoint]) -> None:
    """Compare entries and checkpoints. Raises Broken naming the earliest that differ.

    Checkpoints kept elsewhere may be younger than the export, but those of the export never are.
    """
    for one in sorted([*checkpoints, *kept], key=lambda one: one.seq):
        gap = trail.gap_at(one.seq)
        if gap is not None:
            if gap.contradicts(one):
                raise Broken(one.seq, f"It is missing, and not the one that the checkpoint of {one.time} saw.")
            continue
        if one.seq < 1 or (one.seq <= trail.count and trail.value(one.seq) != one.chain):
            raise Broken(one.seq, f"It is not the one that the checkpoint of {one.time} saw.")
    if any(one.seq > trail.count for one in checkpoints):
        raise Broken(trail.count + 1, "It is missing: a checkpoint saw it.")


def _must_be_vouched_for(trail: Trail, checkpoints: list[Checkpoint]) -> None:
    """An export ends where its last checkpoint does. Raises Broken."""
    last = max((one.seq for one in checkpoints), default=0)
    if last < trail.count:
        raise Broken(last + 1, "No checkpoint vouches for it and what follows, so the end may be missing or forged.")


def check_signature(one: Checkpoint | Gap, believed: Collection[str]) -> None:
    """Whether it was signed with one of these keys. Raises Broken; without cryptography only for the key."""
    what = "checkpoint" if isinstance(one, Checkpoint) else "gap"
    if one.key not in believed:
        raise Broken(one.seq, f"Its {what} of {one.time} was signed with another key, {one.key}.")
    if not CHECKS_SIGNATURES:
        return
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(one.key)).verify(bytes.fromhex(one.signature), one.message)
    except (InvalidSignature, ValueError) as exc:
        raise Broken(one.seq, f"The signature of its {what} of {one.time} does not hold.") from exc


def _kept(file: Path | None) -> list[Checkpoint]:
    if file is None:
        return []
    with file.open("rb") as lines:
        return read_checkpoints(lines)


def _told(report: Report, *, keys_given: bool) -> str:
    lines = [f"{report.origin}: {report.entries} entries hold. The last has the chain value {report.head}."]
    for one in report.lost:
        missing = f"Entries {one.first} to {one.last} are missing: a backup was restored."
        lines.append(f"{missing} {one.by} confirmed it at {one.at}: {one.reason}")
    if report.withheld:
        lines.append(f"Entries without their content: {report.withheld}.")
    if not CHECKS_SIGNATURES:
        lines.append("Signatures were not checked: that needs the package cryptography.")
    elif keys_given:
        lines.append(f"Checkpoints signed with a key that you gave: {report.checkpoints}.")
    else:
        lines.append(f"Checkpoints signed with the key that the export tells of: {report.checkpoints}.")
        lines.append(f"Compare it with the one you were given: {', '.join(report.keys)}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Check what the command line names; returns the exit status."""
    parser = argparse.ArgumentParser(description="Checks an exported history of Fileplan.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoints", type=Path, help="checkpoints that were kept elsewhere")
    parser.add_argument("--key", action="append", default=[], help="the public key as you were given it")
    given = parser.parse_args(arguments)
    try:
        kept = _kept(given.checkpoints)
        with given.export.open("rb") as lines:
            report = verify(lines, kept=kept, keys=given.key)
        if given.checkpoints and report.origin not in {one.origin for one in kept}:
            raise Unusable(f"{given.checkpoints} holds no checkpoint of {report.origin}.")
    except Broken as exc:
        sys.stderr.write(f"Broken at entry {exc.seq}. {exc}\n")
        return 1
    except (Unusable, OSError) as exc:
        sys.stderr.write(f"This cannot be used. {exc}\n")
        return 2
    sys.stdout.write(_told(report, keys_given=bool(given.key)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
