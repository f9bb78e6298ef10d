"""An office with approved changes and events is backed up, goes on pushing, and is brought back (G15, S31).

Run by test_drill.py as `python -m tests.drill.drill WAY` with a DATA_DIR and a database of its own and SETTLE=0. WAY is
how it is restored: `command`, with `manage.py restore`; or `hand`, past Fileplan, with an old file or pg_restore.
Prints one line, and ends with the first promise that is broken.
"""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from portal.audit import checkpoints, restored, verify_audit  # noqa: E402
from portal.audit.models import Chain, Entry  # noqa: E402
from portal.audit.verify import verify  # noqa: E402
from portal.backup import actions as backup  # noqa: E402
from portal.backup import manifest, postgresql, sqlite  # noqa: E402
from portal.backup.queries import Look  # noqa: E402
from portal.changes import actions, push  # noqa: E402
from portal.changes.models import Change, ChangeRequest, Push  # noqa: E402
from portal.changes.objects import Wanted  # noqa: E402
from portal.changes.push import order  # noqa: E402
from portal.changes.tasks import sweep, synchronise  # noqa: E402
from portal.mirror.models import Cause  # noqa: E402
from portal.sandbox.server import Sandbox  # noqa: E402
from tests.chaos.office import Office, connected  # noqa: E402
from tests.crash import snapshots  # noqa: E402
from tests.crash.scenarios import submitted  # noqa: E402
from tests.happening import created, event  # noqa: E402

KEPT = settings.DATA_DIR / "backup"


