"""What a person types about an event type. Fields bear Graph's names, so that a finding's path leads to its field."""
# ruff: noqa: N815  (these are Graph's names)

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.changes.fields import LONGEST_NAME, Retyped
from portal.changes.forms import ProposeForm
from portal.mirror.kinds import Finding, Level


class TypeForm(ProposeForm):
    """What a change to an event type says, and why."""

    use_required_attribute = False

    description = forms.CharField(
        label=_("Description"),
        max_length=1024,
        required=False,
        help_text=_("Say what happens, and who reports it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ["displayName", "description", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.plain = True  # type: ignore[attr-defined]

    def clean_description(self) -> str:
        """Lines as Graph keeps them, however the browser ends them."""
        return str(self.cleaned_data["description"]).replace("\r\n", "\n")

    def refuse(self, findings: Iterable[Finding]) -> None:
        """Show what stands against it at its field."""
        for finding in findings:
            if finding.level == Level.BLOCK:
                self.add_error(finding.field if finding.field in self.fields else None, finding.message)


class NewTypeForm(TypeForm):
    """A new event type."""

    displayName = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        required=False,
        help_text=_("Say what happens, such as “Contract ended”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["displayName"].grave = _("Names cannot be changed later.")  # type: ignore[attr-defined]


class DeleteTypeForm(Retyped, TypeForm):
    """The name of an event type typed again, and why it shall go."""

    description = None  # type: ignore[assignment]
    name = forms.CharField(
        label=_("Type the event type’s name to confirm"),
        max_length=LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["name", "reason"]
