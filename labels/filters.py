"""What the list of labels is narrowed by. The query string is the truth; what it does not understand is left out."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from labels import report
from labels.models import AfterPeriod, Behavior, RetentionLabel, Trigger
from labels.words import DESCRIPTORS
from portal.tenants.models import Tenant

BY_VALUE = ("department", "category", "authority", "event_type_name")


def _several(label: Any, field: str, choices: Any) -> django_filters.MultipleChoiceFilter:
    return django_filters.MultipleChoiceFilter(
        label=label, field_name=field, choices=choices, widget=forms.CheckboxSelectMultiple
    )


class LabelFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Search and facets over the labels of one tenant."""

    q = django_filters.CharFilter(label=_("Search"), method="matching")
    kept = _several(_("Kept as"), "behavior", Behavior.choices)
    starts = _several(_("Starts"), "trigger", Trigger.choices)
    then = _several(_("Then"), "action", AfterPeriod.choices)
    department = _several(DESCRIPTORS["department"], "department", ())
    period = django_filters.MultipleChoiceFilter(
        label=_("Period"), method="lasting", choices=(), widget=forms.CheckboxSelectMultiple
    )
    in_use = django_filters.ChoiceFilter(
        label=_("In use"),
        field_name="is_in_use",
        choices=[("True", _("yes")), ("False", _("no"))],
        empty_label=_("either"),
        widget=forms.RadioSelect,
    )
    category = _several(DESCRIPTORS["category"], "category", ())
    authority = _several(DESCRIPTORS["authority"], "authority", ())
    event_type_name = _several(_("Event type"), "event_type_name", ())
    rule = django_filters.ChoiceFilter(
        label=_("Does not keep"), method="breaking", choices=(), empty_label=_("either"), widget=forms.RadioSelect
    )

    class Meta:
        model = RetentionLabel
        fields: list[str] = []

    def __init__(self, data: Any, queryset: QuerySet[RetentionLabel], *, tenant: Tenant) -> None:
        super().__init__(data, queryset)
        values = values_in(tenant)
        for name in BY_VALUE:
            self.filters[name].extra["choices"] = [(value, value) for value in values[name]]
        self.tenant = tenant
        self.filters["period"].extra["choices"] = [(value, report.period_words(value)) for value in values["period"]]
        asked = data.get("rule", "")
        self.filters["rule"].extra["choices"] = [(asked, asked)] if asked in report.JUDGING else []

    def matching(self, labels: QuerySet[RetentionLabel], name: str, words: str) -> QuerySet[RetentionLabel]:
        """Every word is part of the name, the reference or the citation."""
        for word in words.split()[:10]:
            labels = labels.filter(
                Q(display_name__icontains=word) | Q(reference_id__icontains=word) | Q(citation__icontains=word)
            )
        return labels

    def lasting(self, labels: QuerySet[RetentionLabel], name: str, periods: list[str]) -> QuerySet[RetentionLabel]:
        """One of these periods: a number of days, for ever, or none."""
        found = Q(retention_days__in=[int(value) for value in periods if value.isdigit()])
        if report.NEVER in periods:
            found |= Q(is_forever=True)
        if report.UNSET in periods:
            found |= Q(retention_days=None, is_forever=False)
        return labels.filter(found) if periods else labels

    def breaking(self, labels: QuerySet[RetentionLabel], name: str, rule: str) -> QuerySet[RetentionLabel]:
        """What a rule has something to say about. The rules are asked about every label of the tenant."""
        return labels.filter(pk__in=report.breaking(self.tenant, rule))

    @cached_property
    def facets(self) -> list[dict[str, Any]]:
        """Each facet with its field and what is chosen, in words."""
        return [
            {"name": name, "field": self.form[name], "chosen": self._chosen(name)}
            for name in self.filters
            if name != "q" and (name != "rule" or "rule" in self.data)  # which the report leads to
        ]

    def _chosen(self, name: str) -> str:
        value = self.form.cleaned_data.get(name) if self.form.is_valid() else self.data.get(name, "")
        chosen = value if isinstance(value, list) else [value] if value else []
        words = dict(self.form.fields[name].choices)
        return ", ".join(str(words.get(one, one)) for one in chosen)

    @property
    def is_active(self) -> bool:
        return bool(self.data.get("q")) or any(facet["chosen"] for facet in self.facets)


def values_in(tenant: Tenant) -> dict[str, list[str]]:
    """The values the tenant's labels have, by facet, in one query."""
    found: dict[str, set[str]] = {name: set() for name in BY_VALUE}
    periods: set[str] = set()
    columns = ("retention_days", "is_forever", *BY_VALUE)
    for days, is_forever, *row in RetentionLabel.objects.filter(tenant=tenant).here().values_list(*columns).distinct():
        periods.add(str(days) if days is not None else report.NEVER if is_forever else report.UNSET)
        for name, value in zip(BY_VALUE, row, strict=True):
            found[name].add(value)
    return {
        **{name: sorted(values - {""}) for name, values in found.items()},
        "period": sorted(periods, key=report.by_length),
    }
