"""Tags and filters of every template; always loaded (settings). Inline ones go through format_html, which escapes."""

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

from django import template
from django.template.context import Context
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal.web import icons, lifeline, moments, origin, states, worddiff

register = template.Library()


class Named(Protocol):
    """Somebody with a name and initials."""

    name: str
    initials: str


@register.simple_tag(name="icon")
@cache
def icon(name: str) -> SafeString:
    """A shape of icons.py; hidden from listeners, so a word must stand beside it. Raises KeyError."""
    paths = format_html_join(
        "", '<path class="{}" d="{}"/>', ((stroke.paint, stroke.d) for stroke in icons.ICONS[name])
    )
    return format_html(
        '<svg class="icon" data-icon="{}" viewBox="0 0 16 16" width="16" height="16"'
        ' aria-hidden="true" focusable="false">{}</svg>',
        name,
        paths,
    )


@register.simple_tag
def state_icon(kind: str, value: str) -> SafeString:
    """Only the shape of a state, coloured by its tone, for rows whose words say the state."""
    look = states.look_of(kind, value)
    return format_html('<span class="state-icon" data-tone="{}">{}</span>', look.tone, icon(look.icon))


@register.simple_tag
def state_badge(kind: str, value: str, text: str) -> SafeString:
    """Shape and word of a state. `kind` is label, change, push, run, result or finding."""
    look = states.look_of(kind, value)
    return format_html(
        '<span class="state" data-state="{}" data-tone="{}">{}{}</span>', value, look.tone, icon(look.icon), text
    )


@register.simple_tag
def grave(text: str = "") -> SafeString:
    """The violet mark of what cannot be undone."""
    return format_html('<span class="grave">{}{}</span>', icon("diamond"), text or _("Cannot be undone"))


@register.inclusion_tag("shared/_finding.html")
def finding(
    found: Any, *, acknowledged: bool = False, name: str = "", ident: str = "", action: str = ""
) -> dict[str, Any]:
    """A finding: an object or a dict with rule, level, message.

    `name` makes a confirmation a checkbox of that field name; `ident` is the id fields point to with aria-describedby;
    `action` is the text of a button that mends it.
    """
    read = found.get if isinstance(found, dict) else lambda key: getattr(found, key)
    level = str(read("level"))
    return {
        "level": level,
        "look": states.look_of("finding", level),
        "rule": read("rule"),
        "message": read("message"),
        "acknowledged": acknowledged,
        "name": name,
        "ident": ident,
        "action": action,
    }


@register.inclusion_tag("shared/_lifeline.html", name="lifeline")
def lifeline_(document: dict[str, Any], scale_years: int = 30) -> dict[str, Any]:
    """The drawing for a row of a list."""
    return {"drawing": lifeline.draw(lifeline.life(document), lifeline.list_scale(scale_years)), "size": "list"}


@register.inclusion_tag("shared/_lifeline_axis.html")
def lifeline_axis(scale_years: int = 30) -> dict[str, Any]:
    """The axis for the head of the column that holds the drawings."""
    scale = lifeline.list_scale(scale_years)
    return {"figures": lifeline.axis(scale), "ticks": lifeline.ticks(scale), "width": scale.width}


@register.inclusion_tag("shared/_lifeline_change.html")
def lifeline_change(
    before: dict[str, Any] | None, after: dict[str, Any] | None, before_words: str = "", after_words: str = ""
) -> dict[str, Any]:
    """Before and after on one scale, with their words; either may be None (created, deleted)."""
    old = lifeline.life(before) if before else None
    new = lifeline.life(after) if after else None
    scale = lifeline.shared_scale(*[one for one in (old, new) if one])
    return {
        "before": lifeline.draw(old, scale) if old else None,
        "after": lifeline.draw(new, scale, known_stages=len(old.stages) if old else 0, was=old) if new else None,
        "before_words": before_words or (lifeline.words(before) if before else _("does not exist yet")),
        "after_words": after_words or (lifeline.words(after) if after else _("no longer exists")),
        "grid": lifeline.grid(scale),
        "axis": lifeline.axis(scale),
        "scale": scale,
    }


@register.inclusion_tag("shared/_lifeline_upright.html")
def lifeline_upright(document: dict[str, Any], start: date, event: str = "") -> dict[str, Any]:
    """The life of an example item as an ordered list; `start` is the example day, `event` names the type."""
    return {"points": lifeline.upright(document, start, event)}


@register.filter
def life_words(document: dict[str, Any]) -> str:
    """What the drawing says, in one line."""
    return lifeline.words(document)


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """When, as people say it; the exact UTC time in the title."""
    return _time(moment, moments.ago(moment)) if moment else ""


@register.simple_tag(name="moment")
def moment_(moment: datetime | None) -> SafeString | str:
    """Date and time of day with its zone; the exact UTC time in the title."""
    return _time(moment, moments.full(moment)) if moment else ""


@register.simple_tag
def clock(moment: datetime | None, *, with_zone: bool = True) -> SafeString | str:
    """Time of day to the second; without its zone only under a heading that names it."""
    return _time(moment, moments.clock(moment, with_zone=with_zone)) if moment else ""


def _time(moment: datetime, text: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), moments.exact(moment), text)


@register.filter
def waited(since: datetime) -> str:
    """How long something has waited: 2 days."""
    return moments.waited(since)


@register.inclusion_tag("shared/_period.html")
def period(days: int | None) -> dict[str, Any]:
    """A retention period in figures: 10 y and 3,653 d. None is for ever."""
    return {"period": moments.period(days)}


@register.filter
def period_words(days: int | None) -> str:
    """A retention period in words: 10 years, 3,653 days."""
    return moments.period_words(days)


