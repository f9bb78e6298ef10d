"""What a person types about an event type. Fields bear Graph's names, so that a finding's path leads to its field."""
# ruff: noqa: N815  (these are Graph's names)

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.changes.forms import ProposeForm
from portal.mirror.kinds import Finding, Level

LONGEST_NAME = 300
"""Characters of a name the database holds; what Purview allows is the rules' business (VR-02)."""


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


class DeleteTypeForm(TypeForm):
    """The name of an event type typed again, and why it shall go."""

    description = None  # type: ignore[assignment]
    name = forms.CharField(
        label=_("Type the event type’s name to confirm"),
        max_length=LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["name", "reason"]

    def __init__(self, *args: Any, wanted: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = wanted

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name != self.wanted.strip():
            raise forms.ValidationError(_("Type “%(name)s”, exactly as it is written.") % {"name": self.wanted})
        return name
