"""What an administrator says of a system, and of a key."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.changes.fields import storable
from portal.mirror.kinds import folded
from portal.tenants.models import Scope

USUAL = timedelta(days=365)


class SystemForm(forms.Form):
    """What it is called, and what it may report. A type that is gone from the tenant stays chosen until it is taken."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("As your people call it, such as “Workday” or “HR master data”."),
        validators=[storable],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    event_types = forms.MultipleChoiceField(
        label=_("Event types it may report"),
        required=False,
        help_text=_("Anything else it sends is refused."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, types: Iterable[str], chosen: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = {folded(name): name for name in [*types, *chosen]}
        self.fields["event_types"].choices = [(name, name) for name in sorted(named.values())]  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    """What a key is good for, and until when."""

    scopes = forms.TypedMultipleChoiceField(
        label=_("It can"),
        choices=Scope.choices,
        coerce=Scope,
        initial=Scope.values,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the key is for.")},
    )
    last_day = forms.DateField(
        label=_("Last day"),
        help_text=_("At most two years from now. Make the next key some days before."),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is no date of the calendar. Enter the last day of the key.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_day"].initial = timezone.now().date() + USUAL

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if not timezone.now().date() <= day <= timezone.now().date() + timedelta(days=730):
            raise forms.ValidationError(_("A key ends on a day from today on, and within two years."))
        return day

    @property
    def expires_at(self) -> datetime:
        """The end of its last day, in UTC."""
        day: date = self.cleaned_data["last_day"]
        return datetime.combine(day + timedelta(days=1), time(), UTC)
