"""One event as it is written: the form, what is wanted, what the rules say of it, and what it would start."""

from functools import cached_property

from django.forms import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import words
from events.document import name_of
from events.forms import FOLLOW_UPS, EventForm, initial_of
from events.happening import Case, Happening
from events.sheets import Sheet, types_in
from events.starting import Started, started
from portal.changes.objects import Wanted
from portal.changes.writing import judged, open_drafts
from portal.mirror import markers
from portal.mirror.kinds import Document, Finding, Level, folded
from portal.tenants.models import Person

UNSCOPED = "VR-59"
SLOTS = {"eventTriggerDateTime": "day", "eventQueries": "asset_ids", "description": "note"}
FOLLOWS = "follow_ups"
ORDER = {Level.BLOCK: 0, Level.CONFIRM: 1, Level.WARN: 2}
Placed = tuple[Finding, str]


class Editor:
    """What was typed about one event, or what the form shows first, read against the tenant and the request."""

    def __init__(self, sheet: Sheet, *, by: Person, typed: QueryDict | None = None, joins: str = "") -> None:
        self.by, self.is_typed = by, typed is not None
        self.insists = False  # on everything a submission needs
        self.data = typed if typed is not None else shown(sheet, joins=joins)
        drafts = [] if sheet.request else open_drafts(sheet.tenant, by)
        joined = next((draft for draft in drafts if str(draft.number) == self.data.get("request")), None)
        self.sheet = sheet.joining(joined) if joined else sheet
        self.types = types_in(sheet.tenant, self.sheet.request)
        without = ("request",) if sheet.request else ()
        options = [(name, _starts(count)) for name, count in self.types]
        self.form = EventForm(self.data, without=without, drafts=drafts, types=options)
        self.is_valid = self.form.is_valid()
        self.marker = (sheet.held.first.marker if sheet.held else "") or markers.new()
        self._refuse_mistyped()

    def _refuse_mistyped(self) -> None:
        """What was typed to confirm has to be the name of the type."""
        if self.is_unscoped and self._confirmation and not self.is_confirmed:
            self.form.add_error("confirmed_type", self.wants_typed)
            self.is_valid = False

    @property
    def wants_typed(self) -> str:
        return _("Type “%(name)s”, exactly as it is written.") % {"name": self.event_type}

    @property
    def event_type(self) -> str:
        """The type as the tenant spells it."""
        typed = str(self.form.cleaned_data.get("retentionEventType", ""))
        return next((name for name, _count in self.types if folded(name) == folded(typed)), typed)

    @property
    def is_unscoped(self) -> bool:
        """Whether it would reach everything with a label of its type (VR-59)."""
        return not self.form.queries

    @property
    def was_asked(self) -> bool:
        """Whether the page shows the field that confirms an event without a query."""
        return not self.is_typed or "asks" in self.data

    @property
    def is_confirmed(self) -> bool:
        return bool(self.event_type) and self._confirmation == self.event_type.strip()

    @property
    def _confirmation(self) -> str:
        return str(self.form.cleaned_data.get("confirmed_type", ""))

    @cached_property
    def document(self) -> Document:
        """The event as it was typed."""
        return self._happening.document(self.marker)

    @property
    def _happening(self) -> Happening:
        said = self.form.cleaned_data
        return Happening(
            name=str(said.get("displayName", "")),
            note=str(said.get("note", "")),
            event_type=self.event_type,
            day=said.get("day"),
            zone=str(said.get("zone", "")),
            queries=tuple(self.form.queries),
        )

    @cached_property
    def wanted(self) -> list[Wanted]:
        """The event, then each repetition of it under a marker of its own."""
        first = self.sheet.held.first if self.sheet.held else None
        known = {one.first.after_days: one.first.marker or "" for one in self.sheet.repeated}
        confirmed = {UNSCOPED: _("Typed the name of the event type.")} if self.is_unscoped and self.is_confirmed else {}
        place = Case(self.marker, first.case if first else "", first.after_days if first else 0, known)
        return place.wanted(self._happening, self.form.repeats_after, confirmed)

    @cached_property
    def found(self) -> list[Placed]:
        """What the rules say and the field it is shown at, gravest first; nothing of a form nobody has touched."""
        if not self.is_typed and self.sheet.held is None:
            return []
        judgements = judged(self.sheet.tenant, self.sheet.request, self.wanted, instead_of=self.sheet.keys)
        (_first, said), *repeated = judgements
        placed = [(one, SLOTS.get(one.field, one.field)) for one in said]
        heard = {(one.rule, one.message) for one in said}
        for _wanted, findings in repeated:
            placed += [(one, FOLLOWS) for one in findings if (one.rule, one.message) not in heard]
        return sorted(placed, key=lambda one: ORDER[one[0].level])

    @cached_property
    def places(self) -> dict[str, list[Finding]]:
        """Every field with what the rules say there."""
        places: dict[str, list[Finding]] = {name: [] for name in self.form.fields}
        for finding, slot in self.found:
            places[slot if slot in places else "displayName"].append(finding)
        return places

    @property
    def fields(self) -> list[tuple[BoundField, list[Finding]]]:
        return [(self.form[name], found) for name, found in self.places.items()]

    @property
    def to_fix(self) -> list[Placed]:
        return [one for one in self.found if one[0].level == Level.BLOCK]

    @property
    def to_confirm(self) -> list[Placed]:
        asked = [one for one in self.found if one[0].level == Level.CONFIRM]
        return [] if self.is_confirmed else asked

    @property
    def links(self) -> list[dict[str, object]]:
        """What stands before a submission, each with the field it leads to."""
        return [{"finding": one, "href": self._href(one, slot)} for one, slot in self.found]

    @property
    def problems(self) -> list[dict[str, str]]:
        """What the error summary links to beside the form's own errors: what is in the way of a submission."""
        if not self.insists:
            return []
        return [{"href": self._href(one, slot), "text": one.message} for one, slot in [*self.to_fix, *self.to_confirm]]

    def _href(self, finding: Finding, slot: str) -> str:
        return "#id_confirmed_type" if finding.rule == UNSCOPED else f"#id_{slot}_findings"

    @property
    def bar_words(self) -> str:
        """What stands beside the buttons at the bottom."""
        fix, confirm = len(self.to_fix), len(self.to_confirm)
        if fix:
            text = ngettext(
                "%(count)d thing must be fixed before you can submit.",
                "%(count)d things must be fixed before you can submit.",
                fix,
            )
            return text % {"count": fix}
        return _("Type the event type’s name before you can submit.") if confirm else ""

    @property
    def name(self) -> str:
        return name_of(self.document) or _("Record an event")

    @cached_property
    def starts(self) -> list[Started]:
        """The labels that would start, with the day each first becomes due."""
        return started(self.sheet.tenant, self.event_type, self.form.cleaned_data.get("day"))

    @property
    def scope(self) -> str:
        return words.scope(self.document, sees=True)

    @property
    def happened(self) -> str:
        return words.when(self.document)

    @property
    def waits(self) -> int:
        """Days an event of a person waits once it is approved."""
        return self.sheet.tenant.event_days_manual

    @property
    def repeats(self) -> str:
        """The days after which it is sent again, in words; "" for never."""
        return words.listed([str(days) for days in self.form.repeats_after])

    @property
    def has_reason(self) -> bool:
        """Whether the request will have a reason: the one typed, or its own where the event joins it."""
        joined = self.sheet.request if self.sheet.held is None else None
        return bool(self.form.cleaned_data.get("reason") or (joined and joined.reason))

    @property
    def is_stale(self) -> bool:
        """Whether the draft changed since the form was drawn."""
        request = self.sheet.request
        held = self.sheet.held is not None and request is not None
        return bool(held and request and self.data.get("content_hash") != request.content_hash)


def _starts(count: int) -> str:
    return ngettext("%(count)d label starts", "%(count)d labels start", count) % {"count": count}


def shown(sheet: Sheet, *, joins: str = "") -> QueryDict:
    """What the form would send if nobody typed anything."""
    data, held, request = QueryDict(mutable=True), sheet.held, sheet.request
    data.update({"zone": timezone.get_current_timezone_name(), **initial_of(sheet.start)})
    data.update({"request": joins, "title": "", "reason": ""})
    after = {one.first.after_days for one in sheet.repeated}
    data.setlist(FOLLOWS, [str(days) for days in FOLLOW_UPS if days in after])
    data["other_days"] = ", ".join(str(days) for days in sorted(after - {*FOLLOW_UPS}))
    if held is not None and request is not None:
        data.update({"title": request.title, "reason": request.reason, "content_hash": request.content_hash})
        if UNSCOPED in held.first.acknowledged:
            data["confirmed_type"] = str(sheet.start["retentionEventType"] or "")
    return data
