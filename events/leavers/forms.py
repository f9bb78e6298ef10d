"""What a person sends of a list of leavers."""

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from events.leavers import lists
from portal.changes import fields
from portal.changes.fields import Storable, noted


class ListForm(forms.Form):
    """A list of leavers, as a file or pasted, and what its change is called."""

    use_required_attribute = False

    file = noted(
        forms.FileField(
            label=_("A CSV file"),
            required=False,
            allow_empty_file=True,
            help_text=_("It takes the place of what stands below."),
            widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        ),
        plain=True,
    )
    rows = noted(
        Storable(
            label=_("The list"),
            longest=lists.LARGEST,
            strip=False,
            help_text=_("The first line names the columns. Several IDs, words or days in one cell stand apart by |."),
            widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"}),
        ),
        plain=True,
    )
    title = fields.title()
    reason = fields.reason()
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """The file takes the place of what is pasted."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("file"):
            try:
                cleaned["rows"] = lists.decoded(cleaned["file"].read())
            except lists.Unreadable as exc:
                self.add_error("file", str(exc))
        elif not str(cleaned.get("rows", "")).strip() and "rows" not in self.errors:
            self.add_error("rows", __("Choose a file, or paste the list here."))
        return cleaned

    @property
    def text(self) -> str:
        return str(self.cleaned_data["rows"])

    def showing(self, listed: lists.Listed) -> "ListForm":
        """The form as it is shown again: what the file said can be corrected in its place."""
        again = ListForm(
            {**{name: self.data.get(name) for name in self.data}, "rows": listed.text, "seen": listed.seen}
        )
        again.is_valid()
        for error in self.errors.get("rows", []):
            again.add_error("rows", error)
        return again
