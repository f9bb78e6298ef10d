"""One label as it is written: the form, its stages, what is wanted, and what the rules say of it, beside the fields."""

from datetime import date
from functools import cached_property

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels import stages
from labels.facts import Facts
from labels.forms import (
    CITATION,
    LabelForm,
    StageForm,
    StageFormSet,
    initial_of,
    only_open,
    stage_documents,
    typed_stages,
)
from labels.kinds import RETENTION_LABEL
from labels.models import Behavior
from labels.places import Card, Noted, Place, Placed, met, slot_of, taken_over
from labels.possible import impossible
from labels.sheets import (
    STAGES,
    Sheet,
    additions,
    carried_over,
    findings,
    names_in,
    names_with,
    sealed,
    spelled,
    unsealed,
)
from labels.summary import sentences
from labels.words import FIELDS, calendar_days, number
from portal.changes.models import ChangeRequest
from portal.changes.objects import Wanted, objects_of
from portal.changes.threeway import changed_fields, compare
from portal.changes.writing import already_in, open_drafts
from portal.mirror.kinds import Document, Finding, Level
from portal.tenants.models import Person

CONFIRMS = "acknowledged"


class Editor:
    """What was typed about one label, or what the form shows first, read against the tenant and the request."""

    def __init__(self, sheet: Sheet, *, by: Person, typed: QueryDict | None = None, joins: str = "") -> None:
        self.by = by
        self.is_typed = typed is not None
        self.insists = False  # on everything a submission needs
        drafts = [] if sheet.request else open_drafts(sheet.tenant, by)
        self.data = typed if typed is not None else shown(sheet, sheet.start, joins=joins)
        joined = next((draft for draft in drafts if str(draft.number) == self.data.get("request")), None)
        self.sheet = sheet.joining(joined) if joined else sheet
        self.names = names_in(sheet.tenant)
        without = {*sheet.fixed, *(("request",) if sheet.request else ()), *(WHY if sheet.in_review else ())}
        self.form = LabelForm(
            self.data, without=without, drafts=drafts, options=names_with(self.names, self.sheet.request)
        )
        self.stages = StageFormSet(self.data, prefix=STAGES) if sheet.edits_stages else None
        # Both are read, whatever is wrong with one of them.
        self.is_valid = all([self.form.is_valid(), self.stages is None or self.stages.is_valid()])
        self.meanwhile = self._since_drafted()
        self._offer()
        self._refuse_twice(joined)

    def _offer(self) -> None:
        """Rule out the options that the others do not allow."""
        for field, reasons in impossible(self.document).items():
            if field in self.form.fields:
                self.form.fields[field].widget.impossible = reasons

    def _refuse_twice(self, joined: ChangeRequest | None) -> None:
        """A request says one thing of one label; what it says already is edited where it stands."""
        if joined is not None and already_in(joined, self.sheet.wanted(self.document).key):
            message = _("“%(change)s” is about this label already. Open it there, or choose another change.")
            self.form.add_error("request", message % {"change": joined})
            self.is_valid = False

    @cached_property
    def document(self) -> Document:
        """The label as it was typed, on the tenant as it is now."""
        return self.document_on(self.sheet.start)

    def document_on(self, start: Document) -> Document:
        """The label as it was typed, everything that cannot be typed taken from `start`."""
        reviewed = stage_documents(self.stages) if self.stages is not None else None
        written = self.form.document(start, reviewed)
        return spelled(only_open(written) if self.sheet.creates and not self.sheet.in_review else written, self.names)

    @cached_property
    def _additions(self) -> list[Wanted]:
        citation = {name: str(self.form.cleaned_data.get(name, "")) for name in CITATION}
        return additions(self.sheet, self.document, self.names, citation)

    @property
    def wanted(self) -> list[Wanted]:
        """What is to be created beside the label, then the label itself."""
        return [*self._additions, self.sheet.wanted(self.document, self.acknowledged)]

    @cached_property
    def is_blank(self) -> bool:
        """A new label nobody has typed anything into: there is nothing to find fault with yet."""
        return not self.is_typed and self.sheet.held is None and self.sheet.creates

    @cached_property
    def _found(self) -> Placed:
        """What the rules say and the field it is shown at."""
        bare = [*self._additions, self.sheet.wanted(self.document)]
        return [
            (finding, slot_of(one.kind, finding.field))
            for one, found in findings(self.sheet, bare)
            for finding in found
        ]

    @cached_property
    def noted(self) -> list[Noted]:
        """What the rules say, gravest first; nothing of a form nobody has touched."""
        if self.is_blank:
            return []
        order = {Level.BLOCK: 0, Level.CONFIRM: 1, Level.WARN: 2}
        noted = [self._note(finding, slot) for finding, slot in [*self._found, *self.meanwhile]]
        return sorted(noted, key=lambda one: order[one.finding.level])

    def _note(self, finding: Finding, slot: str) -> Noted:
        return Noted(
            finding,
            slot,
            href=self._href(slot),
            ticked=f"{finding.rule}:{slot}" in self.data.getlist(CONFIRMS) or finding.rule in self._confirmed_before,
            reason=self.data.get(f"reason-{finding.rule}", "") or self._confirmed_before.get(finding.rule, ""),
            mends=self._mends(finding),
        )

    def _since_drafted(self) -> Placed:
        """VR-75 where the tenant changed what the draft changes too: both values, before the author goes on. Where it
        changed what the draft leaves alone, the form shows its value, and says so."""
        since = None if self.is_typed or self.sheet.in_review else self.sheet.since_drafted
        if since is None or self.sheet.row is None:
            return []
        now, base = self.sheet.row.document, self.sheet.held.base if self.sheet.held else None
        others = [name for name in changed_fields(base or {}, now) if name not in (*since.conflict, *since.there)]
        return [*met(now, self.sheet.start, since.conflict), *taken_over(now, others)]

    def _mends(self, finding: Finding) -> str:
        days = Facts(self.document).days
        if finding.rule != "VR-70" or not days or "retentionDuration" not in self.form.fields:
            return ""
        return _("Use %(days)s days") % {"days": number(calendar_days(days // 365))}

    @cached_property
    def _confirmed_before(self) -> dict[str, str]:
        """Rules this person confirmed already, when the form is opened again; what others confirmed is theirs."""
        held = self.sheet.held
        if self.is_typed or held is None or self.sheet.in_review:
            return {}
        return {one["rule"]: one["reason"] for one in held.acknowledgements if one["by"] == self.by.pk}

    @property
    def acknowledged(self) -> dict[str, str]:
        """The rules of which every finding was confirmed, each with the reason given."""
        confirms = [one for one in self.noted if one.finding.level == Level.CONFIRM]
        missing = {one.finding.rule for one in confirms if not one.ticked}
        return {one.finding.rule: one.reason.strip() for one in confirms if one.finding.rule not in missing}

    def _href(self, slot: str) -> str:
        if slot == STAGES:
            return "#stages"
        if slot.startswith(f"{STAGES}-"):
            return f"#id_{slot}-name"
        if slot not in self.form.fields:
            return f"#id_{slot}_findings"
        return f"#{self.form[slot].id_for_label or f'id_{slot}_0'}"

    @cached_property
    def places(self) -> dict[str, Place]:
        """Every place of the form by its field: the field, or in words what is fixed, and what the rules say there."""
        said = {line.path: line.text for line in RETENTION_LABEL.lines(self.document)}
        added = {one.kind: str((one.after or {})["displayName"]) for one in self._additions}
        absent = {name for name in CITATION if name not in self.form.fields}
        absent |= {STAGES} if self.stages is None else set()
        offered = [name for name in PLACES if name not in absent]
        names = [*offered, *(f"{STAGES}-{at}" for at in range(len(self._stage_forms)))]
        return {
            name: Place(
                name=name,
                field=self.form[name] if name in self.form.fields else None,
                findings=[one for one in self.noted if (one.slot if one.slot in names else "descriptors") == name],
                added=added.get(name, ""),
                label=str(FIELDS.get(name, "")),
                text=said.get(name, ""),
            )
            for name in names
        }

    @property
    def _stage_forms(self) -> list[StageForm]:
        return list(self.stages.forms) if self.stages is not None else []

    @cached_property
    def stage_cards(self) -> list[Card]:
        """The stages in their order."""
        forms, known = self._stage_forms, self.sheet.known_stages
        return [
            Card(
                form,
                self.places[f"{STAGES}-{at}"],
                number=at + 1,
                is_known=at < known,
                is_top=at <= known,
                is_bottom=at == len(forms) - 1,
            )
            for at, form in enumerate(forms)
        ]

    @property
    def to_fix(self) -> list[Noted]:
        return [one for one in self.noted if one.finding.level == Level.BLOCK]

    @property
    def to_confirm(self) -> list[Noted]:
        return [one for one in self.noted if one.needs_confirmation]

    @property
    def bar_words(self) -> str:
        """What stands beside the buttons at the bottom."""
        fix, confirm = len(self.to_fix), len(self.to_confirm)
        if fix:
            return ngettext(
                "%(count)d thing must be fixed before you can submit.",
                "%(count)d things must be fixed before you can submit.",
                fix,
            ) % {"count": fix}
        if confirm:
            return ngettext(
                "%(count)d thing needs your confirmation before you can submit.",
                "%(count)d things need your confirmation before you can submit.",
                confirm,
            ) % {"count": confirm}
        return ""

    @property
    def name(self) -> str:
        return str(self.document["displayName"]) or _("New label")

    @property
    def shows_lock_state(self) -> bool:
        return Facts(self.document).behavior == Behavior.RECORD

    @property
    def shows_next_label(self) -> bool:
        return Facts(self.document).relabels

    @property
    def summary(self) -> str:
        return sentences(self.document)

    @property
    def example_day(self) -> date:
        return timezone.localdate()

    @property
    def period_words(self) -> dict[str, str]:
        """What Purview makes of the period, when it is typed in another unit than days."""
        days, unit = Facts(self.document).days, self.data.get("retentionDurationUnit")
        return {"unit": unit or "", "days": number(days)} if days and unit in ("months", "years") else {}

    @property
    def has_reason(self) -> bool:
        """Whether the request will have a reason: the one typed, or its own where the label joins it."""
        joined = self.sheet.request if self.sheet.held is None else None
        return bool(self.form.cleaned_data.get("reason") or (joined and joined.reason))

    @property
    def problems(self) -> list[dict[str, str]]:
        """What the error summary links to beside the form's own errors: stages, and findings in the way."""
        wrong = [
            {"href": f"#id_{form.prefix}-{field}", "text": str(error)}
            for form in self._stage_forms
            for field, errors in form.errors.items()
            for error in errors
        ]
        insisted = [*self.to_fix, *self.to_confirm] if self.insists else []
        return [*wrong, *({"href": one.href, "text": one.finding.message} for one in insisted)]

    @property
    def is_unchanged(self) -> bool:
        held = self.sheet.held
        return self.document == (held.after if held and self.sheet.in_review else self.sheet.base)

    @property
    def drawn_on(self) -> Document | None:
        """The tenant's label when the form was drawn; None for a new label and for what we did not seal."""
        return unsealed(self.data.get("base", ""))

    @property
    def is_outdated(self) -> bool:
        """Whether the tenant's label changed since the form was drawn (VR-75)."""
        drawn = self.drawn_on
        return not self.sheet.in_review and drawn is not None and drawn != self.sheet.base

    @property
    def is_stale(self) -> bool:
        """Whether the draft changed since the form was drawn."""
        request = self.sheet.request
        held = self.sheet.held is not None and request is not None
        return bool(held and request and self.data.get("content_hash") != request.content_hash)

    def on_the_tenant_now(self) -> "Editor":
        """The same wish on the tenant as it is now; what changed there meanwhile is noted with both values (VR-75)."""
        drawn, now = self.drawn_on or {}, self.sheet.base or {}
        typed = self.document_on(drawn)
        fresh, data = shown(self.sheet, carried_over(drawn, now, typed)), self.data.copy()
        for name in fresh:
            if name not in KEPT:
                data[name] = fresh.get(name, "")
        conflict = compare(drawn, now, typed).conflict
        others = [name for name in changed_fields(drawn, now) if name not in conflict and now[name] != typed[name]]
        editor = Editor(self.sheet, by=self.by, typed=data)
        editor.meanwhile = [*met(now, typed, conflict), *taken_over(now, others)]
        return editor


KEPT = ("title", "reason", "request", "content_hash", *CITATION)
"""What is typed but is no setting of the label."""

PLACES = (
    *(name for name in LabelForm.base_fields if name not in (*KEPT, "base", "retentionDurationUnit")),
    *CITATION,
    STAGES,
    "descriptors",
)
WHY = ("title", "reason")


def shown(sheet: Sheet, document: Document, *, joins: str = "") -> QueryDict:
    """What the form would send if nobody typed anything."""
    data = QueryDict(mutable=True)
    data.update({name: str(value) for name, value in initial_of(document).items()})
    typed = typed_stages(document) or [dict.fromkeys(stages.FIELDS, "")]
    data.update(stages.posted(typed))
    request = sheet.request
    held = sheet.held is not None and request is not None
    data.update({"base": sealed(sheet.base), "request": joins, "title": "", "reason": ""})
    data.update(dict.fromkeys(CITATION, ""))
    if held and request is not None:
        data.update({"title": request.title, "reason": request.reason, "content_hash": request.content_hash})
        data.update(_citation_in(request, str(document["descriptors"].get("citation") or "")))
    return data


def _citation_in(request: ChangeRequest, name: str) -> dict[str, str]:
    """Web address and jurisdiction of a citation the request itself creates."""
    for changed in objects_of(request.changes.all()):
        if changed.kind.name == "citation" and changed.name == name and changed.after:
            return {field: str(changed.after.get(field, "")) for field in CITATION}
    return {}


def mended(editor: Editor) -> QueryDict:
    """What was typed, the period lengthened to what is never less than so many calendar years (VR-70)."""
    data, days = editor.data.copy(), Facts(editor.document).days
    if days:
        data["retentionDuration"], data["retentionDurationUnit"] = str(calendar_days(days // 365)), "days"
    return data
