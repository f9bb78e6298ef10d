import json
import logging

import pytest
from django.core.handlers.wsgi import WSGIRequest

from portal.web import origin
from portal.web.logs import JsonLines

pytestmark = [pytest.mark.urls("tests.portal.web.urls"), pytest.mark.django_db]
PAGES = ["/plain/", "/refuse/stale/", "/nowhere/", "/burst/"]


@pytest.fixture
def signed_in(client, author):
    client.raise_request_exception = False
    client.force_login(author)
    return client


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_bears_the_strict_policy(signed_in, path):
    policy = signed_in.get(path)["Content-Security-Policy"]

    assert sorted(policy.split("; ")) == [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "script-src 'self'",
        "style-src 'self'",
    ]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_stays_private(signed_in, path):
    response = signed_in.get(path)

    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"


def test_every_request_has_its_own_id(signed_in):
    first, second = signed_in.get("/plain/"), signed_in.get("/plain/")

    assert len({first["X-Request-ID"], second["X-Request-ID"]}) == 2
    assert origin.current().request_id == second["X-Request-ID"]


def test_a_body_larger_than_any_form_is_not_read(client, monkeypatch):
    def read(request):
        raise AssertionError("was read")

    monkeypatch.setattr(WSGIRequest, "_load_post_and_files", read)

    response = client.post("/sign-in/", b"x" * 20 * 1024 * 1024, content_type="application/octet-stream")

    assert response.status_code == 413
    assert "This is too much at once" in response.text


@pytest.mark.parametrize(("length", "status"), [("", 422), ("x", 422), ("٣", 422), ("-1", 400)])
def test_a_length_that_is_none_breaks_nothing(client, length, status):
    assert client.post("/sign-in/", CONTENT_LENGTH=length).status_code == status


def test_a_wrong_method_is_told_on_a_page(signed_in):
    response = signed_in.put("/account/")

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert f"<code>{response['X-Request-ID']}</code>" in response.text


def test_a_file_bears_the_strict_policy_too(client):
    response = client.get("/static/img/mark.svg")
    response.close()

    assert response.status_code == 200
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_log_line_is_one_line_with_the_id_of_its_request():
    begun = origin.begin()
    record = logging.LogRecord("portal", logging.WARNING, "", 0, "name %s", ("a\r\n\x1b[31mb",), None)

    line = JsonLines().format(record)

    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(line)["request"] == begun.request_id
