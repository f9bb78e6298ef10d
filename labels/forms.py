"""What a person types about a label. Fields bear Graph's names, so that a finding's path leads to its field."""
# ruff: noqa: N815  (these are Graph's names)

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labels import stages
from labels.document import PARTS
from labels.models import AfterPeriod, Behavior, RecordStarts, Trigger
from labels.words import DESCRIPTORS, FIELDS
from portal.changes import fields
from portal.changes.fields import Described, Retyped, Storable, lines, noted
from portal.changes.models import ChangeRequest
from portal.graph.reading import FOREVER, LONGEST, days_of, duration_body
from portal.mirror.kinds import Document
from portal.web.widgets import Chips, Picker, Radios, Text

ADDS = _("Add “%s” to this change")
"""The last entry of a picker, with what was typed."""

UNITS = {"days": 1, "months": 30, "years": 365}
"""Days per unit as Purview counts them (domain-rules.md 2.1)."""

TEXTS = ("displayName", "descriptionForAdmins", "descriptionForUsers")
CHOICES = ("behaviorDuringRetentionPeriod", "retentionTrigger", "actionAfterRetentionPeriod")
CITATION = ("citationUrl", "citationJurisdiction")
WHY = ("request", "title", "reason")


def _radios(choices: Any, consequences: Mapping[str, Text], grave: Mapping[str, Text], field: str) -> forms.Field:
    widget = Radios(consequences=consequences, grave=grave)
    chosen = forms.ChoiceField(label=FIELDS[field], choices=choices.choices, required=False, widget=widget)
    return noted(chosen, plain=True)


