"""The keys that tokens and secrets of Microsoft accounts are encrypted with."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.environment import new_token_key
from portal.errors import Refused
from portal.tenants.accounts import actions
from portal.tenants.accounts.sealing import key_id


class Command(BaseCommand):
    help = "Make a key for TOKEN_KEYS, list the ids of those in use, or encrypt everything with the newest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["new", "list", "rotate"])

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "new":
            self.stdout.write(new_token_key())
        elif verb == "list":
            self.stdout.write("\n".join(map(key_id, settings.TOKEN_KEYS)))
        else:
            self._rotate()

    def _rotate(self) -> None:
        try:
            rotated = actions.rotate_keys()
        except Refused as exc:
            raise CommandError(str(exc.sentence)) from exc
        newest = key_id(settings.TOKEN_KEYS[0])
        self.stdout.write(f"{rotated} accounts are encrypted anew. All are with key {newest}; older keys can go now.")
