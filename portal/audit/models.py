"""The trail: entries that are only ever added, one chain per tenant and one for the portal (reliability.md 6)."""

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Unalterable(Exception):
    """Entries are never changed or removed."""


class EntryQuerySet(models.QuerySet["Entry"]):
    """Refuses what the database's own triggers refuse too."""

    def of(self, tenant_id: int | None) -> "EntryQuerySet":
        """The entries of a tenant's chain, or of the portal's own.

        The chain is looked up by itself: were it joined, PostgreSQL would not know that an index has their order.
        """
        return self.filter(chain=Chain.objects.filter(tenant=tenant_id)[:1])

    def update(self, **kwargs: Any) -> NoReturn:
        raise Unalterable("Entries of the history are never changed.")

    def delete(self) -> NoReturn:
        raise Unalterable("Entries of the history are never removed.")


class Chain(models.Model):
    """The head of one chain. `tenant` is empty for the portal's own: sign-ins, people, new tenants."""

    tenant = models.OneToOneField("tenants.Tenant", models.PROTECT, null=True, blank=True, related_name="chain")
    name = models.CharField(max_length=80, unique=True)
    seq = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return self.name


class Result(models.TextChoices):
    OK = "ok", _("Done")
    DENIED = "denied", _("Denied")
    ERROR = "error", _("Failed")


class Entry(models.Model):
    """One thing that happened. `body` holds the exact bytes that are chained; the other columns repeat parts."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="entries")
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    verb = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=60, blank=True)
    object_key = models.CharField(max_length=300, blank=True)
    object_name = models.CharField(max_length=300, blank=True)
    result = models.CharField(max_length=10, choices=Result, default=Result.OK)
    body = models.TextField()
    entry = models.CharField(max_length=64)
    link = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["chain_id", "-seq"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="audit_entry_no_fork"),
            models.CheckConstraint(name="audit_entry_counts_from_one", condition=Q(seq__gte=1)),
        ]
        indexes = [
            models.Index(fields=["chain", "object_kind", "object_key", "-seq"], name="audit_entry_of_object"),
            models.Index(fields=["chain", "-at"], name="audit_entry_by_time"),
            models.Index(fields=["chain", "actor_name", "-seq"], name="audit_entry_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Unalterable("Entries of the history are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Unalterable("Entries of the history are never removed.")


class Restoration(models.Model):
    """This database was found to be older than what is known outside it: nothing is sent until somebody has looked."""

    noticed_at = models.DateTimeField(
        help_text="Database time; what was drafted before is looked up before it is sent."
    )

    def __str__(self) -> str:
        return f"{self.noticed_at:%Y-%m-%d %H:%M:%S} UTC"


class Confirmation(models.Model):
    """An administrator's word, for one tenant, that it may go on after a restoration."""

    restoration = models.ForeignKey(Restoration, models.PROTECT, related_name="confirmations")
    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+")
    by = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField(max_length=2000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["restoration", "tenant"], name="audit_confirmation_once"),
            models.CheckConstraint(name="audit_confirmation_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.restoration}"
