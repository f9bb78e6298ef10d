"""Rules for the name of any object of the tenant (domain-rules.md 2.8)."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from portal.audit.canonical import Uncanonical, text
from portal.mirror.kinds import Level, Plan, Proposal, folded
from portal.mirror.rules import CREATE, Says, rule

LONGEST_NAME = 64


def name_of(change: Proposal) -> str:
    """The name in the document; "" where it is missing or no text."""
    name = change.document.get("displayName")
    return name if isinstance(name, str) else ""


@rule("VR-01", Level.BLOCK, "displayName")
def given(change: Proposal, plan: Plan) -> Says:
    """VR-01, of what is not a label."""
    if not name_of(change).strip():
        yield "displayName", _("Enter a name.")


@rule("VR-02", Level.BLOCK, "displayName")
def short(change: Proposal, plan: Plan) -> Says:
    """VR-02."""
    length = len(name_of(change))
    if length > LONGEST_NAME:
        numbers = {"n": length, "too_many": length - LONGEST_NAME}
        yield (
            "displayName",
            _("The name has %(n)s characters; Purview allows 64. Shorten it by %(too_many)s.") % numbers,
        )


@rule("VR-03", Level.BLOCK, on=CREATE)
def free(change: Proposal, plan: Plan) -> Says:
    """VR-03, of what is not a label."""
    name = name_of(change)
    if is_taken(change, plan):
        yield (
            "displayName",
            _("“%(name)s” already exists. Choose another name or use the existing one.") % {"name": name},
        )
    elif is_drafted(change, plan):
        yield "displayName", drafted_message(name)


@rule("VR-05", Level.BLOCK, "displayName")
def trimmed(change: Proposal, plan: Plan) -> Says:
    """VR-05, the outer spaces."""
    name = name_of(change)
    if name.strip() != name and name.strip():
        yield "displayName", _("Remove the spaces at the start and the end of the name.")


@rule("VR-05", Level.BLOCK)
def storable(change: Proposal, plan: Plan) -> Says:
    """VR-05, in any text: U+0000 and lone surrogates have no place in a database or in Graph (reliability.md 8)."""
    message = _("This text contains a character that cannot be stored. Enter it again without that character.")
    for field in dict.fromkeys(_unstorable(change.document, ())):
        yield field, message


def is_taken(change: Proposal, plan: Plan) -> bool:
    """Whether the tenant or the same request already has an object of that kind and name."""
    return plan.find(change.kind, name_of(change)) is not None


def is_drafted(change: Proposal, plan: Plan) -> bool:
    """Whether another open request would create an object of that kind and name."""
    return (change.kind, folded(name_of(change))) in plan.drafted


def drafted_message(name: str) -> str:
    return _("“%(name)s” is already drafted in another change. Choose another name or open that change.") % {
        "name": name
    }


def _unstorable(value: object, path: tuple[str, ...]) -> Iterator[str]:
    """The paths of texts that cannot be stored, no deeper than findings are shown: `dispositionReviewStages.2`."""
    if isinstance(value, str):
        try:
            text(value)
        except Uncanonical:
            yield ".".join(path[:2])
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unstorable(item, (*path, key))
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value, start=1):
            yield from _unstorable(item, (*path, str(position)))
