"""Reads for the pages of labels: the list with where each label stands, and all there is to say of one."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from events import queries as events
from labels.kinds import RETENTION_LABEL
from labels.models import AfterPeriod, Behavior, RetentionLabel, Trigger
from portal.changes.difference import Row as Difference
from portal.changes.difference import difference
from portal.changes.models import OPEN, Change, ChangeRequest, Push
from portal.changes.progress import Standing
from portal.changes.queries import Summary, for_rows
from portal.mirror.models import DRIFTED, GONE, HERE, MirroredQuerySet
from portal.tenants.counting import counted
from portal.tenants.models import Tenant

PENDING = Q(is_pending=True)
OUTSIDE = Q(is_outside=True)
Words = dict[str, str | Promise]
STATES = {
    "": HERE,
    "live": HERE & ~PENDING & ~OUTSIDE,
    "pending": HERE & PENDING,
    "outside": HERE & OUTSIDE,
    "gone": GONE,
}


@dataclass(frozen=True)
class Listed:
    """One row of the list: the label, and the change that is open on it, if any."""

    label: RetentionLabel
    request: ChangeRequest | None
    standing: Standing | None

    @property
    def is_outside(self) -> bool:
        return bool(self.label.is_outside)  # type: ignore[attr-defined]

    @property
    def kept_as(self) -> str:
        return short(BEHAVIORS, self.label.behavior)

    @property
    def starts(self) -> str:
        return self.label.event_type_name or short(TRIGGERS, self.label.trigger)

    @property
    def then(self) -> str:
        """What follows, with the stages a review has."""
        if self.label.action == AfterPeriod.REVIEW:
            count = self.label.stage_count
            return ngettext("Review, %(count)d stage", "Review, %(count)d stages", count) % {"count": count}
        return short(ACTIONS, self.label.action)


BEHAVIORS: Words = {
    Behavior.RETAIN: gettext_lazy("Retain"),
    Behavior.RECORD: gettext_lazy("Record"),
    Behavior.REGULATORY: gettext_lazy("Regulatory"),
    Behavior.DO_NOT_RETAIN: gettext_lazy("Do not retain"),
}
TRIGGERS: Words = {
    Trigger.CREATED: gettext_lazy("Created"),
    Trigger.MODIFIED: gettext_lazy("Last modified"),
    Trigger.LABELED: gettext_lazy("Labelled"),
    Trigger.EVENT: gettext_lazy("An event"),
}
ACTIONS: Words = {
    AfterPeriod.NOTHING: gettext_lazy("Nothing"),
    AfterPeriod.DELETE: gettext_lazy("Delete"),
    AfterPeriod.RELABEL: gettext_lazy("Relabel"),
}


def short(words: Words, value: str) -> str:
    """A setting in the words of a narrow column; one Graph has added since as it came."""
    return str(words.get(value, value))


def labels_of(tenant: Tenant) -> "MirroredQuerySet[RetentionLabel]":
    """All labels the tenant holds or held, each with `pending`, the open change on it, and `is_outside`, whether it
    drifted. STATES tells them apart."""
    labels = RetentionLabel.objects.filter(tenant=tenant, kind=RETENTION_LABEL.name)
    opened = _open(tenant)
    return labels.annotate(  # type: ignore[return-value]
        pending=Subquery(opened.filter(target=OuterRef("graph_id")).values("request")[:1]),
        is_pending=_whether(_is_pending(tenant)),
        is_outside=_whether(DRIFTED),
    )


def _is_pending(tenant: Tenant) -> Q:
    return Q(graph_id__in=_open(tenant).order_by().values("target"))


def _whether(condition: Q) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(condition, output_field=BooleanField())


def _open(tenant: Tenant) -> QuerySet[Change]:
    """Changes of open requests to labels that have not ended yet, those of the newest request first."""
    opened = Change.objects.filter(kind=RETENTION_LABEL.name, request__tenant=tenant, request__state__in=OPEN)
    return opened.exclude(push__in=[Push.DONE, Push.CANCELLED]).order_by("-request__number")


def counts(tenant: Tenant) -> dict[str, int]:
    """How many labels there are in each tab; one that is both pending and changed outside is in both.

    Live ones, most often nearly all, are told from the others, which are few: nothing is asked of every label.
    """
    rows, pending = RETENTION_LABEL.rows(tenant), _is_pending(tenant)
    found = counted(
        tenant,
        all=rows.here(),
        pending=rows.here().filter(pending),
        outside=rows.drifted(),
        gone=rows.filter(GONE),
        both=rows.drifted().filter(pending),
    )
    return found | {"live": found["all"] - found["pending"] - found["outside"] + found["both"]}


def listed(labels: Iterable[RetentionLabel]) -> list[Listed]:
    """The rows of one page, in three queries more than the labels themselves, if any has an open change."""
    pending = {label: label.pending for label in labels}  # type: ignore[attr-defined]
    keys = {key for key in pending.values() if key}
    requests = with_standing(keys) if keys else {}
    return [Listed(label, *(requests[key] if key else (None, None))) for label, key in pending.items()]


def with_standing(keys: Iterable[int]) -> dict[int, tuple[ChangeRequest, Standing]]:
    """Requests by primary key, each with where it stands."""
    return {
        request.pk: (request, Summary(request).standing)
        for request in for_rows(ChangeRequest.objects.filter(pk__in=keys))
    }


def open_on(label: RetentionLabel) -> list[tuple[ChangeRequest, Standing]]:
    """Every open change on a label, newest first."""
    keys = list(_open(label.tenant).filter(target=label.graph_id).values_list("request", flat=True))
    found = with_standing(keys)
    return [found[key] for key in dict.fromkeys(keys)]


def relabels_to(label: RetentionLabel) -> "MirroredQuerySet[RetentionLabel]":
    """The labels that name this one as the label that follows."""
    labels = RetentionLabel.objects.filter(tenant=label.tenant, next_label__iexact=label.display_name).here()
    return labels.exclude(pk=label.pk)


def following(label: RetentionLabel) -> RetentionLabel | None:
    """The label that follows this one, if the tenant holds it."""
    named = RetentionLabel.objects.filter(tenant=label.tenant, display_name__iexact=label.next_label).here()
    return named.first() if label.next_label else None


EVENTS_SHOWN = 10


def started_by(label: RetentionLabel, *, sees: bool) -> list[events.Listed]:
    """The newest events that started a label; none for one that starts otherwise."""
    if not label.event_type_name:
        return []
    found = events.events_of(label.tenant, event_type=label.event_type_name)
    return [events.Listed(row, sees) for row in found[:EVENTS_SHOWN]]


def changed_outside(label: RetentionLabel) -> tuple[Difference, ...]:
    """What of a label is not as it was agreed, setting by setting; empty for one that was never agreed on."""
    if not label.is_drifted or label.agreed is None:
        return ()
    return difference(RETENTION_LABEL, label.agreed, label.document).changed


SORTS = {
    "name": "display_name",
    "reference": "reference_id",
    "kept": "behavior",
    "period": "retention_days",
    "starts": "trigger",
    "then": "action",
}


def in_order(labels: "MirroredQuerySet[RetentionLabel]", sort: str) -> "MirroredQuerySet[RetentionLabel]":
    """By one column, `-` for the other way round, a period for ever as the longest; names decide between equals."""
    name, falls = SORTS.get(sort.removeprefix("-"), "display_name"), sort.startswith("-")
    column, is_forever_last = F(name), name == "retention_days" or None
    first = column.desc(nulls_first=is_forever_last) if falls else column.asc(nulls_last=is_forever_last)
    return labels.order_by(first, "display_name", "pk")
