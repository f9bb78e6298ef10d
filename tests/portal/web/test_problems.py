import pytest
from django.db import DatabaseError
from django.test import Client

pytestmark = [pytest.mark.urls("tests.portal.web.urls"), pytest.mark.django_db]


@pytest.fixture
def signed_in(client, author):
    client.force_login(author)
    return client


@pytest.mark.parametrize(
    ("why", "status", "title"),
    [
        ("invalid", 422, "This cannot be done yet"),
        ("not-allowed", 403, "This is not yours to do"),
        ("stale", 409, "This changed meanwhile"),
    ],
)
def test_refusal_is_a_page_with_its_status_and_sentence(signed_in, why, status, title):
    response = signed_in.get(f"/refuse/{why}/")

    assert response.status_code == status
    assert f"<h1>{title}</h1>" in response.text
    assert "“&lt;b&gt;FIN&lt;/b&gt;” is taken. Choose another name." in response.text


@pytest.mark.parametrize(("why", "status"), [("invalid", 422), ("not-allowed", 403), ("stale", 409)])
def test_refusal_goes_to_the_messages_of_the_page_that_asked(signed_in, why, status):
    response = signed_in.get(f"/refuse/{why}/", headers={"HX-Request": "true"})

    assert response.status_code == status
    assert response["HX-Retarget"] == "#messages"
    assert response["HX-Reswap"] == "innerHTML show:top"
    assert "HX-Request" in response["Vary"]
    assert "<html" not in response.text
    assert "data-focus" in response.text
    assert f"<code>{response['X-Request-ID']}</code>" in response.text


@pytest.mark.parametrize(("path", "status"), [("/forbid/", 403), ("/nowhere/", 404)])
def test_problem_pages_bear_the_support_reference(signed_in, path, status):
    response = signed_in.get(path)

    assert response.status_code == status
    assert f"<code>{response['X-Request-ID']}</code>" in response.text


def test_what_broke_tells_nothing_but_the_reference(signed_in):
    signed_in.raise_request_exception = False

    response = signed_in.get("/burst/")

    assert response.status_code == 500
    assert f"<code>{response['X-Request-ID']}</code>" in response.text
    assert not [word for word in ("secret", "/srv/path", "SELECT", "RuntimeError") if word in response.text]


def test_what_broke_is_told_when_the_database_broke(signed_in, monkeypatch):
    def broken(request):
        raise DatabaseError("down")

    signed_in.raise_request_exception = False
    monkeypatch.setattr("portal.changes.context.tenants_of", broken)

    assert signed_in.get("/burst/").status_code == 500


def test_a_form_without_its_token_is_told_what_to_do(author):
    client = Client(enforce_csrf_checks=True)

    response = client.post("/sign-in/", {"username": "a", "password": "b"})

    assert response.status_code == 403
    assert "This form is too old" in response.text
