"""What people may do in a tenant, and what a directory gives roles for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.audit.trail import Subject
from portal.tenants.models.people import Person
from portal.tenants.models.tenants import Tenant


class Role(models.TextChoices):
    """What a person may do in one tenant. Somebody can have several."""

    AUTHOR = "author", _("Author")
    APPROVER = "approver", _("Approver")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


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
