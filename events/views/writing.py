"""Writing an event: a new one, or one inside a draft. `do` says which button sent the form; htmx swaps pieces."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events import actions
from events.document import name_of
from events.editor import Editor
from events.sheets import Sheet, held_in, sheet_of
from portal.changes.models import ChangeRequest
from portal.changes.writing import WRITTEN_OVER, already_in, must_be_draft, on_the_request_now
from portal.errors import Invalid, Stale
from portal.tenants.access import Request, requires
from portal.tenants.models import Role
from portal.web.render import render_page

PAGE = "events/form.html"


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def event_new(request: Request, tenant: str) -> HttpResponse:
    return _write(request, Sheet(request.tenant))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Role.AUTHOR)
def event_in_change(request: Request, tenant: str, number: int, position: int) -> HttpResponse:
    """An event inside a draft. In review nothing of an event may change."""
    change_request = get_object_or_404(request.tenant.change_requests.select_related("tenant"), number=number)
    held = held_in(change_request, position)
    if held is None:
        raise Http404
    must_be_draft(change_request)
    return _write(request, sheet_of(change_request, held))


def _write(request: Request, sheet: Sheet) -> HttpResponse:
    if request.method != "POST":
        return _page(request, Editor(sheet, by=request.user, joins=request.GET.get("request", "")))
    editor, do = Editor(sheet, by=request.user, typed=request.POST), request.POST.get("do", "save")
    if do == "live":
        return _page(request, editor, "events/_live.html")
    return _save(request, editor, submits=do == "submit")


def _save(request: Request, editor: Editor, *, submits: bool) -> HttpResponse:
    """Save, or save and submit. Whatever keeps it from being saved, the form comes back as it was typed."""
    if not editor.is_valid:
        return _page(request, editor, status=422)
    if editor.is_stale:
        return _again(request, editor, str(WRITTEN_OVER))
    if submits and _is_refused(editor):
        return _page(request, editor, status=422)
    try:  # not left to the middleware, whose page would lose what was typed
        saved = _carry_out(request, editor, submits=submits)
    except Stale as refusal:
        return _again(request, editor, str(refusal.sentence))
    except Invalid as refusal:
        editor.form.add_error(None, str(refusal.sentence))
        return _page(request, editor, status=422)
    return _saved(request, editor, saved, submits=submits)


def _is_refused(editor: Editor) -> bool:
    """Whether something keeps it from being submitted as it is; the form says what."""
    editor.insists = True
    if not editor.has_reason:
        editor.form.add_error("reason", _("Say why: approvers read the reason first, auditors read it last."))
    if editor.to_confirm and editor.event_type:
        editor.form.add_error("confirmed_type", editor.wants_typed)
    return bool(editor.form.errors or editor.to_fix or editor.to_confirm)


def _carry_out(request: Request, editor: Editor, *, submits: bool) -> ChangeRequest:
    said, act = editor.form.cleaned_data, actions.submit if submits else actions.save
    what = {"wanted": editor.wanted, "title": said["title"], "reason": said["reason"]}
    return act(editor.sheet, by=request.user, content_hash=said["content_hash"], **what)


def _again(request: Request, editor: Editor, sentence: str) -> HttpResponse:
    """The form as it was typed, drawn on the draft as it is now."""
    again = Editor(editor.sheet, by=request.user, typed=on_the_request_now(editor.data, editor.sheet.request))
    again.form.add_error(None, sentence)
    return _page(request, again, status=409)


def _saved(request: Request, editor: Editor, saved: ChangeRequest, *, submits: bool) -> HttpResponse:
    if submits:
        messages.success(request, _("“%(change)s” waits for approval.") % {"change": saved})
        return redirect(saved)
    told = _("Draft saved. “%(name)s” is in change #%(number)s.")
    messages.success(request, told % {"name": name_of(editor.document), "number": saved.number})
    place = already_in(saved, editor.wanted[0].key)
    return redirect("event-in-change", saved.tenant.slug, saved.number, place.first.position if place else 0)


def _page(request: Request, editor: Editor, piece: str = "", *, status: int = 200) -> HttpResponse:
    """The whole form, or for htmx the piece a keystroke asked for."""
    context = {"editor": editor, "sheet": editor.sheet, "form": editor.form}
    if not piece:
        return render(request, PAGE, context, status=status)
    return render_page(request, PAGE, piece, context, status=status)
