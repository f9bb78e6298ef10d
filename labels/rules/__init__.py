"""What records management demands of labels and descriptors (domain-rules.md 2.8). Every rule cites its VR id."""

from labels.rules import advice, descriptors, lasting, replacement, retention, review, texts
from portal.mirror.kinds import Finding, Plan, Proposal
from portal.mirror.rules import run

RULES = (
    *texts.RULES,
    *retention.RULES,
    *review.RULES,
    *replacement.RULES,
    *lasting.RULES,
    *descriptors.RULES,
    *advice.RULES,
)


def check(change: Proposal, plan: Plan) -> list[Finding]:
    """What the rules have to say about a change to a retention label."""
    return run(RULES, change, plan)


def check_descriptor(change: Proposal, plan: Plan) -> list[Finding]:
    """What the rules have to say about a change to a descriptor value."""
    return run(descriptors.OWN_RULES, change, plan)
