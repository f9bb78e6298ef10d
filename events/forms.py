"""What a person types about an event. Queries are built of asset IDs and case words, so that nobody has to know KQL."""
# ruff: noqa: N815  (these are Graph's names)

import re
from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from events import document
from events.happening import LATEST_REPEAT, MOST_REPEATS
from events.rules.events import LONGEST_NAME, YEARS
from portal.changes import fields
from portal.changes.fields import Described, Storable, lines, noted
from portal.changes.models import ChangeRequest
from portal.mirror.kinds import Document
from portal.web.widgets import Picker

LONGEST_TYPED = 280
"""Characters of a name that the database holds beside a marker; what Purview allows is the rules' business (VR-58)."""

FOLLOW_UPS = (30, 90)
"""Days after which an event is most often repeated, for what is labelled only afterwards (domain-rules.md 4.7)."""

COMMON_ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Zurich",
    "Europe/Helsinki",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
)
WHY = ("request", "title", "reason")


class Shown(TextChoices):
    """Which events the list shows."""

    PENDING = "pending", _("Spreading")
    ERROR = "error", _("Failed in part")
    OVERDUE = "overdue", _("No word for 7 days")
    SUCCESS = "success", _("Spread")
    OTHER = "other", _("Purview does not say")
    GONE = "gone", _("Gone from Purview")


class FilterForm(forms.Form):
    """What the list of events is narrowed by. What it does not understand is left out."""

    q = forms.CharField(label=_("Search names"), required=False, max_length=200)
    type = forms.ChoiceField(label=_("Event type"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("Any status")), *Shown.choices])

    def __init__(self, *args: Any, types: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [("", _("Any event type")), *((name, name) for name in types)]  # type: ignore[attr-defined]
        for name in self.fields:
            if self[name].errors:
                self.cleaned_data[name] = ""

    @property
    def is_active(self) -> bool:
        return any(self.cleaned_data.values())


def zone_choices() -> list[tuple[str, Any]]:
    """Common zones first, then every zone of the tz database."""
    every = sorted(document.zones())
    return [
        ("", __("Choose a time zone")),
        (__("Common time zones"), [(zone, zone) for zone in COMMON_ZONES]),
        (__("All time zones"), [(zone, zone) for zone in every]),
    ]


def _each(label: Any, help_text: Any, *, rows: int = 3) -> forms.Field:
    """Several texts, one per line."""
    widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "autocomplete": "off"})
    return noted(Storable(label=label, help_text=help_text, longest=20_000, widget=widget), plain=True)


