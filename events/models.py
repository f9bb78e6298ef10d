"""Event types as the tenant was last seen to hold them."""

from django.db import models

from portal.mirror.models import Mirrored


class RetentionEventType(Mirrored):
    """A general kind of thing that happens, which starts the period of the labels bound to it."""

    description = models.TextField(blank=True)
    is_built_in = models.BooleanField(default=False, help_text="Came with Purview (contract 3.5).")

    class Meta(Mirrored.Meta):
        ordering = ["display_name"]
