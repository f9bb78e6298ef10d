"""Disposition review: stages and reviewers, VR-18 to VR-27."""

from collections.abc import Iterator
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from labels.facts import Facts, Stage
from portal.mirror.kinds import Level, Plan, Proposal, folded
from portal.mirror.rules import UPDATE, Says, rule

STAGES = "dispositionReviewStages"
ACTION = "actionAfterRetentionPeriod"
MOST_STAGES = 5
MOST_REVIEWERS = 10
REVIEWERS_LOOK, REVIEWERS_MOST = 180, 200


@rule("VR-18", Level.BLOCK, STAGES, ACTION)
def stages_needed(change: Proposal, plan: Plan) -> Says:
    """VR-18."""
    label = Facts(change.after)
    if label.stages and not label.is_reviewed:
        yield STAGES, _("Stages are used only with a disposition review. Remove them or change the action.")


@rule("VR-19", Level.BLOCK, STAGES, ACTION)
def reviewers_given(change: Proposal, plan: Plan) -> Says:
    """VR-19."""
    label = Facts(change.after)
    without = [stage.field for stage in label.stages if not any(address.strip() for address in stage.reviewers)]
    if label.is_reviewed:
        for field in without if label.stages else [STAGES]:
            yield field, _("Add at least one stage with at least one reviewer.")


@rule("VR-20", Level.BLOCK, STAGES)
def stages_few(change: Proposal, plan: Plan) -> Says:
    """VR-20."""
    count = len(Facts(change.after).stages)
    if count > MOST_STAGES:
        message = _("Purview allows five stages; this label has %(n)s. Remove %(too_many)s.")
        yield STAGES, message % {"n": count, "too_many": count - MOST_STAGES}


@rule("VR-21", Level.BLOCK, STAGES)
def reviewers_few(change: Proposal, plan: Plan) -> Says:
    """VR-21."""
    for stage in Facts(change.after).stages:
        if len(stage.reviewers) > MOST_REVIEWERS:
            message = _("Stage “%(stage)s” has %(n)s reviewers; ten are allowed. Use a mail-enabled security group.")
            yield stage.field, message % {"stage": stage.name, "n": len(stage.reviewers)}


@rule("VR-22", Level.BLOCK, STAGES)
def stages_named(change: Proposal, plan: Plan) -> Says:
    """VR-22, the names."""
    seen: set[str] = set()
    for stage in Facts(change.after).stages:
        name = folded(stage.name)
        if not name or name in seen:
            yield stage.field, _("Give every stage its own name.")
        seen.add(name)


@rule("VR-22", Level.BLOCK, STAGES)
def stages_numbered(change: Proposal, plan: Plan) -> Says:
    """VR-22, the numbers, which are texts (T2)."""
    stages = Facts(change.after).stages
    if any(stage.number != str(stage.position) for stage in stages):
        yield (
            STAGES,
            _("Number the stages from 1 to %(n)s without gaps, in the order in which they decide.")
            % {"n": len(stages)},
        )


@rule("VR-23", Level.BLOCK, STAGES)
def addresses_valid(change: Proposal, plan: Plan) -> Says:
    """VR-23."""
    for stage, address in _addresses(change):
        if not _is_address(address):
            message = _("“%(address)s” is not an e-mail address. Correct it or remove it.")
            yield stage.field, message % {"address": address}


@rule("VR-24", Level.WARN, STAGES)
def addresses_inside(change: Proposal, plan: Plan) -> Says:
    """VR-24. Where the tenant's domains are not known, nothing is outside."""
    for stage, address in _addresses(change):
        domain = address.strip().rpartition("@")[2].casefold()
        if plan.domains and _is_address(address) and domain not in plan.domains:
            message = _(
                "“%(address)s” is outside this tenant. "
                "Reviewers must be users or mail-enabled security groups of the tenant."
            )
            yield stage.field, message % {"address": address}


