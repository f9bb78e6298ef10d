"""P6 and G19: a page of a long history beside one of a short history, and proving it beside hashing it.

Entries are made as `trail.record` makes them, only many at a time; that they verify says that they are the same.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import connection, transaction

from bench.figures import Figure, in_turn, medians, scaled, timed
from bench.parts.listing import opened, signed_in
from bench.rows import connected
from portal.audit import canonical, export, trail, triggers, verify_audit
from portal.audit.models import Chain, Entry
from portal.audit.verify import verify
from portal.tenants.models import Role, Tenant

FEW, MANY = scaled(10_000), scaled(1_000_000, least=100)
ROUNDS = 15
MILLION = 1_000_000
AT_ONCE = 5_000
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def measure(folder: Path) -> Iterator[Figure]:
    few, many = (_with_entries(count) for count in (FEW, MANY))
    yield from _pages(few, many)
    yield _verification(many)
    yield from _export(many, folder / "history.jsonl")


def _pages(few: Tenant, many: Tenant) -> Iterator[Figure]:
    for role in (Role.AUTHOR, Role.AUDITOR):
        browser = signed_in(role, tenants=[few, many])
        pages = {tenant.slug: partial(opened, browser, f"/t/{tenant.slug}/history/") for tenant in (few, many)}
        for page in pages.values():
            page()
        took = medians(in_turn(ROUNDS, pages, time.process_time))
        ours, theirs = took[many.slug] * 1000, took[few.slug] * 1000
        what = f"history page of an {role.value}, {MANY:,} entries"
        yield Figure("P6", what, f"the same, {FEW:,} entries", ours, theirs, "ms of CPU", 1.3)


def _verification(tenant: Tenant) -> Figure:
    chain = Chain.objects.get(tenant=tenant)
    bare = timed(partial(_hash_bodies, chain), time.process_time)
    ours = timed(partial(_must_verify, chain), time.process_time)
    scale = MILLION / chain.seq
    what = "verification in the database, a million entries"
    return Figure("P6", what, "reading and SHA-256 of the bodies", ours * scale, bare * scale, "s of CPU", 3.0)


def _export(tenant: Tenant, file: Path) -> Iterator[Figure]:
    with file.open("wb") as out:
        out.writelines(export.export(tenant, service="Bench").chunks())
    bare = timed(partial(_hash_lines, file), time.process_time)
    ours = timed(partial(_must_verify_file, file), time.process_time)
    scale = MILLION / Chain.objects.get(tenant=tenant).seq
    what = "verify_audit.py, a million entries"
    yield Figure("P6", what, "SHA-256 of each line of the file", ours * scale, bare * scale, "s of CPU", 3.0)
    yield Figure("G19", what, "", ours * scale, None, "s of CPU", 60.0)


def _hash_bodies(chain: Chain) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM audit_entry WHERE chain_id = %s ORDER BY seq", [chain.pk])
        while rows := cursor.fetchmany(1_000):
            for (body,) in rows:
                hashlib.sha256(body.encode()).digest()


def _hash_lines(file: Path) -> None:
    with file.open("rb") as lines:
        for line in lines:
            hashlib.sha256(line).digest()


def _must_verify(chain: Chain) -> None:
    verdict = verify(chain)
    if not verdict.is_unbroken or verdict.count < MANY:
        raise RuntimeError(f"{verdict.count} entries verify. {verdict.because}")


def _must_verify_file(file: Path) -> None:
    with file.open("rb") as lines:
        report = verify_audit.verify(lines)
    if report.entries < MANY:
        raise RuntimeError(f"Only {report.entries} entries verify.")


def _with_entries(count: int) -> Tenant:
    """A tenant whose history has so many entries, about a sync and a change each hour."""
    tenant = connected("http://127.0.0.1:1")
    chain = Chain.objects.create(name=trail.chain_name(tenant.pk), tenant=tenant)
    triggers.lift(connection)  # which let a chain move by one entry at a time only
    with transaction.atomic():
        for written in _linked(chain, count):
            Entry.objects.bulk_create(written)
            Chain.objects.filter(pk=chain.pk).update(seq=written[-1].seq, head=written[-1].link)
    triggers.install(connection)
    return tenant


def _linked(chain: Chain, count: int) -> Iterable[list[Entry]]:
    """Entries in portions, each following the one before it."""
    template, link, portion = _template(chain), chain.head, []
    for seq in range(1, count + 1):
        at = (FIRST + timedelta(seconds=seq * 30)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body = template.replace("@at", at).replace("@key", str(seq % 500)).replace("@salt", f"{seq:032x}")
        entry = trail.entry_hash(body)
        link = trail.link_hash(link, seq, entry)
        portion.append(_entry(chain, seq, body, entry, link))
        if len(portion) == AT_ONCE or seq == count:
            yield portion
            portion = []


def _entry(chain: Chain, seq: int, body: str, entry: str, link: str) -> Entry:
    return Entry(
        chain=chain,
        seq=seq,
        body=body,
        entry=entry,
        link=link,
        at=FIRST + timedelta(seconds=seq * 30),
        actor_name="Sync",
        verb="mirror.changed_outside",
        object_kind="retentionLabel",
        object_key=f"label-{seq % 500}",
        object_name="Bench series",
    )


def _template(chain: Chain) -> str:
    return canonical.dumps(
        {
            "schema": trail.SCHEMA,
            "chain": chain.name,
            "at": "@at",
            "actor": {"id": None, "name": "Sync", "kind": "service"},
            "verb": "mirror.changed_outside",
            "object": {"kind": "retentionLabel", "key": "label-@key", "name": "Bench series"},
            "changes": {"descriptionForUsers": ["Kept for six years.", "Kept for six years, then reviewed."]},
            "reason": "",
            "result": "ok",
            "facts": {"by_graph": "Maren Okafor", "at_graph": "2025-01-01 00:00:00+00:00"},
            "request": "9f0c5e1e-8b0e-4f0e-9d0b-2f0e0d3c1b5a",
            "address": "",
            "salt": "@salt",
        }
    )
