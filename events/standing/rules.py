"""Rules for standing approvals. What domain-rules.md has no id for is numbered SA."""

from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from events.rules.events import FORBIDDEN, LONGEST_NAME
from events.standing.document import ASSET_ID, CHARACTERS, DAY, QUERIES, last_day, longest_name, number, source
from portal.mirror import names
from portal.mirror.kinds import Finding, Level, Plan, Proposal
from portal.mirror.rules import CREATE, Says, rule, run

LONGEST_ID = 40
LONGEST_SOURCE = 50
MOST_PER_DAY = 10_000
AT_MOST = timedelta(days=731)
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


@rule("SA-1", Level.BLOCK, on=CREATE)
def names_a_system(change: Proposal, plan: Plan) -> Says:
    """One source, by its short name."""
    name = source(change.document)
    if not name:
        yield "source", _("Enter the name of the system whose events it approves.")
    elif len(name) > LONGEST_SOURCE or not set(name) <= PLAIN:
        yield "source", _("Write the system’s short name: small letters, digits, - and _, 50 at most.")


@rule("VR-57", Level.BLOCK, on=CREATE)
def type_exists(change: Proposal, plan: Plan) -> Says:
    """VR-57: the type is in the tenant or in the same request."""
    name = str(change.document.get("event_type") or "")
    if not name:
        yield "event_type", _("Choose the event type: it decides which labels start.")
    elif plan.find("retentionEventType", name) is None:
        told = _("There is no event type “%(type)s”. Choose another, or make it first.")
        yield "event_type", told % {"type": name}


@rule("SA-2", Level.BLOCK, on=CREATE)
def template_is_one(change: Proposal, plan: Plan) -> Says:
    """The name tells whom the event is about, and holds nothing else that is to be filled in."""
    template = str(change.document.get("name_template") or "")
    if template.count(ASSET_ID) != 1 or template.count(DAY) > 1:
        told = _("Write {asset_id} once where the asset ID stands, and {day} at most once where the day stands.")
        yield "name_template", told
    left = template.replace(ASSET_ID, "").replace(DAY, "")
    if "{" in left or "}" in left:
        yield "name_template", _("Only {asset_id} and {day} can be filled in. Leave other braces out.")
    found = "".join(sorted(set(FORBIDDEN) & set(left)))
    if found:
        yield "name_template", _("Purview does not take %(signs)s in names. Leave them out.") % {"signs": found}
    if template != template.strip():
        yield "name_template", _("Remove the spaces at the start and the end of the name.")


@rule("VR-58", Level.BLOCK, on=CREATE)
def longest_name_fits(change: Proposal, plan: Plan) -> Says:
    """VR-58, of the longest name the template can make: what would not fit is refused, never cut."""
    name = longest_name(change.document)
    if len(name) > LONGEST_NAME:
        numbers = {"name": name[:80], "n": len(name), "most": LONGEST_NAME, "too_many": len(name) - LONGEST_NAME}
        told = _(
            "The longest name, “%(name)s”, has %(n)s characters; %(most)s fit beside Fileplan’s marker. "
            "Shorten the template or the asset ID by %(too_many)s."
        )
        yield "name_template", told % numbers


@rule("VR-59", Level.BLOCK, on=CREATE)
def is_scoped(change: Proposal, plan: Plan) -> Says:
    """VR-59: an event without a query is never approved in advance."""
    chosen = change.document.get("query_kinds") or []
    if not chosen or not set(chosen) <= set(QUERIES) or len(set(chosen)) < len(chosen):
        yield "query_kinds", _("Choose files, messages or both: an event without a query is never approved in advance.")


@rule("SA-3", Level.BLOCK, on=CREATE)
def asset_id_is_bounded(change: Proposal, plan: Plan) -> Says:
    """Characters and length of the asset ID, which alone fills the queries."""
    if change.document.get("asset_id_characters") not in CHARACTERS:
        yield "asset_id_characters", _("Choose what asset IDs are made of.")
    shortest, longest = (number(change.document, f"asset_id_{end}") for end in ("shortest", "longest"))
    if shortest is None or not 1 <= shortest <= LONGEST_ID:
        yield "asset_id_shortest", _("Enter the fewest characters of an asset ID, 1 to 40.")
    if longest is None or not 1 <= longest <= LONGEST_ID:
        yield "asset_id_longest", _("Enter the most characters of an asset ID, 1 to 40.")
    elif shortest is not None and shortest > longest:
        yield "asset_id_longest", _("The most is less than the fewest. Enter at least %(n)s.") % {"n": shortest}


@rule("SA-4", Level.BLOCK, on=CREATE)
def expires(change: Proposal, plan: Plan) -> Says:
    """It counts for a time: until a day to come, within two years."""
    day, today = last_day(change.document), timezone.now().date()
    if day is None:
        yield "expires_on", _("Enter the last day on which it counts.")
    elif day <= today:
        yield "expires_on", _("This day is over or today. Enter a day to come.")
    elif day > today + AT_MOST:
        latest = date_format(today + AT_MOST, "j F Y")
        yield "expires_on", _("It counts two years at most. Enter %(day)s or a day before.") % {"day": latest}


@rule("SA-5", Level.BLOCK, on=CREATE)
def is_counted(change: Proposal, plan: Plan) -> Says:
    """A system that goes wrong is stopped by a number."""
    most = number(change.document, "most_per_day")
    if most is None or not 1 <= most <= MOST_PER_DAY:
        yield "most_per_day", _("Enter how many events of one day it approves, 1 to 10,000.")


@rule("SA-6", Level.WARN, on=CREATE, two_approvers=True)
def nobody_looks(change: Proposal, plan: Plan) -> Says:
    """What it approves starts periods that nobody can stop again."""
    told = _("Events under it are sent without anybody looking at them, and an event cannot be taken back.")
    yield "displayName", told


RULES = (
    names.given,
    names.short,
    names.free,
    names.trimmed,
    names.storable,
    names_a_system,
    type_exists,
    template_is_one,
    longest_name_fits,
    is_scoped,
    asset_id_is_bounded,
    expires,
    is_counted,
    nobody_looks,
)


def check(change: Proposal, plan: Plan) -> list[Finding]:
    """What the rules have to say about a change to a standing approval."""
    return run(RULES, change, plan)