@rule("VR-25", Level.WARN, STAGES)
def reviewers_differ(change: Proposal, plan: Plan) -> Says:
    """VR-25."""
    stages = Facts(change.after).stages
    before: dict[int, set[str]] = {stages[0].position: set()} if stages else {}
    before |= {later.position: set(map(_compared, stage.reviewers)) for stage, later in pairwise(stages)}
    for stage in stages:
        for address in _repeated(stage, before[stage.position]):
            message = _("%(address)s would approve twice; that is not a second pair of eyes. Choose somebody else.")
            yield stage.field, message % {"address": address}


@rule("VR-26", Level.WARN, STAGES)
def reviewers_nearly_too_many(change: Proposal, plan: Plan) -> Says:
    """VR-26, from 180 on; above 200 where the change adds nobody, so that it can still be brought down."""
    count, grows = _reviewers_in_use(change, plan)
    if REVIEWERS_LOOK <= count <= REVIEWERS_MOST or (count > REVIEWERS_MOST and not grows):
        yield STAGES, _reviewers_message(count)


@rule("VR-26", Level.BLOCK, STAGES)
def reviewers_too_many(change: Proposal, plan: Plan) -> Says:
    """VR-26, above 200."""
    count, grows = _reviewers_in_use(change, plan)
    if count > REVIEWERS_MOST and grows:
        yield STAGES, _reviewers_message(count)


@rule("VR-27", Level.BLOCK, on=UPDATE)
def stages_kept(change: Proposal, plan: Plan) -> Says:
    """VR-27: a stage is known by its name, so one that stands where another stood was moved."""
    before = [folded(stage.name) for stage in Facts(change.base).stages]
    after = [folded(stage.name) for stage in Facts(change.after).stages]
    kept = dict(enumerate(before))
    moved = any(name and name in before and kept.get(place) != name for place, name in enumerate(after))
    if moved or len(after) < len(before):
        yield (
            STAGES,
            _(
                "Stages cannot be removed or moved after creation. "
                "You can rename them, change reviewers, or add stages at the end."
            ),
        )


@rule("VR-27", Level.CONFIRM, on=UPDATE)
def stages_added(change: Proposal, plan: Plan) -> Says:
    """Domain-rules.md 2.6, item 8."""
    before = len(Facts(change.base).stages)
    for stage in Facts(change.after).stages[before:]:
        yield stage.field, _("Stage %(n)s can never be removed or moved once it exists.") % {"n": stage.position}


def _addresses(change: Proposal) -> Iterator[tuple[Stage, str]]:
    for stage in Facts(change.after).stages:
        for address in stage.reviewers:
            yield stage, address


def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _compared(address: str) -> str:
    return address.strip().casefold()


def _repeated(stage: Stage, before: set[str]) -> list[str]:
    """The reviewers of a stage who come twice in it, or came in the stage before, each once."""
    seen, found = set(before), dict[str, str]()
    for address in stage.reviewers:
        if _compared(address) in seen:
            found.setdefault(_compared(address), address)
        seen.add(_compared(address))
    return list(found.values())


def _reviewers_in_use(change: Proposal, plan: Plan) -> tuple[int, bool]:
    """Different reviewers over all labels, and whether the change adds any; (0, False) where it names none."""
    wanted = Facts(change.after)
    if not wanted.reviewers:
        return 0, False
    held = [known.document for known in plan.others("retentionLabel", wanted.name)]
    others = [Facts(document) for document in held if document.get(STAGES)]
    elsewhere = frozenset().union(*(label.reviewers for label in others))
    before = elsewhere | Facts(change.base).reviewers
    after = elsewhere | wanted.reviewers
    return len(after), change.base is None or len(after) > len(before)


def _reviewers_message(count: int) -> str:
    message = _("%(n)s different reviewers are in use; Purview supports 200. Replace individuals by groups.")
    return message % {"n": count}


RULES = (
    stages_needed,
    reviewers_given,
    stages_few,
    reviewers_few,
    stages_named,
    stages_numbered,
    addresses_valid,
    addresses_inside,
    reviewers_differ,
    reviewers_nearly_too_many,
    reviewers_too_many,
    stages_kept,
    stages_added,
)
