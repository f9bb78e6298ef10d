"""What the list of labels is narrowed by. The query string is the truth; what it does not understand is left out."""

from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from labels import report
from labels.models import BY_VALUE, AfterPeriod, Behavior, RetentionLabel, Trigger
from labels.words import DESCRIPTORS
from portal.tenants.models import Tenant


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
    def facets(self) -> list["Facet"]:
        """What the list can be narrowed by, as far as it is on the page."""
        names = [name for name in self.filters if name != "q" and (name != "rule" or "rule" in self.data)]
        return [Facet(name, self.form[name], self._chosen(name)) for name in names]  # the report leads to `rule`

    def _chosen(self, name: str) -> list[str]:
        value = self.form.cleaned_data.get(name) if self.form.is_valid() else self.data.get(name, "")
        return value if isinstance(value, list) else [value] if value else []

    @property
    def is_active(self) -> bool:
        return bool(self.data.get("q")) or any(facet.chosen for facet in self.facets)


@dataclass(frozen=True)
class Facet:
    """One button of the filter bar, with the choices that open under it. `values`: those that are chosen."""

    name: str
    field: forms.BoundField
    values: list[str]

    @property
    def label(self) -> str:
        return str(self.field.label)

    @property
    def type(self) -> str:
        """Whether one or several can be chosen: radio, checkbox."""
        return str(self.field.field.widget.input_type)

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        choices: list[tuple[str, Any]] = list(self.field.field.choices)  # type: ignore[attr-defined]
        return [(value, str(word)) for value, word in choices]

    @property
    def marked(self) -> list[str]:
        """The values whose boxes are ticked, whether they can be read or not."""
        value = self.field.value()
        return value if isinstance(value, list) else [value or ""]

    @property
    def chosen(self) -> str:
        """What is chosen, in words."""
        words = dict(self.choices)
        return ", ".join(words.get(value, value) for value in self.values)


def values_in(tenant: Tenant) -> dict[str, list[str]]:
    """The values the tenant's labels have, by facet. Each is read from its index: rows are long."""
    here = RetentionLabel.objects.filter(tenant=tenant).here().order_by()  # in their order, each name would be a value
    lasting = here.values_list("retention_days", "is_forever").distinct()
    periods = {_period(days, is_forever=is_forever) for days, is_forever in lasting}
    return {
        **{name: sorted({*here.values_list(name, flat=True).distinct()} - {""}) for name in BY_VALUE},
        "period": sorted(periods, key=report.by_length),
    }


def _period(days: int | None, *, is_forever: bool) -> str:
    return str(days) if days is not None else report.NEVER if is_forever else report.UNSET
