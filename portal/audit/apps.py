from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate

from portal.audit import durability, grants


class AuditConfig(AppConfig):
    name = "portal.audit"
    label = "audit"

    def ready(self) -> None:
        register(durability.check, Tags.database)
        post_migrate.connect(grants.after_migrate, sender=self, dispatch_uid="portal.audit.grants")
