"""A chain written out for people who have no access to the database: JSON Lines that `verify_audit.py` checks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from portal.audit import checkpoints, trail
from portal.audit.models import Chain, Entry, EntryQuerySet
from portal.audit.trail import Recorded, chain_name
from portal.audit.verify_audit import CONFIRMED, NOTICED, Checkpoint

if TYPE_CHECKING:
    from portal.tenants.models import Person

EXPORTED = "trail.exported"
AT_ONCE = 1000  # entries


@dataclass(frozen=True)
class Export:
    """What is written out: a chain up to the entry that tells of the export itself.

    All of the chain stands in it, but only `wanted` entries and that last one with their content, and those that say
    which numbers a restored backup lost.
    """

    own: Entry
    wanted: EntryQuerySet
    checkpoints: list[Checkpoint]

    def chunks(self) -> Iterator[bytes]:
        """The file in pieces. Nothing is held between them, however slowly they are taken."""
        for first in range(1, self.own.seq + 1, AT_ONCE):
            yield "".join(map(_line, self._entries(first))).encode()
        ends = [checkpoint._asdict() for checkpoint in self.checkpoints]
        key = {"origin": self.own.chain.name, "public_key": checkpoints.public_key()}
        yield "".join(map(_line, [*ends, key])).encode()

    def _entries(self, first: int) -> Iterator[dict[str, Any]]:
        last = min(first + AT_ONCE - 1, self.own.seq)
        stretch = {"seq__range": (first, last)}
        shown = {*self.wanted.filter(**stretch).values_list("seq", flat=True), self.own.seq}
        entries = self.own.chain.entries.filter(**stretch).order_by("seq")
        for seq, verb, body, entry, link in entries.values_list("seq", "verb", "body", "entry", "link"):
            is_shown = seq in shown or verb in (NOTICED, CONFIRMED)
            yield {"seq": seq, "body": body if is_shown else None, "entry": entry, "chain": link}


def export(
    about: Recorded,
    *,
    wanted: EntryQuerySet | None = None,
    asked: dict[str, str] | None = None,
    by: "Person | None" = None,
    service: str = "",
) -> Export:
    """Begin to write out the chain that `about` is told in, with the content of the `wanted` entries of it.

    The export is an entry itself, with how many entries and which filter (S33), and a checkpoint is signed for its end:
    a file that was cut off shows it. Never called inside a transaction. Raises OSError if nothing can be signed.
    """
    with transaction.atomic():
        # The chain is held while they are counted, so that the number told is the number written.
        chain = Chain.objects.select_for_update().filter(name=chain_name(about.subject.tenant_id)).first()
        wanted = Entry.objects.filter(chain=chain) if wanted is None else wanted
        told: dict[str, Any] = {"entries": wanted.count(), "filter": asked or {}}
        own = trail.record(about, EXPORTED, by=by, service=service, **told)
    ends = checkpoints.sign(own.chain.name, own.seq, own.link)
    seen = [checkpoint for checkpoint in checkpoints.read(ends.origin) if checkpoint.seq <= own.seq]
    return Export(own, wanted.filter(chain=own.chain), seen)


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"
