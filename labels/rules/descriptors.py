"""Descriptors on labels, and descriptor values of their own: VR-50 to VR-56."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.facts import Facts
from labels.words import DESCRIPTORS
from portal.mirror import names
from portal.mirror.kinds import Known, Level, Plan, Proposal, folded
from portal.mirror.rules import CREATE, DELETE, Says, rule

LONGEST_VALUE = 64


def too_long(kind: str, value: str) -> Iterator[str]:
    """VR-50, the message."""
    if len(value) > LONGEST_VALUE:
        message = _("%(kind)s: %(n)s characters; 64 are allowed. Shorten it by %(too_many)s.")
        yield message % {"kind": DESCRIPTORS[kind], "n": len(value), "too_many": len(value) - LONGEST_VALUE}


def elsewhere(name: str, category: str, plan: Plan) -> Iterator[str]:
    """VR-52, the message, when a subcategory of that name belongs to another category and to none of that name."""
    found = plan.find("subcategory", name)
    if found and plan.find("subcategory", name, parent=category) is None:
        names = {"sub": name, "other": found.document.get("category", "")}
        yield _("“%(sub)s” belongs to “%(other)s”. Subcategory names are unique in the tenant.") % names


@rule("VR-50", Level.BLOCK, "descriptors")
def label_values_short(change: Proposal, plan: Plan) -> Says:
    """VR-50."""
    label = Facts(change.after)
    for part in DESCRIPTORS:
        for message in too_long(part, label.descriptor(part)):
            yield f"descriptors.{part}", message


@rule("VR-50", Level.BLOCK, "descriptors")
def label_values_exist(change: Proposal, plan: Plan) -> Says:
    """A descriptor is bound to its value (contract 4.5), which must exist, as an event type must (VR-15)."""
    label = Facts(change.after)
    for part, kind in DESCRIPTORS.items():
        name = label.descriptor(part)
        if name and plan.find(part, name) is None:
            message = _("%(kind)s: “%(name)s” does not exist yet. Add it to this change or choose another.")
            yield f"descriptors.{part}", message % {"kind": kind, "name": name}


@rule("VR-51", Level.BLOCK, "descriptors")
def label_category_given(change: Proposal, plan: Plan) -> Says:
    """VR-51."""
    label = Facts(change.after)
    if label.descriptor("subcategory") and not label.descriptor("category"):
        yield "descriptors.subcategory", _("Choose the category first.")


@rule("VR-52", Level.BLOCK, "descriptors")
def label_subcategory_fits(change: Proposal, plan: Plan) -> Says:
    """VR-52."""
    label = Facts(change.after)
    sub, category = label.descriptor("subcategory"), label.descriptor("category")
    if sub and category:
        for message in elsewhere(sub, category, plan):
            yield "descriptors.subcategory", message


@rule("VR-50", Level.BLOCK, on=CREATE)
def value_short(change: Proposal, plan: Plan) -> Says:
    """VR-50."""
    for message in too_long(change.kind, names.name_of(change)):
        yield "displayName", message


@rule("VR-51", Level.BLOCK, on=CREATE)
def category_given(change: Proposal, plan: Plan) -> Says:
    """VR-51."""
    if change.kind == "subcategory" and not _text(change, "category").strip():
        yield "category", _("Choose the category first.")


@rule("VR-15", Level.BLOCK, on=CREATE)
def category_exists(change: Proposal, plan: Plan) -> Says:
    """A subcategory is created in its category, so that must exist, as event types do in VR-15."""
    name = _text(change, "category")
    if change.kind == "subcategory" and name.strip() and plan.find("category", name) is None:
        message = _("The category “%(name)s” does not exist yet. Add it to this change or choose another.")
        yield "category", message % {"name": name}


@rule("VR-52", Level.BLOCK, on=CREATE)
def subcategory_unique(change: Proposal, plan: Plan) -> Says:
    """VR-52."""
    if change.kind == "subcategory":
        for message in elsewhere(names.name_of(change), _text(change, "category"), plan):
            yield "displayName", message


@rule("VR-03", Level.BLOCK, on=CREATE)
def value_free(change: Proposal, plan: Plan) -> Says:
    """VR-03; of a subcategory of another category speaks VR-52."""
    name = names.name_of(change)
    parent = _text(change, "category") if change.kind == "subcategory" else ""
    if plan.find(change.kind, name, parent=parent):
        message = _("“%(name)s” already exists. Choose another name or use the existing one.")
        yield "displayName", message % {"name": name}
    elif names.is_drafted(change, plan):
        yield "displayName", names.drafted_message(name)


@rule("VR-53", Level.BLOCK, on=CREATE)
def citation_named(change: Proposal, plan: Plan) -> Says:
    """VR-53."""
    told = _text(change, "citationUrl").strip() or _text(change, "citationJurisdiction").strip()
    if change.kind == "citation" and told and not names.name_of(change).strip():
        yield "displayName", _("Name the citation.")


@rule("VR-54", Level.WARN, on=CREATE)
def citation_same(change: Proposal, plan: Plan) -> Says:
    """VR-54."""
    found = plan.find("citation", names.name_of(change)) if change.kind == "citation" else None
    if found and not _same_citation(change, found):
        details = [found.document.get("citationUrl"), found.document.get("citationJurisdiction")]
        given = ", ".join(str(detail) for detail in details if detail)
        if given:
            message = _("“%(name)s” already exists with %(details)s. It will not be changed by this.")
        else:
            message = _(
                "“%(name)s” already exists without web address and jurisdiction. It will not be changed by this."
            )
        yield "displayName", message % {"name": found.name, "details": given}


@rule("VR-55", Level.WARN, on=CREATE)
def citation_linked(change: Proposal, plan: Plan) -> Says:
    """VR-55."""
    url = _text(change, "citationUrl").strip()
    if change.kind == "citation" and url and not _is_web_address(url):
        yield "citationUrl", _("Enter a full web address, such as https://example.org/law.")


@rule("VR-56", Level.CONFIRM, on=DELETE)
def value_unused(change: Proposal, plan: Plan) -> Says:
    """VR-56."""
    name = names.name_of(change)
    labels = sum(known.kind == "retentionLabel" for known in plan.users(change.kind, name))
    if labels:
        message = ngettext(
            "%(n)s label uses “%(name)s”. Describe it with another value first, or confirm.",
            "%(n)s labels use “%(name)s”. Describe them with another value first, or confirm.",
            labels,
        )
        yield "displayName", message % {"n": labels, "name": name}


def _text(change: Proposal, field: str) -> str:
    value = change.document.get(field)
    return value if isinstance(value, str) else ""


def _same_citation(change: Proposal, found: Known) -> bool:
    fields = ("citationUrl", "citationJurisdiction")
    return all(folded(_text(change, field)) == folded(str(found.document.get(field) or "")) for field in fields)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an unclosed bracket in the host
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


RULES = (label_values_short, label_values_exist, label_category_given, label_subcategory_fits)
OWN_RULES = (
    names.given,
    value_free,
    names.trimmed,
    names.storable,
    value_short,
    category_given,
    category_exists,
    subcategory_unique,
    citation_named,
    citation_same,
    citation_linked,
    value_unused,
)
