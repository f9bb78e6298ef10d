"""Names and descriptions: VR-01 to VR-08."""

import string
import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

from labels.words import number
from portal.mirror import names
from portal.mirror.kinds import Level, Plan, Proposal
from portal.mirror.rules import CREATE, UPDATE, Says, rule

IMPORTABLE = frozenset(string.ascii_letters + string.digits + "- ")
FORBIDDEN = frozenset("%*\\&<>|#?,:;")
LONGEST_DESCRIPTION = 1024


@rule("VR-01", Level.BLOCK, "displayName")
def name_given(change: Proposal, plan: Plan) -> Says:
    """VR-01."""
    if not names.name_of(change).strip():
        yield "displayName", _("Enter a label name.")


@rule("VR-03", Level.BLOCK, on=CREATE)
def name_free(change: Proposal, plan: Plan) -> Says:
    """VR-03."""
    name = names.name_of(change)
    if names.is_taken(change, plan):
        message = _("“%(name)s” already exists. Choose another name or open the existing label.")
        yield "displayName", message % {"name": name}
    elif names.is_drafted(change, plan):
        yield "displayName", names.drafted_message(name)


@rule("VR-04", Level.WARN, "displayName")
def name_importable(change: Proposal, plan: Plan) -> Says:
    """VR-04."""
    refused = _listed(character for character in names.name_of(change) if character not in IMPORTABLE)
    if refused:
        message = _(
            "Purview's CSV import accepts only letters, digits, hyphen and space. "
            "“%(characters)s” would be refused there."
        )
        yield "displayName", message % {"characters": refused}


@rule("VR-05", Level.BLOCK, "displayName")
def name_acceptable(change: Proposal, plan: Plan) -> Says:
    """VR-05, the characters Purview forbids; the outer spaces are `names.trimmed`."""
    forbidden = _listed(character for character in names.name_of(change) if character in FORBIDDEN)
    if forbidden:
        yield "displayName", _("Remove %(characters)s from the name.") % {"characters": forbidden}


@rule("VR-06", Level.BLOCK, on=UPDATE)
def name_kept(change: Proposal, plan: Plan) -> Says:
    """VR-06."""
    if change.touches("displayName"):
        yield "displayName", _("Names cannot be changed after creation. Create a replacement label instead.")


def descriptions_short(change: Proposal, field: str) -> Says:
    """VR-07."""
    length = len(_text(change, field))
    if length > LONGEST_DESCRIPTION:
        message = _("The description has %(n)s characters; the limit is 1,024. Shorten it by %(too_many)s.")
        yield field, message % {"n": number(length), "too_many": number(length - LONGEST_DESCRIPTION)}


def descriptions_plain(change: Proposal, field: str) -> Says:
    """VR-08."""
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in _text(change, field)):
        yield (
            field,
            _("Line breaks are lost or refused in a CSV import. Write the description on one line if it may be."),
        )


@rule("VR-07", Level.BLOCK, "descriptionForAdmins")
def note_short(change: Proposal, plan: Plan) -> Says:
    return descriptions_short(change, "descriptionForAdmins")


@rule("VR-07", Level.BLOCK, "descriptionForUsers")
def text_short(change: Proposal, plan: Plan) -> Says:
    return descriptions_short(change, "descriptionForUsers")


@rule("VR-08", Level.WARN, "descriptionForAdmins")
def note_plain(change: Proposal, plan: Plan) -> Says:
    return descriptions_plain(change, "descriptionForAdmins")


@rule("VR-08", Level.WARN, "descriptionForUsers")
def text_plain(change: Proposal, plan: Plan) -> Says:
    return descriptions_plain(change, "descriptionForUsers")


def _text(change: Proposal, field: str) -> str:
    value = change.document.get(field)
    return value if isinstance(value, str) else ""


def _listed(characters: Iterable[str]) -> str:
    """Each character once, in the order they came, set apart by spaces."""
    return " ".join(dict.fromkeys(characters))


RULES = (
    name_given,
    names.short,
    name_free,
    name_importable,
    names.trimmed,
    name_acceptable,
    names.storable,
    name_kept,
    note_short,
    text_short,
    note_plain,
    text_plain,
)
