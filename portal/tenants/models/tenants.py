"""A Microsoft 365 tenant with its policy."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.audit.trail import Subject


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