@register.simple_tag
def person(who: Named | str, *, only_mark: bool = False) -> SafeString:
    """A person: initials in a circle, and the name unless `only_mark` (then it is there for listeners)."""
    name = who if isinstance(who, str) else who.name
    return format_html(
        '<span class="who"><span class="face" aria-hidden="true">{}</span><span class="{}">{}</span></span>',
        initials(name),
        "unseen" if only_mark else "who-name",
        visible(name),
    )


@register.simple_tag
def service(name: str) -> SafeString:
    """A worker or an interface: a square, so that it is never taken for a person."""
    return format_html(
        '<span class="who"><span class="face" data-kind="service" aria-hidden="true">{}</span>'
        '<span class="who-name">{}</span></span>',
        name[:2].lower(),
        name,
    )


@register.filter
def initials(name: str) -> str:
    """First letters of the first and last word."""
    words = name.split()
    chosen = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in chosen).upper()


@register.simple_tag(name="worddiff")
def worddiff_(before: str, after: str, side: str = "") -> SafeString:
    """Two texts with the words marked that went and came. `side` before or after shows that column only."""
    if side == "before":
        shown = worddiff.side(before, after, "removed")
    elif side == "after":
        shown = worddiff.side(before, after, "added")
    else:
        shown = worddiff.pieces(before, after)
    return format_html_join("", "{}", ((_piece(piece),) for piece in shown))


def _piece(piece: worddiff.Piece) -> str:
    if piece.mark == "same":
        return visible(piece.text)
    said = _("Removed:") if piece.mark == "removed" else _("Added:")
    tag = "del" if piece.mark == "removed" else "ins"
    words = piece.text.rstrip()  # no line is drawn under the space behind
    space = piece.text[len(words) :]
    return format_html('<{0}><span class="unseen">{1} </span>{2}</{0}>{3}', tag, said, visible(words), space)


@register.simple_tag
def short_hash(value: str, groups: int = 2) -> SafeString:
    """The beginning of a hash in groups of four, with a button that copies the whole (shown by script only)."""
    shown = " ".join(value[at : at + 4] for at in range(0, groups * 4, 4))
    button = copies(value, _("Copy the whole hash"), _("The whole hash is copied"))
    return format_html('<span class="hash"><code>{}</code>{}</span>', shown, button)


@register.simple_tag
def copies(value: str, name: str, said: str) -> SafeString:
    """A button that copies `value` (shown by script only); `said` is told to listeners afterwards."""
    return format_html(
        '<button type="button" class="icon-button" data-copy="{}" data-said="{}" hidden>{}'
        '<span class="unseen">{}</span></button>',
        value,
        said,
        icon("copy"),
        name,
    )


@register.filter
def visible(text: str) -> SafeString:
    """Text from elsewhere with its hidden characters shown: bidirectional overrides and control characters (S16)."""
    if str(text).isprintable():  # which nothing hidden is, and nearly every text
        return conditional_escape(str(text))
    return format_html_join("", "{}", ((_shown(run),) for run in _runs(str(text))))


@register.filter
def plainly(text: str) -> str:
    """The same where no markup can stand, as in the title of a page."""
    return "".join(f"[{_point(run)}]" if _hides(run) else run for run in _runs(str(text)))


def _runs(text: str) -> Iterable[str]:
    """Plain runs of text, and each hidden character by itself."""
    plain = ""
    for character in text:
        if _hides(character):
            yield plain
            yield character
            plain = ""
        else:
            plain += character
    yield plain


def _hides(run: str) -> bool:
    return len(run) == 1 and unicodedata.category(run) in {"Cc", "Cf"} and run not in "\n\t\u200c\u200d"


def _shown(run: str) -> str:
    if not _hides(run):
        return run
    point = _point(run)
    return format_html('<span class="hidden-character" title="{}">{}</span>', unicodedata.name(run, point), point)


def _point(character: str) -> str:
    return f"U+{ord(character):04X}"


@register.filter
def seals(wanted: int, given: int) -> list[bool]:
    """One seal per approval wanted, given ones first."""
    return [number < given for number in range(max(wanted, given))]


SECTIONS = {
    "labels": "labels",
    "label": "labels",
    "event-types": "event-types",
    "event-type": "event-types",
    "events": "events",
    "event": "events",
    "incident": "events",
    "standing": "events",
    "changes": "changes",
    "change": "changes",
    "drift": "drift",
    "sync": "sync",
    "report": "sync",
    "restored": "sync",
    "history": "history",
    "people": "people",
    "systems": "systems",
    "system": "systems",
    "key": "systems",
    "tenant": "desk",
    "desk": "desk",
    "account": "account",
    "connection": "connection",
    "registration": "connection",
    "connect": "connection",
}


@register.simple_tag(takes_context=True)
def section(context: Context) -> str:
    """Which entry of the side navigation the page belongs to, by the first two words of its URL name, or the first."""
    match = getattr(context.get("request"), "resolver_match", None)
    words = ((match.url_name if match else "") or "").split("-")
    return SECTIONS.get("-".join(words[:2])) or SECTIONS.get(words[0], "")


@register.simple_tag
def support_reference() -> str:
    """The id that log and history bear for this request."""
    return origin.current().request_id


@register.inclusion_tag("shared/_sample_lives.html")
def sample_lives() -> dict[str, Any]:
    """The picture beside the sign-in form: examples, the only decoration there is."""
    scale = lifeline.picture_scale()
    return {
        "rows": [lifeline.draw(one, scale) for one in lifeline.SAMPLES],
        "grid": lifeline.grid(scale),
        "scale": scale,
    }