class Drill:
    """One office, its sandbox tenant, and what is known of both."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        snapshots.make()
        call_command("migrate", verbosity=0)
        self.office = Office(connected("drill", sandbox.root), seed=9)
        self.tenant = self.office.tenant
        synchronise(self.tenant, cause=Cause.COMMAND)
        self.tenant.refresh_from_db()

    def run(self, way: str) -> str:
        self.works()
        waiting = self.is_backed_up_with_work_in_hand()
        lost = self.goes_on(waiting)
        written, entries = self.sandbox.ledger(), links()
        RESTORED[way]()
        self.sends_nothing(written)
        self.lists_what_it_does_not_know(lost)
        self.goes_on_once(waiting, written)
        self.tells_what_it_lost(entries)
        return f"{way}: {len(written)} writes, {len(self.sandbox.ledger()) - len(written)} after it, none twice"

    def works(self) -> None:
        """A day like any other: labels, event types, categories, events."""
        for _ in range(3):
            self.office.asks_for(6)
            self.approves(submitted(self.tenant, self.office.people[0], [happened()]))
        self.drains()
        checkpoints.sign_all()

    def is_backed_up_with_work_in_hand(self) -> ChangeRequest:
        """Approved and not sent: creations, changes, deletions, events. In review, and returned here: one event."""
        for _ in range(3):
            self.office.asks_for(6)
            self.approves(submitted(self.tenant, self.office.people[0], [happened()]))
        in_review = submitted(self.tenant, self.office.people[0], [happened()])
        call_command("backup", out=KEPT, stdout=open(os.devnull, "w"))  # noqa: SIM115
        call_command("restore", KEPT, verify=True, stdout=open(os.devnull, "w"))  # noqa: SIM115
        return in_review

    def goes_on(self, in_review: ChangeRequest) -> Wanted:
        """All of it is sent, and something more that the backup does not know. Returns that."""
        self.approves(in_review)
        lost = happened()
        self.approves(submitted(self.tenant, self.office.people[0], [lost, self.office.label("Only lately")]))
        self.drains()
        assert not order.next_due(self.tenant)
        assert Change.objects.filter(request__tenant=self.tenant, push=Push.READY).count() == 0
        return lost

    def sends_nothing(self, written: list[dict[str, Any]]) -> None:
        """Workers, the timetable and the command find the same work as on the day of the backup, and leave it."""
        assert order.next_due(self.tenant) is not None
        for _ in range(3):
            sweep()
            push.drain(self.tenant.pk)
        assert self.sandbox.ledger() == written, "something was sent from a restored backup"
        assert restored.pending(self.tenant) is not None, "the restore was not noticed"

    def lists_what_it_does_not_know(self, lost: Wanted) -> None:
        assert Look(self.tenant).run is None
        synchronise(self.tenant, cause=Cause.COMMAND)
        found = {one.row.display_name: one for one in Look(self.tenant).found}
        assert (lost.after or {})["displayName"] in found
        assert found[(lost.after or {})["displayName"]].bears_unknown_marker
        assert "Only lately" in found
        assert any(one.requests for one in found.values()), "no collision with an open request was shown"
        push.drain(self.tenant.pk)

    def goes_on_once(self, in_review: ChangeRequest, written: list[dict[str, Any]]) -> None:
        """Confirmed, everything approved is found and settled; what was in review is approved again, and found too."""
        run = Look(self.tenant).run
        assert run is not None
        reason = "The disk died; every object was looked at."
        backup.confirm(self.tenant, by=self.office.administrator, run=run.pk, reason=reason)
        self.approves(ChangeRequest.objects.get(pk=in_review.pk))
        self.drains()
        left = Change.objects.filter(request__tenant=self.tenant, request__state="approved").exclude(push=Push.DONE)
        assert [(str(one), one.push, one.message) for one in left] == []
        assert self.sandbox.ledger() == written, "something was sent a second time"
        self.approves(submitted(self.tenant, self.office.people[0], [happened(), self.office.label("Quite new")]))
        self.drains()
        assert len(self.sandbox.ledger()) == len(written) + 2
        assert twice(self.sandbox.ledger()) == []

    def tells_what_it_lost(self, before: dict[tuple[str, int], str]) -> None:
        """No number that is known outside was used twice, every chain holds, and the export says what is missing."""
        again = [place for place, link in links().items() if before.get(place, link) != link]
        assert again == [], f"numbers used twice: {again}"
        checkpoints.sign_all()
        for chain in Chain.objects.all():
            verdict = verify(chain)
            assert verdict.is_unbroken, verdict
        out = Path(settings.DATA_DIR) / "history.jsonl"
        call_command("export_audit", self.tenant.slug, out=out, stdout=open(os.devnull, "w"))  # noqa: SIM115
        kept = checkpoints.file_of(f"tenant-{self.tenant.pk}")
        with out.open("rb") as lines, kept.open("rb") as signed:
            report = verify_audit.verify(lines, kept=verify_audit.read_checkpoints(signed))
        assert [one.by for one in report.lost] == [self.office.administrator.name]

    def approves(self, request: ChangeRequest) -> None:
        for person in self.office.people[1 : 1 + request.approvals_wanted]:
            actions.approve(request, by=person, content_hash=request.content_hash)

    def drains(self) -> None:
        for _ in range(20):
            push.drain(self.tenant.pk)
            Change.objects.filter(request__tenant=self.tenant).update(not_before=None)
            if order.next_due(self.tenant) is None:
                return


def happened() -> Wanted:
    happened.count += 1  # type: ignore[attr-defined]
    return created(event(f"Departure {happened.count}"))  # type: ignore[attr-defined]


happened.count = 0  # type: ignore[attr-defined]


def links() -> dict[tuple[str, int], str]:
    """The chain value of every entry up to the last that is known outside, by its chain and number."""
    entries = Entry.objects.values_list("chain__name", "seq", "link")
    known = {
        name: one.seq for name in Chain.objects.values_list("name", flat=True) if (one := checkpoints.outside(name))
    }
    return {(name, seq): link for name, seq, link in entries if seq <= known.get(name, 0)}


def twice(ledger: Iterable[dict[str, Any]]) -> list[Any]:
    """Creations of one name, and writes to one object with one body, that Purview took more than once."""
    counted = Counter((one["method"], one["path"], str(one.get("displayName")), str(one.get("body"))) for one in ledger)
    return [write for write, times in counted.items() if times > 1]


def emptied() -> None:
    """The database is lost."""
    connections.close_all()
    snapshots.make()
    if connection.vendor == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{snapshots.NAME}{ending}").unlink(missing_ok=True)


def by_command() -> None:
    emptied()
    call_command("restore", KEPT, stdout=open(os.devnull, "w"))  # noqa: SIM115


def by_hand() -> None:
    emptied()
    copy = KEPT / manifest.read(KEPT).file
    if connection.vendor == "sqlite":
        shutil.copy(copy, snapshots.NAME)
        assert copy.name == sqlite.FILE
    else:
        postgresql.load(connection, copy)


RESTORED = {"command": by_command, "hand": by_hand}


def main(way: str) -> int:
    with Sandbox(seed_labels=12) as sandbox:
        print(Drill(sandbox).run(way), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
