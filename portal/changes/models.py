"""What somebody wants changed, who decided on it, and what was sent (design.md, reliability.md 3)."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit.trail import Subject
from portal.mirror import kinds
from portal.mirror.kinds import Action, Level
from portal.tenants.models import Method, Tenant


class State(models.TextChoices):
    """A request's own state. How far its changes have come is computed from them, never stored."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN = (State.DRAFT, State.IN_REVIEW, State.APPROVED)


class ChangeRequest(models.Model):
    """Changes that are decided on together. `content_hash` is its version: whoever acts names the hash they read."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="change_requests")
    number = models.PositiveIntegerField()
    title = models.CharField(_("Title"), max_length=200)
    reason = models.TextField(_("Reason for this change"), blank=True, max_length=2000)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    content_hash = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(
        default=0, help_text="Grows when changed content is submitted or edited in review."
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    under = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="covered", help_text="What approved it in advance."
    )
    under_hash = models.CharField(max_length=64, blank=True, help_text="Content of that, as it was then.")
    under_source = models.CharField(max_length=50, blank=True, help_text="System that it was released for.")
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="Approved, rejected or withdrawn.")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="changes_changerequest_number_once"),
            models.CheckConstraint(
                name="changes_changerequest_under_cites_its_hash",
                condition=Q(under__isnull=True, under_hash="", under_source="")
                | Q(under__isnull=False) & ~Q(under_hash="") & ~Q(under_source=""),
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "-number"], name="changes_request_by_state")]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("change", args=[self.tenant.slug, self.number])

    @property
    def subject(self) -> Subject:
        return Subject("request", str(self.number), str(self), self.tenant_id)

    @property
    def is_irreversible(self) -> bool:
        """Whether a finding of one of its changes asks for two approvers (domain-rules.md 2.8)."""
        return any(change.is_irreversible for change in self.changes.all())

    @property
    def approvals_wanted(self) -> int:
        """What the tenant's policy asks for, and never less than its kinds of objects do."""
        tenant, changes = self.tenant, list(self.changes.all())
        irreversible = any(change.is_irreversible for change in changes)
        policy = tenant.approvals_irreversible if irreversible else tenant.approvals_routine
        return max([policy, *(change.of.approvers for change in changes)])


class Carrier(models.TextChoices):
    """Who brings a change about: Graph, a person in Purview, or nobody (it is known to Fileplan alone)."""

    GRAPH = "graph", _("Sent to Purview")
    PERSON = "person", _("By hand")
    NOBODY = "nobody", _("Kept in Fileplan")


class Push(models.TextChoices):
    """How far an approved change has come (reliability.md 3)."""

    NONE = "", _("Not approved")
    READY = "ready", _("Waiting")
    SENDING = "sending", _("Sending")
    UNSURE = "unsure", _("Outcome unknown")
    SENT = "sent", _("Sent")
    PERSON = "person", _("By hand")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", _("Confirmed")
    CANCELLED = "cancelled", _("Given up")


UNFINISHED = (Push.READY, Push.SENDING, Push.UNSURE, Push.SENT)


class Why(models.TextChoices):
    """Why a change stopped and waits for a person."""

    NONE = "", ""
    REJECTED = "rejected", _("Refused by Purview")
    DRIFTED = "drifted", _("Changed meanwhile")
    DUPLICATE = "duplicate", _("Twin found")
    HELD = "held", _("On hold")
    MISMATCH = "mismatch", _("Not what was approved")
    UNCOVERED = "uncovered", _("No longer approved in advance")


CANNOT_REPEAT = (Why.DRIFTED, Why.MISMATCH, Why.UNCOVERED)  # trying again would change nothing


