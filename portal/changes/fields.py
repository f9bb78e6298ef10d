"""Fields of what people write: refused only if they cannot be stored, counted, and read out with what rules say."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from portal.audit import canonical
from portal.changes.models import ChangeRequest

LONGEST_NAME = 300
"""Characters of a name the database holds; what Purview allows is the rules' business (VR-02)."""

UNREADABLE = "\ufffd"
"""What the server puts where a text came in bytes that are no text, such as half of a surrogate pair."""


def storable(text: str) -> None:
    """Raises ValidationError for text that neither the database nor Graph can hold (reliability.md 8)."""
    try:
        canonical.text(text)
    except canonical.Uncanonical:
        readable = False
    else:
        readable = UNREADABLE not in text
    if not readable:
        raise forms.ValidationError(
            _("This text contains a character that cannot be stored. Enter it again without that character.")
        )


class Storable(forms.CharField):
    """A text that is refused only if it cannot be stored. `counted` shows how many of that many characters are used."""

    def __init__(self, *, longest: int = LONGEST_NAME, counted: int = 0, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        kept = [one for one in self.validators if not isinstance(one, ProhibitNullCharactersValidator)]
        too_long = _("This has %(show_value)s characters; %(limit_value)s can be kept. Shorten it.")
        self.validators = [*kept, storable, MaxLengthValidator(longest, too_long)]
        if counted:
            self.counted, self.max_length = True, counted  # for the page's counter; the browser cuts nothing off


class Retyped(forms.Form):
    """What is grave is confirmed by typing its name again, in the field `name`."""

    def __init__(self, *args: Any, wanted: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = wanted

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name != self.wanted.strip():
            raise forms.ValidationError(_("Type “%(name)s”, exactly as it is written.") % {"name": self.wanted})
        return name


class Described(forms.BoundField):
    """A field whose findings are read out with it."""

    @property
    def aria_describedby(self) -> str | None:
        return " ".join(filter(None, [super().aria_describedby, f"{self.auto_id}_findings"]))


def noted(field: forms.Field, **words: Any) -> forms.Field:
    """A field with the words shared/field.html shows beside its label: `note`, `grave`, `plain` (not “optional”)."""
    for name, value in words.items():
        setattr(field, name, value)
    return field


def lines(*, rows: int = 2) -> forms.Textarea:
    """A text of several lines."""
    return forms.Textarea(attrs={"rows": rows})


def said(label: Any) -> forms.Field:
    """Some sentences that become part of the history."""
    return noted(Storable(label=label, longest=1000, widget=lines()), plain=True)


# Beside what is wanted: which change it becomes part of, what that is called, and why.


def part_of() -> forms.Field:
    return noted(
        forms.ChoiceField(label=_("Part of"), required=False, help_text=_("A change is decided on as a whole.")),
        plain=True,
    )


def title() -> forms.Field:
    return Storable(label=_("Title of the change"), longest=200, help_text=_("Left empty, it says what is done."))


def reason() -> forms.Field:
    return noted(
        Storable(
            label=_("Reason for this change"),
            longest=2000,
            help_text=_("Approvers read it first, auditors read it last. It becomes part of the history."),
            widget=lines(rows=3),
        ),
        plain=True,
    )


def offer(field: forms.Field, drafts: Iterable[ChangeRequest]) -> None:
    """Let a `part_of` name one of these drafts, or a new change."""
    added = [(str(draft.number), __("Add to change %(draft)s") % {"draft": draft}) for draft in drafts]
    field.choices = [("", __("A new change")), *added]  # type: ignore[attr-defined]
