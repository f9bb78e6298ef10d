"""Fields of what people write: refused only if they cannot be stored, counted, and read out with what rules say."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from portal.audit import canonical

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
