"""What a tenant holds and what stands out in it, for whoever connects one that already lives. Reads only (VR ids)."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from events.types.queries import Listed, event_types
from labels.document import blank
from labels.facts import Facts
from labels.kinds import RETENTION_LABEL
from labels.models import AfterPeriod, Behavior, RetentionLabel, Trigger
from labels.rules import RULES
from labels.rules.advice import OWN_WORDS
from labels.words import chosen, days
from portal.audit import canonical
from portal.changes.impact import LABELS_MOST, REVIEWERS_MOST
from portal.changes.plans import mirrored
from portal.mirror import sync
from portal.mirror.kinds import Action, Document, Finding, Known, Level, Plan, Proposal
from portal.mirror.models import SyncRun
from portal.tenants.models import Tenant

SHOWN = 20  # labels named under one rule; the list has them all
NO_BASIS, ALIKE = "VR-71", "VR-73"
NEVER, UNSET = "forever", "none"  # what the filter calls a period for ever, and none at all

JUDGING = {rule.id: rule.level for rule in RULES if Action.ADOPT in rule.on}
"""The rules that judge a label as it stands, each with what it asks of a new one."""


@dataclass(frozen=True)
class Share:
    """How many labels have one setting. `query` narrows the list to them; empty where no filter knows the value."""

    word: str
    count: int
    query: str


@dataclass(frozen=True)
class Held:
    """One label, and the key its page has."""

    pk: int
    document: Document

    @property
    def name(self) -> str:
        return str(self.document["displayName"])


@dataclass(frozen=True)
class Broken:
    """One rule and the labels that do not keep it, each with what the rule says."""

    rule: str
    labels: tuple[tuple[Held, str], ...]

    @property
    def shown(self) -> tuple[tuple[Held, str], ...]:
        return self.labels[:SHOWN]

    @property
    def more(self) -> int:
        return len(self.labels) - len(self.shown)

    @property
    def is_refused(self) -> bool:
        """Whether Fileplan would refuse it in a label made today."""
        return JUDGING.get(self.rule) == Level.BLOCK

    @property
    def query(self) -> str:
        return urlencode({"rule": self.rule})


@dataclass(frozen=True)
class Limit:
    """What Purview allows a tenant, and how much of it is used."""

    used: int
    most: int

    @property
    def left(self) -> int:
        return max(self.most - self.used, 0)

    @property
    def is_near(self) -> bool:
        """From nine tenths on (VR-26, VR-49)."""
        return self.used * 10 >= self.most * 9


@dataclass(frozen=True)
class Report:
    """One tenant as the mirror holds it. Everything is read when it is first asked for."""

    tenant: Tenant

    @cached_property
    def run(self) -> SyncRun | None:
        """The complete run it is based on."""
        return sync.freshness(self.tenant)

    @cached_property
    def labels(self) -> tuple[Held, ...]:
        rows = RetentionLabel.objects.filter(tenant=self.tenant).here().order_by("display_name", "pk")
        return tuple(Held(pk, document) for pk, document in rows.values_list("pk", "document"))

    @cached_property
    def plan(self) -> Plan:
        return Plan(tuple(mirrored(self.tenant).values()), domains=tuple(self.tenant.domains))

    @property
    def kept_as(self) -> list[Share]:
        return self._shares("kept", Behavior, lambda label: label.behavior)

    @property
    def starts(self) -> list[Share]:
        return self._shares("starts", Trigger, lambda label: label.trigger)

    @property
    def then(self) -> list[Share]:
        return self._shares("then", AfterPeriod, lambda label: label.action)

    @property
    def periods(self) -> list[Share]:
        """The shortest first, then for ever, then none."""
        counted = Counter(period_of(Facts(label.document)) for label in self.labels)
        return [
            Share(period_words(value), counted[value], urlencode({"period": value}))
            for value in sorted(counted, key=by_length)
        ]

    def _shares(self, name: str, choices: type[TextChoices], value: Callable[[Facts], str]) -> list[Share]:
        """How often each value occurs, the most frequent first."""
        counted = Counter(value(Facts(label.document)) for label in self.labels)
        return [
            Share(
                chosen(choices, one) if one else _("not set"),
                count,
                urlencode({name: one}) if one in choices.values else "",
            )
            for one, count in counted.most_common()
        ]

    @cached_property
    def broken(self) -> list[Broken]:
        """The rules that labels do not keep: what Fileplan would refuse first, then by how many break it."""
        found: dict[str, list[tuple[Held, str]]] = {}
        for label, findings in self._findings:
            for rule, message in {finding.rule: finding.message for finding in reversed(findings)}.items():
                found.setdefault(rule, []).append((label, message))
        broken = [Broken(rule, tuple(labels)) for rule, labels in found.items()]
        return sorted(broken, key=lambda one: (not one.is_refused, -len(one.labels), one.rule))

    @cached_property
    def _findings(self) -> list[tuple[Held, list[Finding]]]:
        """What the rules say of each label as it stands: an adoption, of which they only warn."""
        return [(label, judged(label.document, self.plan)) for label in self.labels]

    @property
    def in_order(self) -> int:
        """How many labels no rule has anything to say about."""
        return sum(not findings for _label, findings in self._findings)

    def of(self, rule: str) -> Broken:
        """One rule and the labels that do not keep it, if any."""
        return next((one for one in self.broken if one.rule == rule), Broken(rule, ()))

    @property
    def without_basis(self) -> Broken:
        """Labels that retain and do not say by which authority, citation or reference (VR-71)."""
        return self.of(NO_BASIS)

    @property
    def alike_query(self) -> str:
        return urlencode({"rule": ALIKE})

    @cached_property
    def alike(self) -> list[list[Held]]:
        """Labels that differ in nothing but name and texts (VR-73), the largest group first."""
        groups: dict[str, list[Held]] = {}
        for label in self.labels:
            settings = {name: label.document.get(name) for name in blank() if name not in OWN_WORDS}
            groups.setdefault(canonical.sha256(settings), []).append(label)
        return sorted((group for group in groups.values() if len(group) > 1), key=lambda group: -len(group))

    @property
    def idle_event_types(self) -> list[str]:
        """Event types that no label starts on (VR-64)."""
        return sorted(known.name for known in self.event_types if not self.plan.users(known.kind, known.name))

    @cached_property
    def quiet_event_types(self) -> list[Listed]:
        """Event types that labels start on, with no event for a year: what carries those labels is kept on and on."""
        return [one for one in event_types(self.tenant) if one.is_quiet]

    @property
    def event_types(self) -> list[Known]:
        return self.plan.of("retentionEventType")

    @property
    def label_limit(self) -> Limit:
        return Limit(len(self.labels), LABELS_MOST)

    @cached_property
    def reviewer_limit(self) -> Limit:
        reviewers = frozenset().union(*(Facts(label.document).reviewers for label in self.labels))
        return Limit(len(reviewers), REVIEWERS_MOST)


def judged(document: Document, plan: Plan) -> list[Finding]:
    """What the rules say of a label that stands in the tenant as it is."""
    return RETENTION_LABEL.check(Proposal(RETENTION_LABEL.name, Action.ADOPT, document, document), plan)


def breaking(tenant: Tenant, rule: str) -> Iterable[int]:
    """The keys of the labels that do not keep a rule."""
    return [label.pk for label, _message in Report(tenant).of(rule).labels]


def period_of(label: Facts) -> str:
    """A period as the filter calls it."""
    if label.days is not None:
        return str(label.days)
    return NEVER if label.is_forever else UNSET


def by_length(value: str) -> tuple[int, int]:
    """Days first, the fewest in front, then for ever, then none."""
    return (0, int(value)) if value.isdigit() else ([NEVER, UNSET].index(value) + 1, 0)


def period_words(value: str) -> str:
    """What the filter calls a period, in words."""
    if value.isdigit():
        return days(int(value))
    return _("For ever") if value == NEVER else _("None")