class Change(models.Model):
    """One object created, changed or deleted: what the tenant held when it was drafted, and what is wanted instead.

    Of an object to be adopted: what was agreed, None if nothing ever was, and what the tenant holds.
    """

    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="changes")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    action = models.CharField(max_length=10, choices=Action)
    name = models.CharField(max_length=300, help_text="Display name of the object.")
    parent = models.CharField(max_length=300, blank=True, help_text="Display name of what it lives in.")
    target = models.CharField(max_length=300, blank=True, help_text="Graph id; empty until a creation is seen.")
    base = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    findings = models.JSONField(default=list, blank=True, help_text="As they stood when submitted or edited in review.")
    acknowledgements = models.JSONField(default=list, blank=True, help_text="rule, reason, person and moment of each.")
    carried_by = models.CharField(max_length=10, choices=Carrier, default=Carrier.GRAPH)
    push = models.CharField(max_length=10, choices=Push, default=Push.NONE, blank=True)
    why = models.CharField(max_length=10, choices=Why, default=Why.NONE, blank=True)
    message = models.CharField(max_length=1000, blank=True, help_text="What Graph or Fileplan said, in words.")
    support = models.CharField(max_length=80, blank=True, help_text="Graph's request id.")
    marker = models.CharField(max_length=14, null=True, blank=True, help_text="Of what happens once (markers.py).")
    case = models.CharField(max_length=14, blank=True, help_text="Marker of what it repeats; its own for the first.")
    after_days = models.PositiveIntegerField(default=0, help_text="Days after the first of its case that it waits.")
    held_until = models.DateTimeField(null=True, blank=True, help_text="End of its waiting period.")
    not_before = models.DateTimeField(null=True, blank=True)
    sends = models.PositiveIntegerField(default=0, help_text="Writes sent since it was approved or tried again.")
    negatives = models.PositiveIntegerField(default=0, help_text="Complete look-ups in a row that did not find it.")
    doubted_at = models.DateTimeField(null=True, blank=True, help_text="When a restored backup put it in doubt.")
    sent_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["request_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "kind", "parent", "name", "carried_by"], name="changes_change_once_per_object"
            ),
            models.CheckConstraint(
                name="changes_change_documents_fit_action",
                condition=Q(action=Action.CREATE, base__isnull=True, after__isnull=False)
                | Q(action=Action.UPDATE, base__isnull=False, after__isnull=False)
                | Q(action=Action.ADOPT, after__isnull=False)
                | Q(action=Action.DELETE, base__isnull=False, after__isnull=True),
            ),
            models.CheckConstraint(
                name="changes_change_adopting_sends_nothing",
                condition=~Q(action=Action.ADOPT) | Q(carried_by=Carrier.NOBODY),
            ),
            models.CheckConstraint(
                name="changes_change_stopped_says_why", condition=Q(push=Push.STOPPED) ^ Q(why=Why.NONE)
            ),
            models.UniqueConstraint(fields=["marker"], name="changes_change_marker_once"),
        ]
        indexes = [
            models.Index(fields=["kind", "target"], name="changes_change_of_object"),
            models.Index(fields=["push", "not_before"], name="changes_change_due"),
            models.Index(fields=["case"], name="changes_change_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} “{self.name}”"

    @property
    def subject(self) -> Subject:
        """Told in the history of its request, under the name of its object."""
        return Subject("request", str(self.request.number), self.name, self.request.tenant_id)

    @property
    def of(self) -> kinds.Kind:
        return kinds.of(self.kind)

    @property
    def document(self) -> kinds.Document:
        """What it is about: the wanted document, or the one to be deleted."""
        return self.after or self.base or {}

    @property
    def is_irreversible(self) -> bool:
        return any(finding["two_approvers"] for finding in self.findings)

    @property
    def is_waiting(self) -> bool:
        """Whether it is approved and its waiting period goes on."""
        return self.push == Push.READY and self.held_until is not None and self.held_until > timezone.now()

    @property
    def can_be_taken_back(self) -> bool:
        """Whether it happens once, was approved and is not on its way yet."""
        return self.marker is not None and self.push == Push.READY

    @property
    def is_incident(self) -> bool:
        """Whether it stopped in a way that somebody has to look into in Purview, and then to close."""
        happens_once = self.marker is not None and self.why in (Why.DUPLICATE, Why.HELD)
        return self.push == Push.STOPPED and (self.why == Why.MISMATCH or happens_once)

    @property
    def is_follow_up(self) -> bool:
        """Whether it repeats another change of its request, some days later."""
        return bool(self.case) and self.case != self.marker

    @property
    def acknowledged(self) -> set[str]:
        return {acknowledgement["rule"] for acknowledgement in self.acknowledgements}

    @property
    def unconfirmed(self) -> list[dict[str, Any]]:
        """Findings that still need somebody's explicit confirmation."""
        return [
            finding
            for finding in self.findings
            if finding["level"] == Level.CONFIRM and finding["rule"] not in self.acknowledged
        ]


class Part(models.TextChoices):
    WROTE = "wrote", _("Wrote")
    DECIDES = "decides", _("Decides")


class Hand(models.Model):
    """What part a person has in a request. One row per person: whoever wrote can never decide (VR-74)."""

    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="hands")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    part = models.CharField(max_length=10, choices=Part)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "person"], name="changes_hand_one_part_each"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_part_display()}"


class Verdict(models.TextChoices):
    APPROVE = "approve", _("Approved")
    RETURN = "return", _("Returned")
    REJECT = "reject", _("Rejected")


class Decision(models.Model):
    """A signature: who, which verdict, on exactly which content. It counts while that content is the current one."""

    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict)
    comment = models.TextField(blank=True, max_length=2000)
    content_hash = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    proved_at = models.DateTimeField(null=True, blank=True, help_text="When they proved who they are (G11).")
    method = models.CharField(max_length=10, blank=True, choices=Method, help_text="What they proved it with.")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "by", "content_hash"], name="changes_decision_once_per_content"),
            models.CheckConstraint(
                name="changes_decision_proof_whole",
                condition=Q(proved_at__isnull=True, method="") | Q(proved_at__isnull=False) & ~Q(method=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.by}"


class Attempt(models.Model):
    """One write on its way to Graph. Committed before the request is sent; its outcome is filled in once."""

    change = models.ForeignKey(Change, models.PROTECT, related_name="attempts")
    n = models.PositiveIntegerField()
    fence = models.PositiveBigIntegerField()
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    body_hash = models.CharField(max_length=64, blank=True)
    document_hash = models.CharField(
        max_length=64, blank=True, help_text="Of what the body says, read back as a document."
    )
    client_request_id = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, blank=True)
    status = models.PositiveIntegerField(null=True, blank=True)
    message = models.CharField(max_length=1000, blank=True)
    support = models.CharField(max_length=80, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["change_id", "n"]
        constraints = [models.UniqueConstraint(fields=["change", "n"], name="changes_attempt_numbered")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.n})"
