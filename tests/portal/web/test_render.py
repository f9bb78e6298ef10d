from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django_htmx.middleware import HtmxDetails

from portal.web import render


@pytest.fixture
def ask(rf):
    def build(**headers):
        request = rf.get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})
        request.htmx = HtmxDetails(request)
        return request

    return build


@pytest.fixture
def drawn(monkeypatch):
    def draw(request, template, context, status=200):
        return HttpResponse(template, status=status)

    monkeypatch.setattr(render, "render", draw)


@pytest.mark.parametrize(
    ("headers", "template"),
    [
        ({}, "page.html"),
        ({"HX_Request": "true"}, "_piece.html"),
        ({"HX_Request": "true", "HX_Boosted": "true"}, "page.html"),
        ({"HX_Request": "true", "HX_History_Restore_Request": "true"}, "page.html"),
    ],
)
def test_render_page_gives_pieces_to_htmx_only(ask, drawn, headers, template):
    response = render.render_page(ask(**headers), "page.html", "_piece.html", {}, status=422)

    assert response.content == template.encode()
    assert response.status_code == 422
    assert response["Vary"] == "HX-Request"


def test_swap_or_redirect_swaps_for_htmx(ask, drawn):
    response = render.swap_or_redirect(ask(HX_Request="true"), "_row.html", {}, to="/there/")

    assert (response.status_code, response.content) == (200, b"_row.html")


def test_swap_or_redirect_leads_everybody_else_to_the_record(ask):
    record = SimpleNamespace(get_absolute_url=lambda: "/t/harrow-vale/changes/142/")

    response = render.swap_or_redirect(ask(), "_row.html", {}, to=record)

    assert (response.status_code, response["Location"]) == (302, "/t/harrow-vale/changes/142/")
