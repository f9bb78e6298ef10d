"""Systems that report what happened, what they prove themselves with, and how often they may."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit.trail import Subject
from portal.tenants.models.people import Person
from portal.tenants.models.tenants import Tenant


class System(models.Model):
    """Something outside that reports what happened, such as an HR system. Its person writes, and never decides."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="systems")
    name = models.CharField(_("Name"), max_length=80)
    slug = models.SlugField()
    person = models.OneToOneField(Person, models.PROTECT, related_name="system")
    event_types = models.JSONField(default=list, help_text="Names of the event types it may report.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["tenant", "slug"], name="tenants_system_slug_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("system", args=[self.tenant.slug, self.pk])

    @property
    def subject(self) -> Subject:
        return Subject("system", self.slug, self.name, self.tenant_id)


class Scope(models.TextChoices):
    """What a key is good for."""

    WRITE = "events:write", _("Report events")
    READ = "events:read", _("Ask what became of them")


class Key(models.Model):
    """What a system proves itself with. Neither its token nor its secret is kept: both are shown once (S24, S25)."""

    system = models.ForeignKey(System, models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True, help_text="Of its token, to find it by.")
    token_hash = models.CharField(max_length=64, help_text="SHA-256 of the token.")
    signing_key = models.CharField(max_length=64, help_text="SHA-256 of the secret, which is the key of the HMAC.")
    scopes = models.JSONField(default=list)
    slot = models.PositiveSmallIntegerField(null=True, blank=True, help_text="One of two places for active keys.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["system", "slot"], name="tenants_key_two_at_most"),
            models.CheckConstraint(
                name="tenants_key_slot_is_free_once_revoked",
                condition=Q(slot__isnull=True) | Q(slot__in=(1, 2), revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.prefix

    @property
    def can(self) -> list[str]:
        """What it is good for, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]

    @property
    def subject(self) -> Subject:
        """Told in the history of its system."""
        return self.system.subject._replace(name=f"{self.system.name}, {self.prefix}")

    @property
    def state(self) -> str:
        """active, expired or revoked."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "active"


class Meter(models.Model):
    """How often something is done, as one number (meter.py)."""

    name = models.CharField(max_length=100, unique=True)
    filled_at = models.FloatField(default=0, help_text="Seconds since 1970: when what was done is forgotten.")

    def __str__(self) -> str:
        return self.name
