"""The tenant as last seen. Rows are written by sync and push only, and never deleted."""

from typing import TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.audit.trail import Subject
from portal.tenants.models import Tenant

Row = TypeVar("Row", bound="Mirrored")
HERE, GONE = Q(gone_at__isnull=True), Q(gone_at__isnull=False)
OFF = HERE & ~Q(document_hash=F("agreed_hash"))
DRIFTED = OFF & Q(tenant__baseline_at__isnull=False)
"""Not what was agreed, or never agreed on: counted once there is something agreed."""


class MirroredQuerySet(models.QuerySet[Row]):
    """Reads shared by every kind of object."""

    def here(self) -> "MirroredQuerySet[Row]":
        """Rows the tenant still held when it was last read."""
        return self.filter(HERE)

    def drifted(self) -> "MirroredQuerySet[Row]":
        """Rows that are not what was agreed, or were never agreed on."""
        return self.filter(DRIFTED)


class Mirrored(models.Model):
    """One object of the tenant as it was last seen to be. Never edited here: changes are proposed.

    `raw` is Graph's answer as it came, `document` what it means (design.md), `agreed` the document last approved or
    adopted. Drift is `document != agreed`.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    graph_id = models.CharField(max_length=300)
    display_name = models.CharField(max_length=300)
    raw = models.JSONField()
    document = models.JSONField()
    document_hash = models.CharField(max_length=64)
    agreed = models.JSONField(null=True, blank=True)
    agreed_hash = models.CharField(max_length=64, blank=True)
    created_by = models.CharField(max_length=300, blank=True, help_text="According to Graph.")
    created_at = models.DateTimeField(null=True, blank=True, help_text="According to Graph.")
    changed_by = models.CharField(max_length=300, blank=True, help_text="According to Graph.")
    changed_at = models.DateTimeField(null=True, blank=True, help_text="According to Graph.")
    seen_at = models.DateTimeField(help_text="Database time at which the read began.")
    gone_at = models.DateTimeField(null=True, blank=True)

    objects = MirroredQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "graph_id"], name="%(app_label)s_%(class)s_once"),
        ]
        indexes = [
            # What every page counts, so that counting reads no rows: with their documents they are long.
            models.Index(
                fields=["tenant", "kind", "display_name"], name="%(app_label)s_%(class)s_here", condition=HERE
            ),
            models.Index(fields=["tenant", "kind", "display_name"], name="%(app_label)s_%(class)s_off", condition=OFF),
            models.Index(fields=["tenant", "gone_at"], name="%(app_label)s_%(class)s_gone", condition=GONE),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.graph_id, self.display_name, self.tenant_id)

    @property
    def is_drifted(self) -> bool:
        return self.gone_at is None and self.tenant.baseline_at is not None and self.document_hash != self.agreed_hash


class RunState(models.TextChoices):
    RUNNING = "running", _("Running")
    COMPLETE = "complete", _("Complete")
    INCOMPLETE = "incomplete", _("Incomplete")


class Cause(models.TextChoices):
    TIMETABLE = "timetable", _("Timetable")
    PERSON = "person", _("Asked for")
    COMMAND = "command", _("Command line")


class SyncRun(models.Model):
    """One complete listing of every kind, or the attempt at one. The mirror changes only when it is complete."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="sync_runs")
    state = models.CharField(max_length=12, choices=RunState, default=RunState.RUNNING)
    cause = models.CharField(max_length=12, choices=Cause)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text="A run that is not touched for five minutes was abandoned.")
    finished_at = models.DateTimeField(null=True, blank=True)
    listed = models.PositiveIntegerField(default=0, help_text="Objects seen.")
    created = models.PositiveIntegerField(default=0, help_text="Rows new to the mirror.")
    changed = models.PositiveIntegerField(default=0, help_text="Rows that differ from what was last seen.")
    gone = models.PositiveIntegerField(default=0, help_text="Rows found to be no longer in the tenant.")
    missing = models.JSONField(
        default=list, blank=True, help_text="Kind and id of what a held run lacked; empty for any other run."
    )
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When what it lacked was said to be gone.")
    message = models.CharField(max_length=500, blank=True)
    support = models.CharField(max_length=80, blank=True, help_text="Graph's request id.")

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(state="running"), name="mirror_syncrun_one_at_a_time"
            ),
            models.CheckConstraint(
                name="mirror_syncrun_confirmed_by_somebody",
                condition=Q(confirmed_at__isnull=True) ^ Q(confirmed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant}, {self.started_at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def subject(self) -> Subject:
        return Subject("sync", str(self.pk), str(self), self.tenant_id)

    @property
    def is_held(self) -> bool:
        """Whether it lacked so much that nothing was taken for gone, and nobody has confirmed it."""
        return bool(self.missing) and self.confirmed_at is None

    @property
    def seconds(self) -> float | None:
        """How long it took; none while it runs."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class Staged(models.Model):
    """One object of a listing that is not complete yet."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="staged")
    kind = models.CharField(max_length=40)
    graph_id = models.CharField(max_length=300)
    raw = models.JSONField()
    read_at = models.DateTimeField(help_text="Database time at which its page was asked for.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "kind", "graph_id"], name="mirror_staged_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.graph_id}"
