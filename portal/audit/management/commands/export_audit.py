"""Writes a history out, for `verify_audit.py` and for keeping elsewhere."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit.export import Export, export
from portal.audit.models import Chain
from portal.audit.trail import Recorded, ThePortal

SERVICE = "command line"


class Command(BaseCommand):
    help = "Writes the history of a tenant, or of the portal itself, to a file that verify_audit.py checks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "tenant",
            nargs="?",
            help="As it stands in the address of its pages. Left out: sign-ins, people and new tenants.",
        )
        parser.add_argument("--out", type=Path, required=True, metavar="FILE")

    def handle(self, *args: Any, tenant: str | None = None, out: Path, **options: Any) -> None:
        about = _about(tenant)
        try:
            exported = _write(about, out)
        except OSError as exc:
            raise CommandError(f"The history cannot be written out: {exc}.") from exc
        self.stdout.write(f"{exported.own.chain.name}: {exported.own.seq} entries in {out}")


def _about(tenant: str | None) -> Recorded:
    if tenant is None:
        return ThePortal()
    chain = Chain.objects.filter(tenant__slug=tenant).select_related("tenant").first()
    if chain is None or chain.tenant is None:
        raise CommandError(f"There is no history of “{tenant}”.", returncode=2)
    return chain.tenant


def _write(about: Recorded, out: Path) -> Export:
    """Whole or not at all, and for its owner only: a history names people. Raises OSError."""
    draft = out.with_name(f"{out.name}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        exported = export(about, service=SERVICE)
        file.writelines(exported.chunks())
    draft.replace(out)
    return exported
