"""Writing the trail: one chain per tenant and one for the portal, appended in the transaction it tells of (G6, G9)."""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.db import connection, transaction
from django.db.models.functions import Now

from portal.audit import canonical, checkpoints
from portal.audit.models import Chain, Entry, Restoration, Result
from portal.audit.verify_audit import NOTICED, Checkpoint
from portal.web import origin

if TYPE_CHECKING:
    from portal.tenants.models import Person

SCHEMA = 1
PORTAL = "portal"
GUARD = "Restore guard"


class Subject(NamedTuple):
    """What an entry is about. `key` finds the record again, `name` is kept as it was; no tenant: the portal."""

    kind: str
    key: str
    name: str
    tenant_id: int | None


class ThePortal(NamedTuple):
    """The portal itself, told in its own chain."""

    subject: Subject = Subject(PORTAL, PORTAL, "Fileplan", None)


class Recorded(Protocol):
    """A record that can stand in the history."""

    @property
    def subject(self) -> Subject: ...


def record(
    about: Recorded,
    verb: str,
    *,
    by: "Person | None" = None,
    service: str = "",
    changes: dict[str, list[Any]] | None = None,
    reason: str = "",
    result: Result = Result.OK,
    **facts: Any,
) -> Entry:
    """Append one entry; the last write of its transaction, so that the chain is held as briefly as possible.

    `by` is the person, `service` the worker that acted instead; `changes` is {field: [before, after]}, `facts` whatever
    else the reader needs, in canonical JSON. Entries of several chains in one transaction are written in one order, the
    portal's first and then the tenants' by key, or two transactions wait for each other. Raises
    TransactionManagementError outside a transaction, so that no change and its entry can come apart, and Uncanonical.
    """
    _needs_transaction()
    chain = _head(about.subject.tenant_id)
    # The time is taken with the chain in hand, so that within a chain it runs with the numbers.
    return _append(
        chain,
        about.subject,
        {
            "actor": _actor(by, service),
            "verb": verb,
            "changes": changes or {},
            "reason": reason,
            "result": result.value,
            "facts": facts,
        },
    )


def note_restored(chain: Chain) -> None:
    """Tell in a chain that this database is older than what is known outside, and hold the instance (C17).

    A chain that is behind goes on with a new segment: numbered after the last entry known outside, so that no number is
    ever used twice, and naming it. Raises TransactionManagementError outside a transaction.
    """
    _needs_transaction()
    before = chain.seq
    chain = _head(chain.tenant_id)
    if chain.seq == before:  # no new segment: not behind, or on another way
        hold()
        _notice(chain, chain.seq + 1, {})


def hold() -> Restoration:
    """Let nothing more be sent, until an administrator of each tenant has looked. Raises nothing twice does."""
    unseen = Restoration.objects.filter(confirmations=None).order_by("-pk").first()
    if unseen is None:
        return Restoration.objects.create(noticed_at=Now())
    Restoration.objects.filter(pk=unseen.pk).update(noticed_at=Now())
    return unseen


def is_ahead(seen: Checkpoint | None, chain: Chain) -> bool:
    """Whether more of a chain is known outside than the database holds. `seen` is read before the chain."""
    return seen is not None and seen.seq > chain.seq


def _append(chain: Chain, subject: Subject, told: dict[str, Any], seq: int | None = None) -> Entry:
    """Write one entry at the end of a chain that is held, or as number `seq`."""
    body = canonical.dumps(
        {
            "schema": SCHEMA,
            "chain": chain.name,
            "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "object": {"kind": subject.kind, "key": subject.key, "name": subject.name},
            "request": origin.current().request_id,
            "address": origin.current().address,
            "salt": secrets.token_hex(16),
            **told,
        }
    )
    seq, entry = seq or chain.seq + 1, entry_hash(body)
    link = link_hash(chain.head, seq, entry)
    written = Entry.objects.create(chain=chain, seq=seq, body=body, entry=entry, link=link, **columns(json.loads(body)))
    Chain.objects.filter(pk=chain.pk).update(seq=seq, head=link)
    chain.seq, chain.head = seq, link
    return written


def _notice(chain: Chain, seq: int, facts: dict[str, Any]) -> None:
    subject = Subject("chain", chain.name, chain.name, chain.tenant_id)
    told = {"verb": NOTICED, "changes": {}, "reason": "", "result": Result.ERROR.value, "facts": facts}
    _append(chain, subject, {"actor": _actor(None, GUARD), **told}, seq)


def columns(told: dict[str, Any]) -> dict[str, Any]:
    """The columns that repeat what a body tells. Names and keys are cut to the column; the body has them whole.

    Raises ValueError, KeyError or TypeError for what `record` did not write.
    """
    actor, about = told["actor"], told["object"]
    return {
        "at": datetime.fromisoformat(told["at"]),
        "actor_id": actor["id"],
        "actor_name": actor["name"][:120],
        "verb": told["verb"],
        "object_kind": about["kind"],
        "object_key": about["key"][:300],
        "object_name": about["name"][:300],
        "result": told["result"],
    }


def entry_hash(body: str) -> str:
    """The hash of an entry's exact bytes (reliability.md 6)."""
    return hashlib.sha256(b"fileplan-audit/1/entry\n" + body.encode()).hexdigest()


def link_hash(previous: str, seq: int, entry: str) -> str:
    """The chain value of entry number `seq`: over the value before it, its number and its hash (reliability.md 6)."""
    parts = bytes.fromhex(previous) + seq.to_bytes(8, "big") + bytes.fromhex(entry)
    return hashlib.sha256(b"fileplan-audit/1/chain\n" + parts).hexdigest()


def chain_name(tenant_id: int | None) -> str:
    """The name of a tenant's chain, or of the portal's own."""
    return PORTAL if tenant_id is None else f"tenant-{tenant_id}"


def _actor(by: "Person | None", service: str) -> dict[str, Any]:
    if by is None:
        return {"id": None, "name": service, "kind": "service"}
    return {"id": by.pk, "name": by.name, "kind": "user"}


def _head(tenant_id: int | None) -> Chain:
    """The head of the chain, locked until the transaction ends. A chain is made with its first entry.

    One that is behind what is known outside is brought to a new segment first, whoever comes to add to it.
    """
    chains = Chain.objects.select_for_update()
    chain, _made = chains.get_or_create(name=chain_name(tenant_id), defaults={"tenant_id": tenant_id})
    seen = checkpoints.outside(chain.name)
    if seen is not None and is_ahead(seen, chain):
        hold()
        _notice(chain, seen.seq + 1, {"gap": checkpoints.gap(chain, seen).told})
    return chain


def _needs_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An entry is written in the transaction that it tells of.")
