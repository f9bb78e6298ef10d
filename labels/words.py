"""The settings of labels and descriptors in words, as forms, changes and history show them (look/*.png)."""

from collections.abc import Iterator

from django.db.models import TextChoices
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labels.facts import Facts
from labels.models import AfterPeriod, Behavior, RecordStarts, Trigger
from portal.mirror.kinds import Document, Line

FIELDS = {
    "displayName": gettext_lazy("Label name"),
    "descriptionForAdmins": gettext_lazy("Note for administrators"),
    "descriptionForUsers": gettext_lazy("Text users see"),
    "behaviorDuringRetentionPeriod": gettext_lazy("Keep the item"),
    "defaultRecordBehavior": gettext_lazy("Records start"),
    "retentionDuration": gettext_lazy("Period"),
    "retentionTrigger": gettext_lazy("Counted from"),
    "retentionEventType": gettext_lazy("Event type"),
    "actionAfterRetentionPeriod": gettext_lazy("Then"),
    "labelToBeApplied": gettext_lazy("Next label"),
}
DESCRIPTORS = {
    "department": gettext_lazy("Function"),
    "category": gettext_lazy("Category"),
    "subcategory": gettext_lazy("Subcategory"),
    "authority": gettext_lazy("Authority"),
    "citation": gettext_lazy("Citation"),
    "filePlanReference": gettext_lazy("Reference ID"),
}


def number(value: int) -> str:
    """A whole number with its thousands set apart, as the reader's language writes it."""
    return number_format(value, force_grouping=True)


def calendar_days(years: int) -> int:
    """The days that are never fewer than so many calendar years: years × 365.25, rounded up (domain-rules.md 2.1)."""
    return -(-years * 1461 // 4)


def chosen(choices: type[TextChoices], value: str) -> str:
    """A setting in words. A value Graph has added since is shown as it came."""
    if value in choices.values:
        return str(choices(value).label)
    return _("“%(value)s”, unknown to Fileplan") % {"value": value}


def days(count: int) -> str:
    """A period: the exact days, and the years where they make whole ones, calendar years or Purview's of 365 days."""
    text = ngettext("%(days)s day", "%(days)s days", count) % {"days": number(count)}
    calendar, short = count * 4 // 1461, count // 365
    if calendar and calendar_days(calendar) == count:
        years = ngettext("%(days)s (%(years)s calendar year)", "%(days)s (%(years)s calendar years)", calendar)
        return years % {"days": text, "years": calendar}
    if short and short * 365 == count:
        years = ngettext("%(days)s (%(years)s year of 365 days)", "%(days)s (%(years)s years of 365 days)", short)
        return years % {"days": text, "years": short}
    return text


def period(facts: Facts) -> str:
    """The duration in words; "" where none is set."""
    if facts.days is not None:
        return days(facts.days)
    if facts.is_forever:
        return _("For ever")
    return "" if facts.duration is None else _("Unknown to Fileplan")


def lines(document: Document) -> tuple[Line, ...]:
    """A label's settings in reading order. What is optional and not set has no line."""
    facts = Facts(document)
    settings = [Line(path, str(FIELDS[path]), text) for path, text in _settings(facts) if text]
    stages = [
        Line(
            stage.field,
            _("Stage %(n)s") % {"n": stage.position},
            "\n".join(filter(None, (stage.name, *stage.reviewers))),
        )
        for stage in facts.stages
    ]
    described = [Line(f"descriptors.{part}", str(label), facts.descriptor(part)) for part, label in DESCRIPTORS.items()]
    return (*settings, *stages, *(line for line in described if line.text))


def _settings(facts: Facts) -> Iterator[tuple[str, str]]:
    yield "displayName", facts.name
    yield "descriptionForAdmins", facts.text("descriptionForAdmins")
    yield "descriptionForUsers", facts.text("descriptionForUsers")
    yield "behaviorDuringRetentionPeriod", _set(Behavior, facts.behavior)
    if facts.behavior == Behavior.RECORD or facts.starts != RecordStarts.LOCKED:
        yield "defaultRecordBehavior", _set(RecordStarts, facts.starts)
    yield "retentionDuration", period(facts)
    yield "retentionTrigger", _set(Trigger, facts.trigger)
    yield "retentionEventType", facts.event_type
    yield "actionAfterRetentionPeriod", _set(AfterPeriod, facts.action)
    yield "labelToBeApplied", facts.next_label


def _set(choices: type[TextChoices], value: str) -> str:
    return chosen(choices, value) if value else ""
