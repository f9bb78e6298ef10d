from django.db import models


class Heartbeat(models.Model):
    """When something that should go on by itself last did: one row each, moved by it."""

    name = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField(help_text="Database time.")

    def __str__(self) -> str:
        return self.name