class EventForm(forms.Form):
    """Everything Graph takes of an event (contract 3.4), how it is repeated, and why it is wanted."""

    bound_field_class = Described
    use_required_attribute = False

    displayName = noted(
        Storable(
            label=_("Name"),
            longest=LONGEST_TYPED,
            counted=LONGEST_NAME,
            help_text=_("Say what happened to whom, such as “Departure 4711”. Fileplan adds its marker."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
        plain=True,
    )
    retentionEventType = noted(
        Storable(label=_("Event type"), help_text=_("It decides which labels start."), widget=Picker()), plain=True
    )
    day = noted(
        forms.DateField(
            label=_("Happened on"),
            required=False,
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": _("This is no date of the calendar. Enter the day it happened.")},
        ),
        plain=True,
    )
    zone = noted(
        forms.ChoiceField(
            label=_("In the time zone"),
            required=False,
            choices=zone_choices,
            error_messages={"invalid_choice": _("Fileplan does not know this time zone. Choose one of the list.")},
        ),
        plain=True,
    )
    asset_ids = _each(_("Asset IDs"), _("Files with one of these. One per line; paste them from a sheet."))
    case_words = _each(_("Case words"), _("Messages with one of these, each as it is written. One per line."))
    files_kql = _each(_("Other queries for files"), _("Property:value, one query per line."), rows=2)
    messages_kql = _each(_("Other queries for messages"), _("Keyword Query Language, one query per line."), rows=2)
    confirmed_type = noted(
        Storable(
            label=_("Type the name of the event type to confirm"),
            help_text=_("Without a query the event reaches everything that has a label of its type."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
        plain=True,
    )
    note = Storable(label=_("Note"), longest=800, widget=lines())
    follow_ups = noted(
        forms.MultipleChoiceField(
            label=_("Repeat it for what is labelled later"),
            required=False,
            choices=[(str(days), "") for days in FOLLOW_UPS],
            widget=forms.CheckboxSelectMultiple,
        ),
        plain=True,
    )
    other_days = noted(
        Storable(
            label=_("After other numbers of days"),
            help_text=_("1 to 365, separated by commas, such as 14, 180. At most five repetitions in all."),
            longest=100,
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        ),
        plain=True,
    )
    request = fields.part_of()
    title = fields.title()
    reason = fields.reason()
    content_hash = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        without: Iterable[str] = (),
        drafts: Iterable[ChangeRequest] = (),
        types: Iterable[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in without:
            self.fields.pop(name)
        if "request" in self.fields:
            fields.offer(self.fields["request"], drafts)
        self.fields["follow_ups"].choices = [  # type: ignore[attr-defined]
            (str(days), _("after %(days)d days") % {"days": days}) for days in FOLLOW_UPS
        ]
        self.fields["retentionEventType"].widget.options = partial(list, types)

    def clean_day(self) -> date | None:
        """A day far from any item's life is a slip of the keyboard (VR-57)."""
        day: date | None = self.cleaned_data["day"]
        if day and not YEARS[0] <= day.year <= YEARS[1]:
            raise forms.ValidationError(__("Enter a date between the years 1900 and 2200."))
        return day

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if not zone:
            raise forms.ValidationError(__("Choose the time zone it happened in: a day begins when it begins there."))
        return zone

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).replace("\r\n", "\n")

    def clean_other_days(self) -> list[int]:
        typed = [one for one in re.split(r"[\s,;]+", str(self.cleaned_data["other_days"])) if one]
        days = [int(one) for one in typed if one.isascii() and one.isdigit() and len(one) <= 3]
        if len(days) < len(typed) or not all(1 <= one <= LATEST_REPEAT for one in days):
            raise forms.ValidationError(__("Enter numbers of days from 1 to 365, separated by commas."))
        return days

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if len(self.repeats_after) > MOST_REPEATS:
            self.add_error("other_days", __("An event is repeated five times at most. Leave out some of the days."))
        return said

    @property
    def queries(self) -> list[Document]:
        """What the event searches for, as Graph takes it: one query for all asset IDs, one for all case words."""
        ids, words = self._lines("asset_ids"), self._lines("case_words")
        files = [document.files_query(ids)] if ids else []
        messages = [document.messages_query(words)] if words else []
        asked = [(document.FILES, one) for one in [*files, *self._lines("files_kql")]]
        asked += [(document.MESSAGES, one) for one in [*messages, *self._lines("messages_kql")]]
        return [{"queryType": kind, "query": query} for kind, query in asked]

    @property
    def repeats_after(self) -> list[int]:
        """The days after which the event is repeated."""
        said = self.cleaned_data
        return sorted({*map(int, said.get("follow_ups") or []), *(said.get("other_days") or [])})

    def _lines(self, name: str) -> list[str]:
        """What stands on the lines of a field, each once; a cell of a sheet may bring its tab along."""
        typed = str(self.cleaned_data.get(name, "")).replace("\t", "\n").splitlines()
        return list(dict.fromkeys(line.strip() for line in typed if line.strip()))


def initial_of(wanted: Document) -> dict[str, str]:
    """What the fields show of an event's document."""
    said = document.day_of(wanted)
    shown = {
        "displayName": document.name_of(wanted),
        "retentionEventType": str(wanted["retentionEventType"] or ""),
        "day": said[0].isoformat() if said else "",
        "note": document.note_of(wanted),
    }
    if said:
        shown["zone"] = said[1]
    return shown | _typed_queries(wanted["eventQueries"])


def _typed_queries(queries: Iterable[Document]) -> dict[str, str]:
    """Each query where it was typed: as asset IDs or case words, or as it is."""
    typed: dict[str, list[str]] = {"asset_ids": [], "case_words": [], "files_kql": [], "messages_kql": []}
    for one in queries:
        is_files, query = one["queryType"] == document.FILES, str(one["query"])
        listed, free = ("asset_ids", "files_kql") if is_files else ("case_words", "messages_kql")
        found = document.asset_ids_in(query) if is_files else document.case_words_in(query)
        taken = found if not typed[listed] else []
        typed[listed if taken else free] += taken or [query]
    return {name: "\n".join(each) for name, each in typed.items()}


class WithdrawForm(forms.Form):
    """Why an event is not to be sent after all."""

    use_required_attribute = False

    reason = fields.said(_("Why it is withdrawn"))


class StopForm(forms.Form):
    """Why an event is not repeated any more."""

    use_required_attribute = False

    reason = fields.said(_("Why it is not repeated any more"))


class CloseForm(forms.Form):
    """What somebody found in Purview and did about it."""

    use_required_attribute = False

    statement = fields.said(_("What you found in Purview, and what was done about it"))
