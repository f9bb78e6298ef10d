"""Django's `migrate`, as the owner of the tables where OWNER_DATABASE_URL names one."""

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    """Brings the tables to this version; the application's role gets its rights on them."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if "owner" in connections:
            parser.set_defaults(database="owner")
