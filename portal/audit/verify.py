"""Proving a chain: hashes recomputed from the bytes, no number missing, columns equal to what the bytes say (G8)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.audit.models import Chain, Entry
from portal.audit.trail import chain_name, columns, entry_hash, link_hash

START = "0" * 64


@dataclass(frozen=True)
class Verdict:
    """What a check of one chain found: how many entries hold, up to which head, and the first that does not."""

    chain: str
    count: int
    head: str
    broken_at: int | None = None
    because: str | Promise = ""

    @property
    def is_unbroken(self) -> bool:
        return self.broken_at is None


def verify(chain: Chain) -> Verdict:
    """Check a chain from its first entry to its head, streaming. What is added meanwhile is left for the next time.

    A chain alone cannot show that all of it was written anew; that takes a checkpoint elsewhere (reliability.md 6).
    """
    # The last entry is looked up before the head: an honest head is never behind it, whoever writes in between.
    last = Entry.objects.filter(chain=chain).aggregate(last=Max("seq"))["last"] or 0
    chain = Chain.objects.get(pk=chain.pk)
    count, link = 0, START
    for stored in _stored(chain):
        because = _fault(stored, count + 1, link)
        if because:
            return Verdict(chain.name, count, link, min(stored.seq, count + 1), because)
        count, link = stored.seq, stored.link
    because = _fault_of_head(chain, last, count, link)
    return Verdict(chain.name, count, link, count + 1 if because else None, because)


def _stored(chain: Chain) -> Iterator[Entry]:
    return chain.entries.filter(seq__lte=chain.seq).order_by("seq").iterator(chunk_size=1000)


def _fault(stored: Entry, seq: int, previous: str) -> str | Promise:
    """What is wrong with an entry that should be number `seq`; empty when nothing is."""
    if stored.seq != seq:
        return _("An entry is missing.")
    if entry_hash(stored.body) != stored.entry:
        return _("The entry is not the one that was written.")
    if link_hash(previous, seq, stored.entry) != stored.link:
        return _("The entry does not follow the one before it.")
    try:
        return _fault_of_columns(stored)
    except (ValueError, KeyError, TypeError):
        return _("The entry cannot be read.")


def _fault_of_columns(stored: Entry) -> str | Promise:
    """What is wrong between an entry's columns and its body. Raises as `columns` does."""
    told = json.loads(stored.body)
    if told["chain"] != stored.chain.name:
        return _("The entry belongs to another chain.")
    if any(getattr(stored, column) != value for column, value in columns(told).items()):
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
