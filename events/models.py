"""Event types and events as the tenant was last seen to hold them, standing approvals, and what systems reported."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events import document, spreading
from portal.changes.models import ChangeRequest
from portal.graph import reading
from portal.mirror.models import Mirrored
from portal.tenants.models import System


class RetentionEventType(Mirrored):
    """A general kind of thing that happens, which starts the period of the labels bound to it."""

    description = models.TextField(blank=True)
    is_built_in = models.BooleanField(default=False, help_text="Came with Purview (contract 3.5).")

    class Meta(Mirrored.Meta):
        ordering = ["display_name"]


class Status(models.TextChoices):
    """How far an event has spread (domain-rules.md 4.4). The misspelling is Microsoft's (T17)."""

    PENDING = "pending", _("Spreading")
    ERROR = "error", _("Failed in part")
    SUCCESS = "success", _("Spread")
    NOT_AVAILABLE = "notAvaliable", _("Purview does not say")


class RetentionEvent(Mirrored):
    """Something that happened, and so started periods. Never changed once the tenant holds it."""

    event_type_name = models.CharField(max_length=300, blank=True)
    happened_at = models.DateTimeField(null=True, blank=True)
    bare_name = models.CharField(max_length=300, help_text="Folded, without its marker.")
    search_key = models.CharField(max_length=64, help_text="Equal for events that reach the same.")
    marker = models.CharField(max_length=14, blank=True)
    is_scoped = models.BooleanField(default=True)
    status = models.CharField(max_length=40, blank=True, help_text="As Graph spells it.")
    status_at = models.DateTimeField(null=True, blank=True, help_text="When Graph last updated it.")
    has_ended = models.BooleanField(default=False, help_text="Whether every place has said how it ended.")
    has_failed = models.BooleanField(default=False, help_text="Whether it failed, or failed in some place.")
    looks = models.PositiveIntegerField(default=0, help_text="How often its spreading was looked at.")
    look_at = models.DateTimeField(null=True, blank=True, help_text="When it is looked at next.")

    class Meta(Mirrored.Meta):
        ordering = ["-created_at", "-pk"]
        indexes = [
            *Mirrored.Meta.indexes,
            models.Index(fields=["tenant", "event_type_name", "-happened_at"], name="events_event_of_type"),
            models.Index(fields=["tenant", "bare_name"], name="events_event_bare_name"),
            models.Index(fields=["tenant", "search_key"], name="events_event_search"),
            models.Index(fields=["tenant", "created_at"], name="events_event_spreading", condition=Q(has_ended=False)),
        ]

    @property
    def name(self) -> str:
        """As its author wrote it."""
        return document.name_of(self.document)

    @property
    def results(self) -> list[dict[str, str]]:
        """What Graph says of each service and location."""
        return spreading.places_of(self.raw)

    @property
    def error(self) -> str:
        """What Graph says went wrong, in its own words."""
        error = spreading.error_of(self.raw)
        return str(reading.text_or_none(error.get("message")) or error.get("code") or "")

    @property
    def error_code(self) -> str:
        """The code Graph gives it."""
        return str(spreading.error_of(self.raw).get("code") or "")

    @property
    def next_look(self) -> datetime | None:
        """When its spreading is looked at next; None where it is not looked at any more."""
        if self.has_ended or self.gone_at or self.created_at is None:
            return None
        first = self.created_at + spreading.FIRST
        return self.look_at or (None if self._is_a_week_old else first)

    @property
    def is_look_due(self) -> bool:
        """Whether the next look is to be made just now."""
        return self.next_look is not None and self.next_look <= timezone.now()

    @property
    def is_overdue(self) -> bool:
        """Whether its week is over and some place has not said how it ended."""
        return not self.has_ended and self.gone_at is None and self._is_a_week_old

    @property
    def _is_a_week_old(self) -> bool:
        return self.created_at is not None and timezone.now() >= self.created_at + spreading.UNTIL


class StandingApproval(Mirrored):
    """What approves events of one system in advance. Kept in Fileplan alone; once withdrawn it never counts again."""

    source = models.CharField(max_length=50, help_text="Name of the system.")
    event_type_name = models.CharField(max_length=300)
    expires_on = models.DateField(help_text="The last day on which it counts, in UTC.")
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_because = models.CharField(max_length=1000, blank=True)

    class Meta(Mirrored.Meta):
        ordering = ["display_name"]
        constraints = [
            *Mirrored.Meta.constraints,
            models.CheckConstraint(
                name="events_standing_withdrawn_is_gone",
                condition=models.Q(withdrawn_by__isnull=True, withdrawn_because="")
                | models.Q(withdrawn_by__isnull=False, gone_at__isnull=False) & ~models.Q(withdrawn_because=""),
            ),
        ]


class Call(models.Model):
    """One message of a system that was taken: once, however often it is sent (S26). Its body is kept as a hash."""

    system = models.ForeignKey(System, models.PROTECT, related_name="calls")
    message = models.CharField(max_length=100, help_text="The id that the system gave it.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body.")
    request = models.ForeignKey(ChangeRequest, models.PROTECT, null=True, blank=True, related_name="calls")
    answer = models.JSONField(default=dict, help_text="What was answered first, and is answered again.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["system", "message"], name="events_call_once")]

    def __str__(self) -> str:
        return self.message
