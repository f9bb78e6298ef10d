from django import forms
from django.utils.translation import gettext_lazy as _


class ConfirmForm(forms.Form):
    """Why a restored instance may go on, and the run that was looked at."""

    run = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why it was restored, and what you looked at"),
        help_text=_("It becomes part of the history."),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )
