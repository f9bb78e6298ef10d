"""The label that follows: VR-31 to VR-37."""

from django.utils.translation import gettext as _

from labels.facts import Facts
from portal.mirror.kinds import Known, Level, Plan, Proposal, folded
from portal.mirror.rules import Says, rule

NEXT = "labelToBeApplied"
ACTION = "actionAfterRetentionPeriod"
BEHAVIOR = "behaviorDuringRetentionPeriod"


@rule("VR-31", Level.BLOCK, NEXT, ACTION)
def replacement_given(change: Proposal, plan: Plan) -> Says:
    """VR-31."""
    label = Facts(change.after)
    if label.relabels and not label.next_label:
        yield NEXT, _("Choose the label that follows.")


@rule("VR-32", Level.BLOCK, NEXT, ACTION)
def replacement_needed(change: Proposal, plan: Plan) -> Says:
    """VR-32."""
    label = Facts(change.after)
    if label.next_label and not label.relabels:
        yield NEXT, _("Remove the replacement label or set the action to “Relabel”.")


@rule("VR-33", Level.BLOCK, NEXT)
def replacement_exists(change: Proposal, plan: Plan) -> Says:
    """VR-33; of the label itself speaks VR-34."""
    label = Facts(change.after)
    is_itself = folded(label.next_label) == folded(label.name)
    if label.next_label and not is_itself and _find(plan, label.next_label) is None:
        yield NEXT, _("Create “%(name)s” first, or add it to this change.") % {"name": label.next_label}


@rule("VR-34", Level.BLOCK, NEXT)
def replacement_ends(change: Proposal, plan: Plan) -> Says:
    """VR-34."""
    chain = _circle(Facts(change.after), plan)
    if chain:
        yield NEXT, _("%(chain)s is a circle. Choose another label to follow.") % {"chain": " → ".join(chain)}


@rule("VR-35", Level.BLOCK, ACTION, BEHAVIOR)
def regulatory_stays(change: Proposal, plan: Plan) -> Says:
    """VR-35."""
    label = Facts(change.after)
    if label.relabels and label.is_regulatory:
        yield ACTION, _("A regulatory record cannot be replaced by another label. Choose another action.")


@rule("VR-36", Level.WARN, NEXT)
def replacement_published(change: Proposal, plan: Plan) -> Says:
    """VR-36. Publishing is not part of Graph (contract 0), so this is said of every replacement."""
    label = Facts(change.after)
    if label.next_label:
        message = _(
            "Users see “%(name)s” in Outlook only if it is published to the same location. "
            "Fileplan cannot see what is published: check it in Purview."
        )
        yield NEXT, message % {"name": label.next_label}


@rule("VR-37", Level.CONFIRM, NEXT, BEHAVIOR)
def record_stays_record(change: Proposal, plan: Plan) -> Says:
    """VR-37."""
    label = Facts(change.after)
    known = _find(plan, label.next_label) if label.next_label else None
    if label.is_record and known and not Facts(known.document).is_record:
        message = _("After the period users will be able to delete these items: “%(name)s” does not make them records.")
        yield NEXT, message % {"name": known.name}


def _find(plan: Plan, name: str) -> Known | None:
    return plan.find("retentionLabel", name)


def _circle(label: Facts, plan: Plan) -> list[str]:
    """The names from the label back to itself, quoted; empty when the chain ends, or turns elsewhere."""
    chain, name, seen = [label.name], label.next_label, set[str]()
    while name and folded(name) not in seen:
        chain.append(name)
        if folded(name) == folded(label.name):
            return [_("“%(name)s”") % {"name": link} for link in chain]
        seen.add(folded(name))
        known = _find(plan, name)
        name = Facts(known.document).next_label if known else ""
    return []


RULES = (
    replacement_given,
    replacement_needed,
    replacement_exists,
    replacement_ends,
    regulatory_stays,
    replacement_published,
    record_stays_record,
)
