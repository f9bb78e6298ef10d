"""What a person types about a standing approval. Fields bear the names of the document, so findings lead to them."""
# ruff: noqa: N815  (Graph's name for a name)

from collections.abc import Iterable
from functools import cached_property, partial
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from events.standing import words
from events.standing.document import blank
from portal.changes import fields
from portal.changes.fields import Storable, noted
from portal.mirror.kinds import Document, Finding, Level
from portal.web.widgets import Picker

OFF = {"autocomplete": "off"}
START = {
    "query_kinds": list(words.QUERIES),
    "asset_id_characters": "digits",
    "asset_id_shortest": 1,
    "asset_id_longest": 10,
    "most_per_day": 50,
}
"""What a new form shows first."""


def _text(label: Any, help_text: Any, *, longest: int = 300) -> forms.Field:
    return noted(
        Storable(label=label, help_text=help_text, longest=longest, widget=forms.TextInput(attrs=OFF)), plain=True
    )


def _number(label: Any, help_text: Any = "") -> forms.Field:
    """A whole number; how large it may be, the rules say."""
    wrong = {"invalid": _("Enter a whole number.")}
    field = forms.IntegerField(
        label=label, required=False, help_text=help_text, error_messages=wrong, max_value=10**9, min_value=-(10**9)
    )
    field.widget = forms.NumberInput()
    return noted(field, plain=True)


class StandingForm(forms.Form):
    """One system, one event type, one pattern, until a day; and why."""

    use_required_attribute = False

    displayName = _text(_("Name"), _("Say who leaves it to whom, such as “Leavers from HR”."))
    source = noted(
        forms.ChoiceField(
            label=_("System"),
            required=False,
            help_text=_("Administrators add the systems that may report events."),
            error_messages={"invalid_choice": _("No such system may report here. Choose one of the list.")},
        ),
        plain=True,
    )
    event_type = noted(
        Storable(label=_("Event type"), help_text=_("It decides which labels start."), widget=Picker()), plain=True
    )
    name_template = _text(
        _("Names of its events"), _("With {asset_id} and, if wanted, {day}, such as “Departure {asset_id} {day}”.")
    )
    query_kinds = noted(
        forms.MultipleChoiceField(
            label=_("Its events search for"),
            required=False,
            choices=list(words.QUERIES.items()),
            widget=forms.CheckboxSelectMultiple,
        ),
        plain=True,
    )
    asset_id_characters = noted(
        forms.ChoiceField(
            label=_("An asset ID is made of"),
            required=False,
            choices=list(words.CHARACTERS.items()),
            widget=forms.RadioSelect,
        ),
        plain=True,
    )
    asset_id_shortest = _number(_("Fewest characters of an asset ID"))
    asset_id_longest = _number(_("Most characters of an asset ID"))
    most_per_day = _number(_("Events of one day, at most"), _("What is more waits for a person."))
    expires_on = noted(
        forms.DateField(
            label=_("Last day on which it counts"),
            required=False,
            input_formats=["%Y-%m-%d"],
            help_text=_("Two years away at most. What still waits after that day is not sent."),
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": _("This is no date of the calendar. Enter the last day.")},
        ),
        plain=True,
    )
    reason = fields.reason()
    content_hash = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        types: Iterable[tuple[str, str]] = (),
        sources: Iterable[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", __("Choose a system")), *sources]  # type: ignore[attr-defined]
        self.fields["event_type"].widget.options = partial(list, types)

    @cached_property
    def document(self) -> Document:
        """The standing approval as it was typed, whatever stands against it; what cannot be understood is empty."""
        said = self.cleaned_data
        day = said.get("expires_on")
        typed = {name: said.get(name, empty) for name, empty in blank().items()}
        return typed | {"event_type": said.get("event_type") or None, "expires_on": day.isoformat() if day else None}

    def refuse(self, findings: Iterable[Finding]) -> None:
        """Show what stands against it at its field."""
        for finding in findings:
            if finding.level == Level.BLOCK and finding.field not in self.errors:
                self.add_error(finding.field if finding.field in self.fields else None, finding.message)


class WithdrawForm(forms.Form):
    """Why a standing approval is not to count any more."""

    use_required_attribute = False

    reason = fields.said(_("Why it is withdrawn"))
