"""Writing a label: a new one, one of the tenant, one inside a change; and an approver's edit of stages and descriptors.

Every button of the form sends the whole form to its own address: `do` says which was pressed. htmx swaps pieces,
without script the page comes back as a whole.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labels import actions, queries, stages
from labels.editor import CONFIRMS, Editor, mended
from labels.models import RetentionLabel
from labels.sheets import Sheet, held_in, sheet_of
from portal.changes.models import ChangeRequest, State
from portal.changes.writing import WRITTEN_OVER, already_in, on_the_request_now
from portal.errors import Invalid, NotAllowed, Stale
from portal.tenants.access import Request, requires
from portal.tenants.models import Role
from portal.web.render import render_page

PAGE = "labels/form.html"


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def label_new(request: Request, tenant: str) -> HttpResponse:
    return _write(request, Sheet(request.tenant))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def label_edit(request: Request, tenant: str, pk: int) -> HttpResponse:
    row = get_object_or_404(RetentionLabel.objects.here().select_related("tenant"), tenant=request.tenant, pk=pk)
    return _write(request, Sheet(request.tenant, row))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR, Role.APPROVER)
def label_in_change(request: Request, tenant: str, number: int, position: int) -> HttpResponse:
    """A label inside a draft, for authors; inside a change in review, for approvers."""
    change_request = get_object_or_404(request.tenant.change_requests.select_related("tenant"), number=number)
    held = held_in(change_request, position)
    if held is None:
        raise Http404
    _may_edit(request, change_request)
    return _write(request, sheet_of(change_request, held))


def _may_edit(request: Request, change_request: ChangeRequest) -> None:
    """Raises NotAllowed or Invalid."""
    wanted = {State.DRAFT: Role.AUTHOR, State.IN_REVIEW: Role.APPROVER}.get(State(change_request.state))
    if wanted is None:
        raise Invalid(_("“%(change)s” is closed to editing. Draft a new change instead.") % {"change": change_request})
    if wanted not in request.roles:
        needed = {
            Role.AUTHOR: _("A draft is edited by authors. Ask one of them, or an administrator for the role."),
            Role.APPROVER: _("In review only approvers can edit. Withdraw the change, or ask for it to be returned."),
        }
        raise NotAllowed(needed[wanted])


def _write(request: Request, sheet: Sheet) -> HttpResponse:
    if request.method != "POST":
        return _page(request, Editor(sheet, by=request.user, joins=request.GET.get("request", "")))
    do = "mend" if "mend" in request.POST else request.POST.get("do", "save")
    if do.startswith("stage-"):
        return _restage(request, sheet, do.removeprefix("stage-"))
    editor = Editor(sheet, by=request.user, typed=request.POST)
    if do == "live":
        return _page(request, editor, "labels/_live.html")
    if do == "mend" and "retentionDuration" in editor.form.fields:
        editor = Editor(sheet, by=request.user, typed=mended(editor))
        editor.form.fields["retentionDuration"].widget.attrs["autofocus"] = True
        return _page(request, editor)
    return _save(request, editor, submits=do == "submit")


def _restage(request: Request, sheet: Sheet, button: str) -> HttpResponse:
    """A stage added, moved or removed; everything else stays as it was typed."""
    moved = stages.pressed(stages.typed(request.POST), button, known=sheet.known_stages)
    editor = Editor(sheet, by=request.user, typed=stages.with_stages(request.POST, moved.stages))
    context = {"said": _said(button, moved), **_focus(editor, button, moved)}
    return _page(request, editor, "labels/_restaged.html", context)


def _focus(editor: Editor, button: str, moved: stages.Moved) -> dict[str, object]:
    """A stage that moved keeps the focus on the button, so that it can be pressed again; else its name has it."""
    if moved.focus is None or editor.stages is None:
        return {}
    if button.partition("-")[0] not in ("up", "down"):
        editor.stages.forms[moved.focus].fields["name"].widget.attrs["autofocus"] = True
        return {}
    card = editor.stage_cards[moved.focus]
    verb = "down" if card.is_top else "up" if card.is_bottom else button.partition("-")[0]
    return {"focused_stage": moved.focus + 1, "focused_button": verb}


def _said(button: str, moved: stages.Moved) -> str:
    """What listeners are told of a stage that came, went or moved."""
    if moved.focus is None or button == "add":
        return ""
    names = {"number": moved.focus + 1, "count": len(moved.stages), "name": moved.stages[moved.focus]["name"]}
    if button.startswith("remove"):
        return _("Stage removed. %(count)s are left.") % names
    if names["name"]:
        return _("%(name)s is now stage %(number)s of %(count)s.") % names
    return _("The stage is now number %(number)s of %(count)s.") % names


def _save(request: Request, editor: Editor, *, submits: bool) -> HttpResponse:
    """Save, or save and submit. Whatever keeps it from being saved, the form comes back as it was typed."""
    if not editor.is_valid:
        return _page(request, editor, status=422)
    if editor.is_stale:
        return _again(request, editor, str(WRITTEN_OVER))
    if editor.is_outdated:
        said = _("The tenant changed this label since you started. Look at the marked fields, then save again.")
        return _again(request, editor.on_the_tenant_now(), said)
    if _is_refused(request, editor, submits=submits or editor.sheet.in_review):
        return _page(request, editor, status=422)
    try:  # not left to the middleware, whose page would lose what was typed
        saved = _carry_out(request, editor, submits=submits)
    except Stale as refusal:
        return _again(request, editor, str(refusal.sentence))
    except Invalid as refusal:
        editor.form.add_error(None, str(refusal.sentence))
        return _page(request, editor, status=422)
    return _saved(request, editor, saved, submits=submits)


def _is_refused(request: Request, editor: Editor, *, submits: bool) -> bool:
    """Whether something keeps it from being saved as it is; the form says what."""
    form, sheet = editor.form, editor.sheet
    if editor.is_unchanged:
        form.add_error(None, _("This leaves the label as it is. Change a setting first."))
    if sheet.in_review and "gives_up_deciding" not in request.POST:
        form.add_error(None, _("Confirm that you give up deciding on this change."))
    if submits and "reason" in form.fields and not editor.has_reason:
        form.add_error("reason", _("Say why: approvers read the reason first, auditors read it last."))
    editor.insists = submits
    return bool(form.errors) or (submits and bool(editor.to_fix or editor.to_confirm))


def _carry_out(request: Request, editor: Editor, *, submits: bool) -> ChangeRequest:
    said = editor.form.cleaned_data
    what = {"wanted": editor.wanted, "title": said.get("title", ""), "reason": said.get("reason", "")}
    act = actions.submit if submits else actions.save
    return act(editor.sheet, by=request.user, content_hash=said["content_hash"], **what)


def _again(request: Request, editor: Editor, sentence: str) -> HttpResponse:
    """The form as it was typed, drawn on what has changed meanwhile."""
    again = Editor(editor.sheet, by=request.user, typed=on_the_request_now(editor.data, editor.sheet.request))
    again.meanwhile = editor.meanwhile
    again.form.add_error(None, sentence)
    return _page(request, again, status=409)


def _saved(request: Request, editor: Editor, saved: ChangeRequest, *, submits: bool) -> HttpResponse:
    name = editor.document["displayName"]
    if submits or editor.sheet.in_review:
        told = _("“%(change)s” waits for approval.") if submits else _("“%(change)s” was edited in review.")
        messages.success(request, told % {"change": saved})
        return redirect(saved)
    told = _("Draft saved. “%(name)s” is in change #%(number)s.")
    messages.success(request, told % {"name": name, "number": saved.number})
    place = already_in(saved, editor.wanted[-1].key)
    return redirect("label-in-change", saved.tenant.slug, saved.number, place.first.position if place else 0)


def _page(
    request: Request, editor: Editor, piece: str = "", more: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """The whole form, or for htmx the piece a button asked for. What was typed is never answered to a plain reload."""
    sheet = editor.sheet
    context = {"editor": editor, "sheet": sheet, "form": editor.form, "confirms": CONFIRMS, **(more or {})}
    if sheet.row is not None and sheet.held is None:
        context["open"] = queries.open_on(sheet.row)
    if sheet.row is not None:
        context["outside"] = queries.changed_outside(sheet.row)
    if not piece:
        return render(request, PAGE, context, status=status)
    return render_page(request, PAGE, piece, context, status=status)
