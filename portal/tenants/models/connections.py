"""How the workers reach a tenant, and who they are there."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.graph.clouds import WRITES
from portal.tenants.models.people import Person
from portal.tenants.models.tenants import Tenant


class Health(models.TextChoices):
    OK = "ok", _("Connected")
    HELD = "held", _("On hold")


class Connection(models.Model):
    """How the workers reach the tenant: health, circuit, and the lease and fence of its pushes (reliability.md 3)."""

    tenant = models.OneToOneField(Tenant, models.PROTECT, related_name="connection")
    health = models.CharField(max_length=10, choices=Health, default=Health.OK)
    held_because = models.CharField(max_length=500, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    has_lapsed = models.BooleanField(default=False, help_text="On hold until somebody signs in for the tenant again.")
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0, help_text="Straight 5xx answers and timeouts.")
    closed_until = models.DateTimeField(null=True, blank=True, help_text="No request before this moment.")
    paused_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    paused_at = models.DateTimeField(null=True, blank=True, help_text="Since when a person lets nothing be sent.")
    paused_because = models.CharField(max_length=500, blank=True)
    loses_markers = models.BooleanField(default=False, help_text="An event was read back without its marker.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="tenants_connection_paused_by_somebody",
                condition=Q(paused_at__isnull=True, paused_by__isnull=True)
                | Q(paused_at__isnull=False, paused_by__isnull=False) & ~Q(paused_because=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.get_health_display()}"


class Account(models.Model):
    """Who the workers are in a tenant: how the portal proves itself there, and what the sign-in of an account left.

    Whatever somebody else could use is encrypted (S22); see `accounts.sealing`.
    """

    tenant = models.OneToOneField(Tenant, models.PROTECT, related_name="account")
    secret = models.TextField(blank=True, help_text="Encrypted.")
    certificate = models.TextField(blank=True, help_text="PEM, instead of a secret.")
    private_key = models.TextField(blank=True, help_text="PEM, encrypted.")
    ends_on = models.DateField(null=True, blank=True, help_text="Last day of the secret or the certificate.")
    cache = models.TextField(blank=True, help_text="MSAL's token cache, encrypted. Empty: nobody has signed in.")
    by_device = models.BooleanField(default=False, help_text="Signed in by a code, and refreshed without a secret.")
    username = models.CharField(max_length=254, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    scopes = models.JSONField(default=list, help_text="What its token allows.")
    signed_in_at = models.DateTimeField(null=True, blank=True)
    signed_in_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    refreshed_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked = models.JSONField(default=list, help_text="What each listing answered when it was last tried.")
    told_of = models.CharField(
        max_length=100, blank=True, help_text="The trouble administrators were written to about."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="tenants_account_key_with_its_certificate",
                condition=Q(certificate="", private_key="") | (~Q(certificate="") & ~Q(private_key="") & Q(secret="")),
            ),
        ]

    def __str__(self) -> str:
        return self.username or str(self.tenant)

    @property
    def is_connected(self) -> bool:
        return bool(self.cache)

    @property
    def may_write(self) -> bool:
        """Whether its token allows to write. Its Purview role shows at the first write only (contract 2.3)."""
        return WRITES in self.scopes

    @property
    def proves_itself_with(self) -> str:
        """`certificate`, `secret`, or nothing yet."""
        return "certificate" if self.certificate else "secret" if self.secret else ""
