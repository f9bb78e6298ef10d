"""That a secret which gets out is seen (S23): see tests/canaries.py, which looks during every other test."""

import logging

import pytest
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse

from portal.audit import trail
from portal.tenants.accounts.sealing import seal
from portal.tenants.models import Tenant
from tests.canaries import Watch

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzY3AiOiJ4In0.c2ln"


@pytest.mark.parametrize("secret", ["canary-client-secret", TOKEN])
def test_a_log_line_is_searched(watching: Watch, secret: str) -> None:
    logging.getLogger("portal.graph").warning("asked with %s", secret)

    assert told(watching) == ["a log line of portal.graph"]


def test_log_lines_are_searched_again_after_a_test_that_set_logging_up_anew(watching: Watch) -> None:
    logging.getLogger().removeHandler(watching)
    watching.begin()

    logging.getLogger("portal.graph").warning("asked with canary-client-secret")

    assert told(watching) == ["a log line of portal.graph"]


def test_an_entry_is_searched(watching: Watch, tenant: Tenant) -> None:
    with transaction.atomic():
        trail.record(tenant, "account.registered", service="x", cache=seal("x"))

    assert told(watching) == ["the entry account.registered"]


def test_a_page_is_searched_and_so_is_one_sent_in_pieces(watching: Watch) -> None:
    watching.page(HttpResponse("<p>canary-token-cache</p>"))
    streamed = watching.page(StreamingHttpResponse(iter([b"{}", b"canary-token-cache"])))
    b"".join(streamed)  # type: ignore[arg-type]

    assert told(watching) == ["the answer 200", "the answer 200"]


def test_where_a_page_leads_is_searched(watching: Watch) -> None:
    watching.page(HttpResponse(status=302, headers={"Location": f"/?token={TOKEN}"}))

    assert told(watching) == ["the answer 302"]


def told(watch: Watch) -> list[str]:
    """Where a secret was seen; forgotten then, since here it was meant to be."""
    seen = [where.partition(":")[0] for where in watch.told]
    watch.told.clear()
    return seen
