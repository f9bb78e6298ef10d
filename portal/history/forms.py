from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.audit.models import EntryQuerySet, Result
from portal.history import verbs

HIGHEST = 2**63 - 1  # number of an entry the database can hold
GROUPS = [(group, words) for group, (words, _beginnings) in verbs.GROUPS.items()]
CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "q": lambda text: Q(object_name__icontains=text),
    "who": lambda name: Q(actor_name=name),
    "what": lambda group: Q(*(("verb__startswith", start) for start in verbs.GROUPS[group][1]), _connector=Q.OR),
    "since": lambda day: Q(at__gte=datetime.combine(day, time.min, UTC)),
    "until": lambda day: Q(at__lte=datetime.combine(day, time.max, UTC)),
    "result": lambda result: Q(result=result),
}
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


@dataclass(frozen=True)
class Facet:
    """One button of the filter bar: its name, the fields that open under it, and what is chosen of them, in words."""

    name: str
    fields: list[forms.BoundField]
    chosen: str


class PlaceForm(forms.Form):
    """Where in a history to go on."""

    before = forms.IntegerField(
        label=_("Older entries"), required=False, min_value=1, max_value=HIGHEST, widget=forms.HiddenInput
    )

    @property
    def place(self) -> int | None:
        """The number of the entry before which to go on; None: at the newest."""
        self.is_valid()
        before: int | None = self.cleaned_data.get("before")
        return before


class TrailForm(PlaceForm):
    """What of the history to show. The query string is the truth; a field that cannot be read narrows nothing."""

    q = forms.CharField(label=_("Label or change"), required=False, max_length=200)
    who = forms.ChoiceField(label=_("Who"), required=False, widget=forms.RadioSelect)
    what = forms.ChoiceField(
        label=_("What"), required=False, widget=forms.RadioSelect, choices=[("", _("Everything")), *GROUPS]
    )
    since = forms.DateField(label=_("From"), required=False, widget=DAY)
    until = forms.DateField(label=_("To"), required=False, widget=DAY)
    result = forms.ChoiceField(
        label=_("Result"), required=False, widget=forms.RadioSelect, choices=[("", _("Any result")), *Result.choices]
    )

    def __init__(self, data: Any, *, actors: Sequence[str]) -> None:
        super().__init__(data)
        names = [(name, name) for name in actors if name]
        cast(Any, self.fields["who"]).choices = [("", _("Everybody")), *names]

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for, as far as it could be read; where to go on is not part of it."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value and name != "before"}

    @property
    def facets(self) -> list[Facet]:
        """The buttons of the filter bar."""
        who, what, result = self["who"], self["what"], self["result"]
        return [
            Facet(str(who.label), [who], self._chosen("who")),
            Facet(str(what.label), [what], self._chosen("what")),
            Facet(gettext("When"), [self["since"], self["until"]], self._days()),
            Facet(str(result.label), [result], self._chosen("result")),
        ]

    def _chosen(self, name: str) -> str:
        choices = dict(cast(Any, self.fields[name]).choices)
        return str(choices[self.asked[name]]) if name in self.asked else ""

    def _days(self) -> str:
        since, until = (date_format(day, "j F Y") if day else "" for day in map(self.asked.get, ("since", "until")))
        if since and until:
            return gettext("%(since)s to %(until)s") % {"since": since, "until": until}
        if since:
            return gettext("from %(since)s") % {"since": since}
        return gettext("to %(until)s") % {"until": until} if until else ""

    def narrow(self, entries: EntryQuerySet) -> EntryQuerySet:
        """The entries that were asked for. Days are whole days in UTC."""
        return entries.filter(*(CONDITIONS[name](value) for name, value in self.asked.items()))
