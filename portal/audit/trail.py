"""Writing the trail. One chain per tenant and one for the portal, appended inside the transaction that it tells of (G6, G9)."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.db import connection, transaction

from portal.audit import canonical
from portal.audit.models import Chain, Entry, Result
from portal.web import origin

if TYPE_CHECKING:
    from portal.tenants.models import Person

SCHEMA = 1
PORTAL = "portal"


class Subject(NamedTuple):
    """What an entry is about. `key` finds the record again, `name` is kept as it was; no tenant: the portal's own chain."""

    kind: str
    key: str
    name: str
    tenant_id: int | None


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
    else the reader needs, in canonical JSON. Raises TransactionManagementError outside a transaction, so that no change
    and its entry can come apart.
    """
    _needs_transaction()
    subject = about.subject
    at = datetime.now(UTC)
    body = canonical.dumps(
        {
            "schema": SCHEMA,
            "at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor": {"id": by.pk if by else None, "name": by.name if by else service, "kind": "user" if by else "service"},
            "verb": verb,
            "object": {"kind": subject.kind, "key": subject.key, "name": subject.name},
            "changes": changes or {},
            "reason": reason,
            "result": result.value,
            "facts": facts,
            "request": origin.current().request_id,
            "address": origin.current().address,
            "salt": secrets.token_hex(16),
        }
    )
    chain = _head(subject.tenant_id)
    seq = chain.seq + 1
    entry = entry_hash(body)
    link = link_hash(chain.head, seq, entry)
    written = Entry.objects.create(
        chain=chain,
        seq=seq,
        at=at,
        actor=by,
        actor_name=by.name if by else service,
        verb=verb,
        object_kind=subject.kind,
        object_key=subject.key,
        object_name=subject.name[:300],
        result=result,
        body=body,
        entry=entry,
        link=link,
    )
    Chain.objects.filter(pk=chain.pk).update(seq=seq, head=link)
    return written


def entry_hash(body: str) -> str:
    """The hash of an entry's exact bytes (reliability.md 6)."""
    return hashlib.sha256(b"fileplan-audit/1/entry\n" + body.encode()).hexdigest()


def link_hash(previous: str, seq: int, entry: str) -> str:
    """The chain value of entry number `seq`: over the value before it, its number and its hash (reliability.md 6)."""
    parts = bytes.fromhex(previous) + seq.to_bytes(8, "big") + bytes.fromhex(entry)
    return hashlib.sha256(b"fileplan-audit/1/chain\n" + parts).hexdigest()


def _head(tenant_id: int | None) -> Chain:
    """The head of the chain, locked until the transaction ends. A chain is made with its first entry."""
    name = PORTAL if tenant_id is None else f"tenant-{tenant_id}"
    Chain.objects.get_or_create(name=name, defaults={"tenant_id": tenant_id})
    return Chain.objects.select_for_update().get(name=name)


def _needs_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An entry is written in the transaction that it tells of.")
