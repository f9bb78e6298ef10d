"""The plan as a whole, and what an auditor would ask: VR-49, VR-70 to VR-73."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.document import blank
from labels.facts import Facts
from labels.models import AfterPeriod
from labels.words import calendar_days, number
from portal.mirror import names
from portal.mirror.kinds import Known, Level, Plan, Proposal, folded
from portal.mirror.rules import CREATE, Says, rule

NAME = "displayName"
DURATION = "retentionDuration"
ACTION = "actionAfterRetentionPeriod"
LABELS_LOOK, LABELS_MOST = 900, 1000
OWN_WORDS = (NAME, "descriptionForAdmins", "descriptionForUsers")
"""What two labels with the same settings still differ in."""


@rule("VR-49", Level.WARN, on=CREATE)
def labels_nearly_too_many(change: Proposal, plan: Plan) -> Says:
    """VR-49, from 900 on."""
    count = len(_others(change, plan)) + 1
    if LABELS_LOOK <= count <= LABELS_MOST:
        yield NAME, _labels_message(count)


@rule("VR-49", Level.BLOCK, on=CREATE)
def labels_too_many(change: Proposal, plan: Plan) -> Says:
    """VR-49, above 1,000."""
    count = len(_others(change, plan)) + 1
    if count > LABELS_MOST:
        yield NAME, _labels_message(count)


@rule("VR-70", Level.WARN, DURATION)
def years_are_short(change: Proposal, plan: Plan) -> Says:
    """VR-70: Purview makes 365 days of a year (domain-rules.md 2.1)."""
    days = Facts(change.after).days or 0
    years, rest = divmod(days, 365)
    if rest or not years:
        return
    early = calendar_days(years) - days
    if years == 1:
        message = _("One year as 365 days ends up to one day early. If the law names a year, use %(safe)s.")
    else:
        message = ngettext(
            "%(years)s years as %(days)s days end up to %(early)s day early. If the law names years, use %(safe)s.",
            "%(years)s years as %(days)s days end up to %(early)s days early. If the law names years, use %(safe)s.",
            early,
        )
    numbers = {"years": years, "days": number(days), "early": early, "safe": number(days + early)}
    yield DURATION, message % numbers


@rule("VR-71", Level.WARN, "behaviorDuringRetentionPeriod", "descriptors")
def reason_given(change: Proposal, plan: Plan) -> Says:
    """VR-71."""
    label = Facts(change.after)
    if label.retains and not any(map(label.descriptor, ("authority", "citation", "filePlanReference"))):
        yield "descriptors", _("Auditors will ask why this is kept. Add an authority, a citation or a reference ID.")


@rule("VR-72", Level.WARN, ACTION, "behaviorDuringRetentionPeriod", "descriptors")
def deletion_considered(change: Proposal, plan: Plan) -> Says:
    """VR-72. A citation demands review if another label under it is reviewed."""
    label = Facts(change.after)
    if label.action != AfterPeriod.DELETE:
        return
    if label.is_record:
        yield ACTION, _("These records are deleted without anybody looking. Consider a disposition review.")
        return
    citation = label.descriptor("citation")
    if citation and any(_is_reviewed_under(citation, known) for known in _others(change, plan)):
        message = _("Other labels under “%(citation)s” are reviewed before deletion. Consider a disposition review.")
        yield ACTION, message % {"citation": citation}


@rule("VR-73", Level.WARN)
def settings_differ(change: Proposal, plan: Plan) -> Says:
    """VR-73."""
    settings = [field for field in blank() if field not in OWN_WORDS]
    for known in _others(change, plan):
        if all(known.document.get(field) == change.document.get(field) for field in settings):
            message = _("“%(a)s” and “%(b)s” have the same settings. Merge them?")
            yield NAME, message % {"a": names.name_of(change), "b": known.name}
            return


def _others(change: Proposal, plan: Plan) -> list[Known]:
    """The plan's labels but the one under test."""
    return plan.others("retentionLabel", names.name_of(change))


def _is_reviewed_under(citation: str, known: Known) -> bool:
    if known.document.get(ACTION) != AfterPeriod.REVIEW:
        return False
    return folded(Facts(known.document).descriptor("citation")) == folded(citation)


def _labels_message(count: int) -> str:
    message = _("%(n)s labels would exist; Purview allows 1,000. Consider merging series.")
    return message % {"n": number(count)}


RULES = (
    labels_nearly_too_many,
    labels_too_many,
    years_are_short,
    reason_given,
    deletion_considered,
    settings_differ,
)
