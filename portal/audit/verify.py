"""Proving a chain: hashes recomputed from the bytes, no number missing, columns equal to what the bytes say (G8)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.audit import checkpoints
from portal.audit.models import Chain, Entry
from portal.audit.trail import chain_name, columns, entry_hash, link_hash
from portal.audit.verify_audit import Checkpoint

START = "0" * 64


class Stored(NamedTuple):
    """One row as the database has it; what repeats its body comes last. A million rows are no million objects."""

    seq: int
    body: str
    entry: str
    link: str
    at: datetime
    actor_id: int | None
    actor_name: str
    verb: str
    object_kind: str
    object_key: str
    object_name: str
    result: str

    @property
    def columns(self) -> dict[str, Any]:
        """What repeats the body, as `trail.columns` reads it there."""
        return dict(zip(self._fields[4:], self[4:], strict=True))


@dataclass(frozen=True)
class Verdict:
    """What a check of one chain found: how many entries hold, up to which head, and the first that does not.

    `checkpoints`: how many signed words from outside the database it was held against.
    """

    chain: str
    count: int
    head: str
    checkpoints: int = 0
    broken_at: int | None = None
    because: str | Promise = ""

    @property
    def is_unbroken(self) -> bool:
        return self.broken_at is None


def verify(chain: Chain) -> Verdict:
    """Check a chain from its first entry to its head, streaming. What is added meanwhile is left for the next time.

    A chain alone cannot show that all of it was written anew; it is held against its checkpoints (reliability.md 6).
    """
    # Checkpoints are read before the last entry and that before the head: whoever writes in between, an honest head is
    # never behind an entry, nor behind a checkpoint.
    signed = checkpoints.read(chain.name)
    last = Entry.objects.filter(chain=chain).aggregate(last=Max("seq"))["last"] or 0
    chain = Chain.objects.get(pk=chain.pk)
    seen = _Seen(signed)
    count, link = 0, START
    for stored in _stored(chain):
        because = _fault(stored, chain.name, count + 1, link) or seen.fault(stored, chain.name)
        if because:
            return Verdict(chain.name, count, link, len(signed), min(stored.seq, count + 1), because)
        count, link = stored.seq, stored.link
    because = _fault_of_head(chain, last, count, link) or seen.fault_beyond(count)
    return Verdict(chain.name, count, link, len(signed), count + 1 if because else None, because)


def lost_chains() -> list[Verdict]:
    """Chains that checkpoints tell of and the database does not know."""
    known = set(Chain.objects.values_list("name", flat=True))
    because = _("There is no such history any more, but signed checkpoints of it.")
    return [
        Verdict(name, 0, START, len(signed), 1, because)
        for name in checkpoints.names()
        if name not in known and (signed := checkpoints.read(name))
    ]


class _Seen:
    """What the checkpoints of a chain saw, by number of the entry."""

    def __init__(self, signed: Iterable[Checkpoint]) -> None:
        self.of: dict[int, list[Checkpoint]] = {}
        for checkpoint in signed:
            self.of.setdefault(checkpoint.seq, []).append(checkpoint)

    def fault(self, stored: Stored, name: str) -> str | Promise:
        """What is wrong between an entry and its checkpoints; empty when nothing is."""
        for checkpoint in self.of.get(stored.seq, ()):
            if checkpoints.fault(checkpoint):
                return _("A checkpoint of this entry was not signed with the key of this portal.")
            if checkpoint.origin != name or checkpoint.chain != stored.link:
                return _("A signed checkpoint saw another history up to here.")
        return ""

    def fault_beyond(self, count: int) -> str | Promise:
        """What is wrong with a chain of `count` entries, if a checkpoint saw more."""
        return _("A signed checkpoint saw entries that are missing.") if max(self.of, default=0) > count else ""


def _stored(chain: Chain) -> Iterator[Stored]:
    rows = chain.entries.filter(seq__lte=chain.seq).order_by("seq").values_list(*Stored._fields)
    return map(Stored._make, rows.iterator(chunk_size=1000))


def _fault(stored: Stored, name: str, seq: int, previous: str) -> str | Promise:
    """What is wrong with an entry that should be number `seq` of the chain `name`; empty when nothing is."""
    if stored.seq != seq:
        return _("An entry is missing.")
    if entry_hash(stored.body) != stored.entry:
        return _("The entry is not the one that was written.")
    if link_hash(previous, seq, stored.entry) != stored.link:
        return _("The entry does not follow the one before it.")
    try:
        return _fault_of_columns(stored, name)
    except (ValueError, KeyError, TypeError):
        return _("The entry cannot be read.")


def _fault_of_columns(stored: Stored, name: str) -> str | Promise:
    """What is wrong between an entry's columns and its body. Raises as `columns` does."""
    told = json.loads(stored.body)
    if told["chain"] != name:
        return _("The entry belongs to another chain.")
    if columns(told) != stored.columns:
        return _("A column does not say what the entry says.")
    return ""


def _fault_of_head(chain: Chain, last: int, count: int, link: str) -> str | Promise:
    """What is wrong with the head after `count` entries; `last` is the highest number found."""
    if chain.name != chain_name(chain.tenant_id):
        return _("The chain belongs to another tenant.")
    if count < chain.seq:
        return _("Entries are missing at the end.")
    if last > chain.seq:
        return _("There are entries that were never chained.")
    if link != chain.head:
        return _("The head is not the last entry.")
    return ""
