"""Pages for what did not work: what happened, and what to do next."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from portal.errors import Refused
from portal.web.render import wants_fragment


def problem(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    """A page, or for htmx a message that goes to the top of the page it is on.

    A page for what broke asks nobody who is signed in and where: the database may be what broke.
    """
    fragment = wants_fragment(request)
    template = "shared/_problem.html" if fragment else "shared/problem.html"
    context = {"title": title, "sentence": sentence, "status": status}
    page = render_to_string(template, context, request if status < 500 else None)
    response = HttpResponse(page, status=status)
    patch_vary_headers(response, ["HX-Request"])
    if fragment:
        response["HX-Retarget"] = "#messages"
        response["HX-Reswap"] = "innerHTML show:top"
    return response


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """What a person was refused, in the words of the refusal."""
    titles = {403: _("This is not yours to do"), 409: _("This changed meanwhile")}
    return problem(
        request, refusal.status, titles.get(refusal.status, _("This cannot be done yet")), str(refusal.sentence)
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 400, _("This could not be read"), _("Go back, reload the page and send it again."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(
        request, 403, _("This is not yours to do"), _("Ask an administrator of the tenant for the role it needs.")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(
        request,
        404,
        _("There is nothing here"),
        _("The address is wrong, or it belongs to a tenant you are not part of."),
    )


def wrong_method(request: HttpRequest) -> HttpResponse:
    return problem(
        request,
        405,
        _("This cannot be opened like that"),
        _("The address belongs to a button or a form. Go back to the page it is on and use it there."),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    return problem(request, 413, _("This is too much at once"), _("Nothing was saved. Send less, in several steps."))


def server_error(request: HttpRequest) -> HttpResponse:
    return problem(
        request,
        500,
        _("Something broke"),
        _("Look whether it was saved before you try again. If it stays, give the reference below to support."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem(
        request,
        403,
        _("This form is too old"),
        _("You were signed out, or the form came from elsewhere. Reload and send it again."),
    )
