"""`manage.py sandbox`: the stand-in tenant as a process of its own."""

import json
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.sandbox.faults import BadRule
from portal.sandbox.messages import Json
from portal.sandbox.server import Sandbox
from portal.sandbox.store import StateUnreadable

NOT_NEGATIVE = ("latency_ms", "seed_labels", "token_seconds")


class Command(BaseCommand):
    help = "Serve a stand-in for a Microsoft 365 tenant on this machine, until it is told to stop."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8100, help="0 picks a free one")
        parser.add_argument("--latency-ms", type=int, default=0, help="hold every answer back for that long")
        parser.add_argument("--page-size", type=int, default=100)
        parser.add_argument("--token-seconds", type=int, default=3600, help="how long access tokens are valid")
        parser.add_argument("--seed-labels", type=int, default=60, help="0 starts with an empty tenant")
        parser.add_argument("--seed-events", action="store_true", help="start with events in every state")
        parser.add_argument("--state", type=Path, metavar="FILE", help="keep the tenant in this file")
        parser.add_argument("--journal", type=Path, metavar="FILE", help="append every request to this file")
        parser.add_argument("--faults", type=Path, metavar="FILE", help="a JSON list of fault rules")
        parser.add_argument("--lenient", action="store_true", help="tolerate what Graph may or may not refuse")
        parser.add_argument("--wild", type=int, metavar="SEED", help="leave to chance whatever Graph may choose")

    def handle(self, *args: Any, **given: Any) -> None:
        """Raises CommandError with exit status 2 for a file that cannot be read, 1 for a port that is taken."""
        stopped = threading.Event()
        with opened(given) as sandbox:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopped.set())
            self.stdout.write(f"The sandbox tenant listens on {sandbox.root}")
            self.stdout.flush()
            stopped.wait()


def opened(given: dict[str, Any]) -> Sandbox:
    """The sandbox the command line describes, not yet started."""
    if given["page_size"] < 1 or min(given[name] for name in NOT_NEGATIVE) < 0:
        raise CommandError(
            "--page-size is at least 1, --latency-ms, --seed-labels and --token-seconds are at least 0.", returncode=2
        )
    try:
        return Sandbox(
            port=given["port"],
            seed_labels=given["seed_labels"],
            seed_events=given["seed_events"],
            page_size=given["page_size"],
            token_seconds=given["token_seconds"],
            latency_ms=given["latency_ms"],
            lenient=given["lenient"],
            wild=given["wild"],
            state_file=given["state"],
            journal_file=given["journal"],
            faults=read_rules(given["faults"]),
        )
    except (StateUnreadable, BadRule) as exc:
        raise CommandError(str(exc), returncode=2) from exc
    except (OSError, OverflowError) as exc:
        raise CommandError(f"The sandbox cannot start on port {given['port']}: {exc}.") from exc


def read_rules(file: Path | None) -> list[Json]:
    if file is None:
        return []
    try:
        rules: list[Json] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise CommandError(f"The fault file {file} cannot be read: {exc}.", returncode=2) from exc
    return rules
