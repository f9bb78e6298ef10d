"""A label in plain English: whole sentences, one per case, the choices in bold (look.md, "Summary sentence")."""

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labels.facts import Facts
from labels.models import AfterPeriod, Behavior, RecordStarts, Trigger
from labels.words import number
from portal.mirror.kinds import Document
from portal.web.moments import whole_months, whole_years

UNLOCKED = "unlocked"
Sentences = dict[tuple[str, str], str | Promise]

KEPT: Sentences = {
    (Behavior.RETAIN, Trigger.CREATED): gettext_lazy("Keep each item for <b>{period}</b> after it was <b>created</b>."),
    (Behavior.RETAIN, Trigger.MODIFIED): gettext_lazy(
        "Keep each item for <b>{period}</b> after its <b>last edit</b>; every edit starts again."
    ),
    (Behavior.RETAIN, Trigger.LABELED): gettext_lazy(
        "Keep each item for <b>{period}</b> after it was <b>labelled</b>."
    ),
    (Behavior.RETAIN, Trigger.EVENT): gettext_lazy("Keep each item for <b>{period}</b> after <b>{event}</b>."),
    (Behavior.RECORD, Trigger.CREATED): gettext_lazy(
        "Keep each item as a <b>locked record</b> for <b>{period}</b> after it was <b>created</b>."
    ),
    (Behavior.RECORD, Trigger.MODIFIED): gettext_lazy(
        "Keep each item as a <b>locked record</b> for <b>{period}</b> after its <b>last edit</b>."
    ),
    (Behavior.RECORD, Trigger.LABELED): gettext_lazy(
        "Keep each item as a <b>locked record</b> for <b>{period}</b> after it was <b>labelled</b>."
    ),
    (Behavior.RECORD, Trigger.EVENT): gettext_lazy(
        "Keep each item as a <b>locked record</b> for <b>{period}</b> after <b>{event}</b>."
    ),
    (UNLOCKED, Trigger.CREATED): gettext_lazy(
        "Keep each item as an <b>unlocked record</b> for <b>{period}</b> after it was <b>created</b>."
    ),
    (UNLOCKED, Trigger.MODIFIED): gettext_lazy(
        "Keep each item as an <b>unlocked record</b> for <b>{period}</b> after its <b>last edit</b>."
    ),
    (UNLOCKED, Trigger.LABELED): gettext_lazy(
        "Keep each item as an <b>unlocked record</b> for <b>{period}</b> after it was <b>labelled</b>."
    ),
    (UNLOCKED, Trigger.EVENT): gettext_lazy(
        "Keep each item as an <b>unlocked record</b> for <b>{period}</b> after <b>{event}</b>."
    ),
    (Behavior.REGULATORY, Trigger.CREATED): gettext_lazy(
        "Keep each item as a <b>regulatory record</b> for <b>{period}</b> after it was <b>created</b>."
    ),
    (Behavior.REGULATORY, Trigger.MODIFIED): gettext_lazy(
        "Keep each item as a <b>regulatory record</b> for <b>{period}</b> after its <b>last edit</b>."
    ),
    (Behavior.REGULATORY, Trigger.LABELED): gettext_lazy(
        "Keep each item as a <b>regulatory record</b> for <b>{period}</b> after it was <b>labelled</b>."
    ),
    (Behavior.REGULATORY, Trigger.EVENT): gettext_lazy(
        "Keep each item as a <b>regulatory record</b> for <b>{period}</b> after <b>{event}</b>."
    ),
    (Behavior.DO_NOT_RETAIN, Trigger.CREATED): gettext_lazy(
        "Do <b>not retain</b> the item; wait for <b>{period}</b> after it was <b>created</b>."
    ),
    (Behavior.DO_NOT_RETAIN, Trigger.MODIFIED): gettext_lazy(
        "Do <b>not retain</b> the item; wait for <b>{period}</b> after its <b>last edit</b>."
    ),
    (Behavior.DO_NOT_RETAIN, Trigger.LABELED): gettext_lazy(
        "Do <b>not retain</b> the item; wait for <b>{period}</b> after it was <b>labelled</b>."
    ),
}
FOR_EVER: dict[str, str | Promise] = {
    Behavior.RETAIN: gettext_lazy("Keep each item for ever. Nothing happens after that."),
    Behavior.RECORD: gettext_lazy("Keep each item as a locked record for ever. Nothing happens after that."),
    UNLOCKED: gettext_lazy("Keep each item as an unlocked record for ever. Nothing happens after that."),
    Behavior.REGULATORY: gettext_lazy("Keep each item as a regulatory record for ever. Nothing happens after that."),
}
THEN: dict[str, str | Promise] = {
    AfterPeriod.NOTHING: gettext_lazy("Then <b>nothing happens</b>: the label stays, the item may be deleted."),
    AfterPeriod.DELETE: gettext_lazy("Then it is <b>deleted</b>, without asking anybody."),
    AfterPeriod.RELABEL: gettext_lazy("Then “<b>{next_label}</b>” takes over."),
}


def sentences(document: Document) -> SafeString | str:
    """What the label does, in one to three sentences. What was typed is escaped."""
    facts = Facts(document)
    if facts.behavior == Behavior.DO_NOT_RETAIN and facts.action == AfterPeriod.NOTHING and facts.duration is None:
        return _("A bare label: it marks items and retains nothing.")
    if facts.is_forever and _kept_as(facts) in FOR_EVER:
        return str(FOR_EVER[_kept_as(facts)])
    told = [_kept(facts), _then(facts)]
    if not all(told):
        return _("Choose how the item is kept, for how long, counted from when, and what happens then.")
    return format_html_join(" ", "{}", ((sentence,) for sentence in told))


def spoken(days: int) -> str:
    """A period as a sentence says it, without the exact days: 6 years."""
    if years := whole_years(days):
        return ngettext("%(count)d year", "%(count)d years", years) % {"count": years}
    if months := whole_months(days):
        return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": number(days)}


def _kept_as(facts: Facts) -> str:
    is_unlocked = facts.behavior == Behavior.RECORD and facts.starts == RecordStarts.UNLOCKED
    return UNLOCKED if is_unlocked else facts.behavior


def _kept(facts: Facts) -> SafeString | str:
    sentence = KEPT.get((_kept_as(facts), facts.trigger))
    if sentence is None or facts.days is None:
        return ""
    event = _("“%(event_type)s” is recorded") % {"event_type": facts.event_type}
    return format_html(str(sentence), period=spoken(facts.days), event=event if facts.event_type else _("its event"))


def _then(facts: Facts) -> SafeString | str:
    if facts.is_reviewed and facts.stages:
        count = len(facts.stages)
        sentence = ngettext(
            "Then <b>one stage</b> reviews it. If it approves, the item is <b>deleted</b>.",
            "Then <b>{count} stages</b> review it, one after the other. If all approve, it is <b>deleted</b>.",
            count,
        )
        return format_html(sentence, count=count)
    if facts.action in THEN and (facts.next_label or not facts.relabels):
        return format_html(str(THEN[facts.action]), next_label=facts.next_label)
    return ""
