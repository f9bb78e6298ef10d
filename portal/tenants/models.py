"""A Microsoft 365 tenant: its connection, its people and their roles, and the systems that report to it."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit.trail import Subject
from portal.graph.clouds import WRITES


class Role(models.TextChoices):
    """What a person may do in one tenant. Somebody can have several."""

    AUTHOR = "author", _("Author")
    APPROVER = "approver", _("Approver")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=email.strip(), name=name.strip(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who signs in. What they may do stands in their memberships, tenant by tenant."""

    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(_("Name"), max_length=120)
    directory_id = models.CharField(max_length=36, blank=True, help_text="Of the Microsoft account: its tid.")
    object_id = models.CharField(max_length=36, blank=True, help_text="Of the Microsoft account: its oid.")
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False, help_text="Writes for a System; nobody signs in with it.")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="tenants_person_email_ignoring_case"),
            models.UniqueConstraint(
                fields=["directory_id", "object_id"],
                condition=~Q(object_id=""),
                name="tenants_person_one_per_microsoft_account",
            ),
            models.CheckConstraint(
                name="tenants_person_microsoft_account_whole",
                condition=Q(directory_id="", object_id="") | ~Q(directory_id="") & ~Q(object_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("person", str(self.pk), self.name, None)

    @property
    def is_of_microsoft(self) -> bool:
        """Whether they sign in through Microsoft."""
        return bool(self.object_id)

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class Cloud(models.TextChoices):
    """The clouds of contract section 1. China does not offer this API and is refused."""

    GLOBAL = "global", _("Global")
    US_GOV_L4 = "us_gov_l4", _("US Government L4 (GCC High)")
    US_GOV_L5 = "us_gov_l5", _("US Government L5 (DoD)")
    SANDBOX = "sandbox", _("Sandbox")


class Tenant(models.Model):
    """A Microsoft 365 tenant with its policy: how many people must approve what."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("Name"), max_length=120)
    cloud = models.CharField(max_length=20, choices=Cloud)
    sandbox_root = models.URLField(blank=True, help_text="Only for the sandbox cloud: its own root on this machine.")
    api_version = models.CharField(max_length=10, default="v1.0", choices=[("v1.0", "v1.0"), ("beta", "beta")])
    directory_id = models.CharField(max_length=64, blank=True)
    client_id = models.CharField(max_length=64, blank=True)
    domains = models.JSONField(default=list, blank=True, help_text="Mail domains of the tenant (VR-24).")
    approvals_routine = models.PositiveSmallIntegerField(default=1)
    approvals_irreversible = models.PositiveSmallIntegerField(default=2)
    event_days_manual = models.PositiveSmallIntegerField(
        _("Waiting period of events that people record, in days"), default=0
    )
    event_days_automatic = models.PositiveSmallIntegerField(
        _("Waiting period of events that systems report, in days"), default=14
    )
    limits_queries = models.BooleanField(default=False, help_text="Who decides on events alone sees their queries.")
    last_number = models.PositiveIntegerField(default=0, help_text="Of a change request.")
    baseline_at = models.DateTimeField(
        null=True, blank=True, help_text="When the first complete sync set what is agreed."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="tenants_tenant_root_only_in_sandbox",
                condition=Q(cloud="sandbox") ^ Q(sandbox_root=""),
                violation_error_message=_("A sandbox tenant needs its root; any other tenant must not have one."),
            ),
            models.CheckConstraint(
                name="tenants_tenant_approvals_in_range",
                condition=Q(approvals_routine__range=(1, 5)) & Q(approvals_irreversible__range=(1, 5)),
                violation_error_message=_("Ask for 1 to 5 approvals."),
            ),
            models.CheckConstraint(
                name="tenants_tenant_event_days_in_range",
                condition=Q(event_days_manual__range=(0, 365)) & Q(event_days_automatic__range=(0, 365)),
                violation_error_message=_("Let events wait 0 to 365 days."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tenant-desk", args=[self.slug])

    @property
    def subject(self) -> Subject:
        return Subject("tenant", self.slug, self.name, self.pk)

    @property
    def is_sandbox(self) -> bool:
        return self.cloud == Cloud.SANDBOX


class Claim(models.TextChoices):
    """What of a token a role is given for."""

    APP_ROLE = "app_role", _("App role")
    GROUP = "group", _("Group")


class RoleMapping(models.Model):
    """Whoever a directory gives this app role, or has in this group, holds the role in the tenant.

    It names its directory: who runs another one that may sign in hands out app roles of the same name.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="role_mappings")
    directory_id = models.CharField(max_length=36)
    claim = models.CharField(max_length=10, choices=Claim)
    value = models.CharField(max_length=120, help_text="Value of the app role, or object id of the group.")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        ordering = ["role", "claim", "value", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "directory_id", "claim", "value", "role"], name="tenants_rolemapping_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_claim_display()} {self.value}"

    @property
    def subject(self) -> Subject:
        return Subject("mapping", str(self.pk), str(self), self.tenant_id)


class Source(models.TextChoices):
    """Where a role comes from. Kept: the directory gives it no longer, to the only administrator of a tenant."""

    HAND = "hand", _("By hand")
    DIRECTORY = "directory", _("From Microsoft")
    KEPT = "kept", _("Kept")


class Membership(models.Model):
    """One role of one person in one tenant."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    source = models.CharField(max_length=10, choices=Source, default=Source.HAND)
    mapping = models.ForeignKey(RoleMapping, models.PROTECT, null=True, blank=True, related_name="memberships")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "person", "role"], name="tenants_membership_once"),
            models.CheckConstraint(
                name="tenants_membership_of_a_mapping",
                condition=Q(source="directory", mapping__isnull=False)
                | ~Q(source="directory") & Q(mapping__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"


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
    def subject(self) -> Subject:
        """Told in the history of its system."""
        return self.system.subject._replace(name=f"{self.system.name}, {self.prefix}")

    @property
    def state(self) -> str:
        """active, expired or revoked."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "active"


class Method(models.TextChoices):
    """What somebody proved who they are with."""

    PASSWORD = "password", _("password")
    MICROSOFT = "microsoft", _("Microsoft")


class Presence(models.Model):
    """That somebody proved to Microsoft who they are, for one decision about one content (presence.py)."""

    key = models.CharField(max_length=43, unique=True, help_text="Random; in the form it lets through.")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    about = models.CharField(max_length=400, help_text="The chain, kind and key of what is decided on.")
    content_hash = models.CharField(max_length=64)
    at = models.DateTimeField(help_text="When they proved it, according to Microsoft.")
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "about"], name="tenants_presence_of_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.about}"


class Meter(models.Model):
    """How often something is done, as one number (meter.py)."""

    name = models.CharField(max_length=100, unique=True)
    filled_at = models.FloatField(default=0, help_text="Seconds since 1970: when what was done is forgotten.")

    def __str__(self) -> str:
        return self.name
