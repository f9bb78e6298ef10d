"""Lines of an export as an attacker may change them, and honest ones in any number."""

import json
from collections.abc import Iterator
from typing import Any

from portal.audit import canonical, checkpoints
from portal.audit.trail import entry_hash, link_hash

START = "0" * 64
Line = dict[str, Any]


def parsed(lines: list[bytes]) -> tuple[list[Line], list[bytes]]:
    """The entries of an export, and what follows them."""
    told = [json.loads(line) for line in lines]
    count = sum("entry" in one for one in told)
    return told[:count], lines[count:]


def written(told: Line) -> bytes:
    return (json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def chained(entries: list[Line], *, start: int = 1) -> list[Line]:
    """The entries as somebody writes them anew who knows how: numbered from `start` on, hashed and chained."""
    link = entries[start - 2]["chain"] if start > 1 else START
    anew = entries[: start - 1]
    for seq, told in enumerate(entries[start - 1 :], start=start):
        entry = entry_hash(told["body"]) if told["body"] is not None else told["entry"]
        link = link_hash(link, seq, entry)
        anew.append({"seq": seq, "body": told["body"], "entry": entry, "chain": link})
    return anew


def honest(count: int) -> Iterator[bytes]:
    """An export of any length, line by line, without a database: what `manage.py export_audit` would write."""
    link = START
    for seq in range(1, count + 1):
        body = canonical.dumps(
            {"chain": "tenant-1", "verb": "change.confirmed", "facts": {"n": seq, "text": "é" * 300}}
        )
        entry = entry_hash(body)
        link = link_hash(link, seq, entry)
        yield written({"seq": seq, "body": body, "entry": entry, "chain": link})
    yield written(checkpoints.sign("tenant-1", count, link)._asdict())
    yield written({"origin": "tenant-1", "public_key": checkpoints.public_key()})
