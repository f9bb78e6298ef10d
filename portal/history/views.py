from pathlib import Path

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labels.models import RetentionLabel
from portal.audit import verify_audit
from portal.audit.models import EntryQuerySet
from portal.changes.models import ChangeRequest
from portal.errors import Invalid
from portal.history import actions, queries
from portal.history.forms import PlaceForm, TrailForm
from portal.mirror import veil
from portal.tenants.access import Request, requires
from portal.tenants.models import Role
from portal.web.render import render_page, swap_or_redirect

CHECKERS = (Role.AUDITOR, Role.ADMINISTRATOR)


@require_safe
@requires()
def history(request: Request, tenant: str) -> HttpResponse:
    form = TrailForm(request.GET, actors=queries.actors(request.tenant))
    entries = form.narrow(queries.trail_of(request.tenant))
    may_check = not request.roles.isdisjoint(CHECKERS)
    context = {
        "form": form,
        "page": queries.page(entries, before=form.place, sees=_sees(request)),
        "began": queries.began(request.tenant),
        "check": queries.last_check(request.tenant),
        "proof": queries.proof(request.tenant),
        "may_check": may_check,
        "exportable": _exportable(request, form, entries) if may_check else None,
    }
    actions.note_reading(request.tenant, by=request.user)
    status = 422 if form.errors else 200
    return render(request, "history/history.html", context, status=status)


def _exportable(request: Request, form: TrailForm, entries: EntryQuerySet) -> int:
    """How many entries an export would show the content of."""
    if form.asked or not _sees(request):
        return _seen(request, entries).count()
    return queries.length(request.tenant)


@require_POST
@requires(*CHECKERS)
def history_check(request: Request, tenant: str) -> HttpResponse:
    actions.check(request.tenant, by=request.user)
    context = {"check": queries.last_check(request.tenant), "proof": queries.proof(request.tenant), "may_check": True}
    return swap_or_redirect(request, "history/_check.html", context, to=reverse("history", args=[tenant]))


@require_POST
@requires(*CHECKERS)
def history_export(request: Request, tenant: str) -> StreamingHttpResponse:
    form = TrailForm(request.GET, actors=queries.actors(request.tenant))
    if form.errors:
        raise Invalid(_("The filter cannot be read, so nothing was exported. Correct it, then export again."))
    entries = form.narrow(queries.trail_of(request.tenant))
    asked = form.asked if _sees(request) else {**form.asked, "queries of events": "left out"}
    exported = actions.export(request.tenant, by=request.user, wanted=_seen(request, entries), asked=asked)
    name = f"history-{tenant}-{timezone.now():%Y-%m-%d}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(exported.chunks(), content_type="application/jsonl", headers=headers)


@require_safe
@requires()
def history_verifier(request: Request, tenant: str) -> HttpResponse:
    script = Path(verify_audit.__file__)
    headers = {"Content-Disposition": f'attachment; filename="{script.name}"'}
    return HttpResponse(script.read_bytes(), content_type="text/x-python", headers=headers)


@require_safe
@requires()
def label_history(request: Request, tenant: str, pk: int) -> HttpResponse:
    label = get_object_or_404(RetentionLabel.objects.select_related("tenant"), tenant=request.tenant, pk=pk)
    lists = (_("Labels"), reverse("labels", args=[tenant]))
    record = (label.display_name, reverse("label", args=[tenant, pk]))
    return _history_of(request, queries.history_of(label), path=[lists, record])


@require_safe
@requires()
def change_history(request: Request, tenant: str, number: int) -> HttpResponse:
    change_request = get_object_or_404(
        ChangeRequest.objects.select_related("tenant"), tenant=request.tenant, number=number
    )
    lists = (_("Changes"), reverse("changes", args=[tenant]))
    record = (str(change_request), change_request.get_absolute_url())
    return _history_of(request, queries.history_of_request(change_request), path=[lists, record])


def _history_of(request: Request, entries: EntryQuerySet, *, path: list[tuple[str, str]]) -> HttpResponse:
    """The history of one record; `path` is what it lies below, as name and address."""
    place, sees = PlaceForm(request.GET).place, _sees(request)
    context = {"path": path, "name": path[-1][0], "page": queries.page(entries, before=place, sees=sees)}
    return render_page(request, "history/of_record.html", "history/_trail.html", context)


def _sees(request: Request) -> bool:
    return veil.sees(request.tenant, request.roles)


def _seen(request: Request, entries: EntryQuerySet) -> EntryQuerySet:
    """The entries whose content this reader may have as it is stored: words cannot stand in for what was hashed."""
    return entries if _sees(request) else entries.exclude(veil.holding("body"))
