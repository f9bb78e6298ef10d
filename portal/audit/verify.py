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
from portal.audit.verify_audit import CONFIRMED, NOTICED, Checkpoint, Gap, Lost, gap_before

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

    `checkpoints`: how many signed words from outside the database it was held against. `lost`: entries that are missing
    because a backup was restored, and who confirmed it.
    """

    chain: str
    count: int
    head: str
    checkpoints: int = 0
    broken_at: int | None = None
    because: str | Promise = ""
    lost: tuple[Lost, ...] = ()

    @property
    def is_unbroken(self) -> bool:
        return self.broken_at is None


def verify(chain: Chain, *, is_copy: bool = False) -> Verdict:
    """Check a chain from its first entry to its head, streaming. What is added meanwhile is left for the next time.

    A chain alone cannot show that all of it was written anew; it is held against its checkpoints (reliability.md 6).
    `is_copy`: it may be older than what was signed since. The database asked is the one the chain comes from.
    """
    # Checkpoints are read before the last entry and that before the head: whoever writes in between, an honest head is
    # never behind an entry, nor behind a checkpoint.
    signed = checkpoints.read(chain.name)
    database = chain._state.db
    last = Entry.objects.using(database).filter(chain=chain).aggregate(last=Max("seq"))["last"] or 0
    chain = Chain.objects.using(database).get(pk=chain.pk)
    if is_copy:
        signed = [checkpoint for checkpoint in signed if checkpoint.seq <= chain.seq]
    seen, gaps = _Seen(signed), _Gaps(chain)
    count, seq, link = 0, 0, START
    for stored in _stored(chain):
        gap = gaps.before(stored, seq, link)
        seq = stored.seq - 1 if gap else seq
        because = _fault(stored, chain.name, seq + 1, link) or seen.fault_of_gap(gap) or seen.fault(stored, chain.name)
        if because:
            return Verdict(chain.name, count, link, len(signed), min(stored.seq, seq + 1), because)
        count, seq, link = count + 1, stored.seq, stored.link
    because = _fault_of_head(chain, last, seq, link) or seen.fault_beyond(seq)
    broken_at = seq + 1 if because else None
    if not because and (open_gap := gaps.unconfirmed):
        because, broken_at = (
            _("Entries are missing, and nobody has confirmed that a backup was restored."),
            open_gap.seq,
        )
    return Verdict(chain.name, count, link, len(signed), broken_at, because, () if because else gaps.lost)


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

    def fault_of_gap(self, gap: Gap | None) -> str | Promise:
        """What is wrong between a gap and the checkpoints of its last entry; empty when nothing is."""
        signed = [] if gap is None else self.of.get(gap.seen.seq, [])
        if gap is not None and any(map(gap.contradicts, signed)):
            return _("A signed checkpoint saw another history up to here.")
        return ""

    def fault_beyond(self, count: int) -> str | Promise:
        """What is wrong with a chain of `count` entries, if a checkpoint saw more."""
        return _("A signed checkpoint saw entries that are missing.") if max(self.of, default=0) > count else ""


class _Gaps:
    """The numbers that restored backups lost, and who confirmed each."""

    def __init__(self, chain: Chain) -> None:
        self.found: list[Gap] = []
        self.confirmed: dict[int, Stored] = {}
        self.name = chain.name

    def before(self, stored: Stored, count: int, link: str) -> Gap | None:
        """The gap before an entry, if the entry proves one: signed by us, and just there."""
        if stored.verb == CONFIRMED:
            self.confirmed.update(dict.fromkeys(_opened(stored), stored))
        if stored.seq == count + 1 or stored.verb != NOTICED:
            return None
        gap = _gap(stored)
        if gap is None or not gap.follows(self.name, count, link, stored.seq):
            return None
        if checkpoints.fault(gap) or checkpoints.fault(gap.seen):
            return None
        self.found.append(gap)
        return gap

    @property
    def unconfirmed(self) -> Gap | None:
        """The first that nobody has confirmed."""
        return next((gap for gap in self.found if gap.seen.seq + 1 not in self.confirmed), None)

    @property
    def lost(self) -> tuple[Lost, ...]:
        """Each, once all are confirmed."""
        return tuple(self._lost(gap, self.confirmed[gap.seen.seq + 1]) for gap in self.found)

    def _lost(self, gap: Gap, by: Stored) -> Lost:
        told = json.loads(by.body)
        return Lost(gap.seq, gap.seen.seq, by.actor_name, told["at"], told["reason"])


def _opened(stored: Stored) -> list[int]:
    """The first entries of the segments that a confirmation speaks of."""
    try:
        return [int(seq) for seq in json.loads(stored.body)["facts"]["opened"]]
    except (ValueError, KeyError, TypeError):
        return []


def _gap(stored: Stored) -> Gap | None:
    try:
        return gap_before(stored.body)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


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
    """What is wrong with the head after entry `count`; `last` is the highest number found."""
    if chain.name != chain_name(chain.tenant_id):
        return _("The chain belongs to another tenant.")
    if count < chain.seq:
        return _("Entries are missing at the end.")
    if last > chain.seq:
        return _("There are entries that were never chained.")
    if link != chain.head:
        return _("The head is not the last entry.")
    return ""
