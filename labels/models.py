"""Retention labels and file-plan descriptors as the tenant was last seen to hold them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.mirror.models import HERE, Mirrored

BY_VALUE = ("department", "category", "authority", "event_type_name")
"""The columns whose values the list offers as choices, beside periods."""


class Behavior(models.TextChoices):
    """What holds during the period (contract 4.3). Graph may answer others; they are kept as they came."""

    RETAIN = "retain", _("Retain")
    RECORD = "retainAsRecord", _("Retain as a record")
    REGULATORY = "retainAsRegulatoryRecord", _("Retain as a regulatory record")
    DO_NOT_RETAIN = "doNotRetain", _("Do not retain")


class Trigger(models.TextChoices):
    """What the period is counted from (contract 4.3)."""

    CREATED = "dateCreated", _("The day it was created")
    MODIFIED = "dateModified", _("The last edit")
    LABELED = "dateLabeled", _("The day it was labelled")
    EVENT = "dateOfEvent", _("An event")


class AfterPeriod(models.TextChoices):
    """What happens when the period ends (contract 4.3, T4)."""

    NOTHING = "none", _("Do nothing")
    DELETE = "delete", _("Delete")
    REVIEW = "startDispositionReview", _("Start a disposition review")
    RELABEL = "relabel", _("Relabel")


class RecordStarts(models.TextChoices):
    """How a record begins its life (contract 4.3)."""

    LOCKED = "startLocked", _("Locked")
    UNLOCKED = "startUnlocked", _("Unlocked")


class RetentionLabel(Mirrored):
    """A retention label as the tenant was last seen to hold it. Never edited here: changes are proposed.

    The columns are what lists filter by; the document is the whole. Values unknown to Fileplan stand as they came.
    """

    behavior = models.CharField(max_length=60, choices=Behavior)
    action = models.CharField(max_length=60, choices=AfterPeriod)
    trigger = models.CharField(max_length=60, choices=Trigger, blank=True)
    retention_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: for ever, or no retention.")
    is_forever = models.BooleanField(default=False)
    event_type_name = models.CharField(max_length=300, blank=True)
    next_label = models.CharField(max_length=300, blank=True)
    record_starts = models.CharField(max_length=60, choices=RecordStarts)
    stage_count = models.PositiveSmallIntegerField(default=0)
    reviewer_count = models.PositiveIntegerField(default=0, help_text="Different reviewers over all stages.")
    is_in_use = models.BooleanField(default=False, help_text="Graph says whether, not how often.")
    authority = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=300, blank=True)
    subcategory = models.CharField(max_length=300, blank=True)
    citation = models.CharField(max_length=300, blank=True)
    department = models.CharField(max_length=300, blank=True)
    reference_id = models.CharField(max_length=300, blank=True)

    class Meta(Mirrored.Meta):
        ordering = ["display_name"]
        constraints = [
            *Mirrored.Meta.constraints,
            models.CheckConstraint(
                name="labels_retentionlabel_days_in_range",
                condition=Q(retention_days__isnull=True) | Q(retention_days__range=(1, 36_525)),
                violation_error_message=_("Enter 1 to 36,525 days, or choose for ever."),
            ),
        ]
        indexes = [
            *Mirrored.Meta.indexes,
            *(models.Index(fields=["tenant", name], name=f"labels_by_{name}", condition=HERE) for name in BY_VALUE),
            models.Index(fields=["tenant", "retention_days", "is_forever"], name="labels_by_period", condition=HERE),
            *(
                models.Index(fields=["tenant", field], name=f"labels_by_{field}")
                for field in (
                    "behavior",
                    "action",
                    "trigger",
                    "next_label",
                    "subcategory",
                    "citation",
                    "reference_id",
                )
            ),
        ]


class Descriptor(Mirrored):
    """A value that labels can be described with: an authority, category, subcategory, citation, department or file plan
    reference. Its `kind` says which."""

    parent_name = models.CharField(max_length=300, blank=True, help_text="The category a subcategory belongs to.")
    citation_url = models.TextField(blank=True)
    citation_jurisdiction = models.TextField(blank=True)

    class Meta(Mirrored.Meta):
        ordering = ["display_name"]