class LabelForm(forms.Form):
    """Every property of a label that Graph takes on creation (contract 3.3), and why it is wanted.

    `without` names what cannot be edited here: it is shown as text instead. Stages are a formset beside it.
    """

    bound_field_class = Described
    use_required_attribute = False

    displayName = noted(
        Storable(
            label=FIELDS["displayName"],
            counted=64,
            help_text=_("Say what it is and for how long."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
        grave=_("Names cannot be changed later."),
        plain=True,
    )
    descriptionForAdmins = Storable(label=FIELDS["descriptionForAdmins"], longest=10_000, counted=1024, widget=lines())
    descriptionForUsers = Storable(label=FIELDS["descriptionForUsers"], longest=10_000, counted=1024, widget=lines())
    behaviorDuringRetentionPeriod = _radios(
        Behavior,
        {
            Behavior.RETAIN: _("Users may edit and move it, deleting keeps a copy."),
            Behavior.RECORD: _("Users cannot delete it."),
            Behavior.REGULATORY: _("Nobody can edit, delete or unlabel it."),
            Behavior.DO_NOT_RETAIN: _("Only used to delete or relabel after a time."),
        },
        {Behavior.REGULATORY: _("Cannot be undone")},
        "behaviorDuringRetentionPeriod",
    )
    defaultRecordBehavior = _radios(
        RecordStarts,
        {
            RecordStarts.LOCKED: _("No edits until somebody unlocks it."),
            RecordStarts.UNLOCKED: _("Edits allowed, deletion not."),
        },
        {},
        "defaultRecordBehavior",
    )
    retentionDuration = noted(
        Storable(
            label=_("For how long"),
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        ),
        plain=True,
    )
    retentionDurationUnit = forms.ChoiceField(
        label=_("Unit of the period"),
        choices=[("days", _("days")), ("months", _("months")), ("years", _("years")), (FOREVER, _("for ever"))],
        required=False,
    )
    retentionTrigger = _radios(
        Trigger,
        {
            Trigger.CREATED: _("Mail: sent or received."),
            Trigger.MODIFIED: _("Files only; every edit starts again."),
            Trigger.EVENT: _("Kept without limit until the event is recorded."),
        },
        {Trigger.LABELED: _("Period can never change")},
        "retentionTrigger",
    )
    retentionEventType = noted(
        Storable(label=FIELDS["retentionEventType"], widget=Picker(attrs={"data-adds": ADDS})), plain=True
    )
    actionAfterRetentionPeriod = _radios(
        AfterPeriod,
        {
            AfterPeriod.NOTHING: _("The label stays, the item may be deleted."),
            AfterPeriod.DELETE: _("At once, without asking anybody."),
            AfterPeriod.REVIEW: _("People decide in up to five stages."),
            AfterPeriod.RELABEL: _("Another label takes over."),
        },
        {},
        "actionAfterRetentionPeriod",
    )
    labelToBeApplied = noted(Storable(label=FIELDS["labelToBeApplied"], widget=Picker()), plain=True)
    department, category, subcategory, authority, citation, filePlanReference = (
        noted(Storable(label=DESCRIPTORS[part], widget=Picker(attrs={"data-adds": ADDS})), plain=True)
        for part in ("department", "category", "subcategory", "authority", "citation", "filePlanReference")
    )
    citationUrl = Storable(label=_("Web address"), longest=2000)
    citationJurisdiction = Storable(label=_("Jurisdiction"))
    request = fields.part_of()
    title = fields.title()
    reason = fields.reason()
    content_hash = forms.CharField(required=False, widget=forms.HiddenInput)
    base = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        without: Iterable[str] = (),
        drafts: Iterable[ChangeRequest] = (),
        options: Mapping[str, Iterable[tuple[str, str]]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in without:
            self.fields.pop(name, None)
        if "request" in self.fields:
            fields.offer(self.fields["request"], drafts)
        for name, suggestions in (options or {}).items():
            if name in self.fields:
                self.fields[name].widget.options = partial(list, suggestions)

    def clean(self) -> dict[str, Any]:
        """The period as Graph writes it, in one place: `retentionDuration`, None where none is set."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if "retentionDuration" in said:
            try:
                said["retentionDuration"] = duration_of(
                    said["retentionDuration"], said.get("retentionDurationUnit", "")
                )
            except forms.ValidationError as error:
                self.add_error("retentionDuration", error)
        if any(said.get(name) for name in CITATION) and not said.get("citation"):
            self.add_error("citation", _("Name the citation."))
        return said

    def document(self, start: Document, reviewed: list[Document] | None) -> Document:
        """`start` with what the form says instead; what could not be read stays as it was. `reviewed`: the stages."""
        said = self.cleaned_data
        wanted: Document = {
            **start,
            **{name: said[name] or None for name in ("retentionEventType", "labelToBeApplied") if name in said},
        }
        wanted |= {name: _same_lines(said[name], start[name]) for name in TEXTS if name in said}
        wanted |= {
            name: said[name] for name in (*CHOICES, "defaultRecordBehavior", "retentionDuration") if name in said
        }
        wanted["retentionTrigger"] = wanted["retentionTrigger"] or None
        wanted["defaultRecordBehavior"] = wanted["defaultRecordBehavior"] or RecordStarts.LOCKED.value
        wanted["descriptors"] = {**start["descriptors"], **{part: said[part] or None for part in PARTS if part in said}}
        if reviewed is not None:
            wanted["dispositionReviewStages"] = reviewed
        return wanted


def only_open(wanted: Document) -> Document:
    """A new label without what its choices close: an event type or stages that nobody sees are not meant."""
    closed: Document = {}
    if wanted["retentionTrigger"] != Trigger.EVENT:
        closed["retentionEventType"] = None
    if wanted["actionAfterRetentionPeriod"] != AfterPeriod.RELABEL:
        closed["labelToBeApplied"] = None
    if wanted["actionAfterRetentionPeriod"] != AfterPeriod.REVIEW:
        closed["dispositionReviewStages"] = []
    if wanted["behaviorDuringRetentionPeriod"] != Behavior.RECORD:
        closed["defaultRecordBehavior"] = RecordStarts.LOCKED.value
    return wanted | closed


def duration_of(text: str, unit: str) -> dict[str, Any] | None:
    """A period as Graph writes it, None for none. Raises ValidationError unless it is 1 to 36,525 days (VR-10)."""
    if unit == FOREVER:
        return duration_body(FOREVER)
    if not text:
        return None
    days = int(text) * UNITS.get(unit, 1) if re.fullmatch("[0-9]{1,5}", text) else 0
    if not 1 <= days <= LONGEST:
        raise forms.ValidationError(_("Enter 1 to 36,525 days, or choose for ever"))
    return duration_body(days)


def period_fields(duration: object) -> dict[str, str]:
    """What the two fields of a period show: the largest unit that says it exactly."""
    days = days_of(duration)
    if days == FOREVER:
        return {"retentionDuration": "", "retentionDurationUnit": FOREVER}
    if not isinstance(days, int):
        return {"retentionDuration": "", "retentionDurationUnit": "years"}
    if days % 365 == 0:
        return {"retentionDuration": str(days // 365), "retentionDurationUnit": "years"}
    if days % 30 == 0 and days < 24 * 30:
        return {"retentionDuration": str(days // 30), "retentionDurationUnit": "months"}
    return {"retentionDuration": str(days), "retentionDurationUnit": "days"}


def initial_of(document: Document) -> dict[str, Any]:
    """What the fields show of a document."""
    plain = (*TEXTS, *CHOICES, "defaultRecordBehavior", "retentionEventType", "labelToBeApplied")
    shown = {name: document[name] or "" for name in plain}
    shown |= {part: document["descriptors"].get(part) or "" for part in PARTS}
    return shown | period_fields(document["retentionDuration"])


def _same_lines(said: str, before: str) -> str:
    """A text with line ends as before: browsers send their own, and the form cuts outer spaces off."""
    lines = said.replace("\r\n", "\n")
    return before if lines == before.replace("\r\n", "\n").strip() else lines


class StageForm(forms.Form):
    """One stage of a disposition review."""

    bound_field_class = Described
    use_required_attribute = False

    name = noted(Storable(label=_("Stage name"), widget=forms.TextInput(attrs={"autocomplete": "off"})), plain=True)
    reviewersEmailAddresses = noted(
        Storable(label=_("Reviewers"), longest=10_000, widget=Chips({"placeholder": _("E-mail address")}, most=10)),
        note=_("any one of them decides"),
        plain=True,
    )

    def clean_reviewersEmailAddresses(self) -> list[str]:  # noqa: N802
        return stages.addresses(self.cleaned_data["reviewersEmailAddresses"])


StageFormSet = forms.formset_factory(StageForm, extra=0, max_num=stages.MOST_TYPED, absolute_max=stages.MOST_TYPED)


def stage_documents(formset: "forms.BaseFormSet[StageForm]") -> list[Document]:
    """The stages as a document holds them, in their order; what could not be read is left empty."""
    return [
        {
            "stageNumber": str(number),
            "name": form.cleaned_data.get("name", ""),
            "reviewersEmailAddresses": form.cleaned_data.get("reviewersEmailAddresses", []),
        }
        for number, form in enumerate(formset.forms, start=1)
    ]


def typed_stages(document: Document) -> list[stages.Typed]:
    """A document's stages as the form shows them."""
    return [
        {"name": stage["name"], "reviewersEmailAddresses": "\n".join(stage["reviewersEmailAddresses"])}
        for stage in document["dispositionReviewStages"]
    ]


class DeleteForm(Retyped):
    """The name of a label typed again, and why it shall go."""

    bound_field_class = Described
    use_required_attribute = False

    name = noted(
        Storable(label=_("Type the label’s name to confirm"), widget=forms.TextInput(attrs={"autocomplete": "off"})),
        plain=True,
    )
    reason = fields.reason()
