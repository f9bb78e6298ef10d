"""No answer that lies about who somebody is lets anybody in (S8), and nothing is decided without proof (G11)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from portal.audit.models import Entry
from portal.changes.models import Decision, State
from portal.graph.identity.flows import without_memory
from portal.sandbox.identity.forgeries import ON_TOKENS
from portal.sandbox.server import Sandbox
from portal.tenants.models import Person, Role, Tenant
from tests.arriving import Visit, maps
from tests.doors.test_matrix import OF_A_TENANT
from tests.doors.world import Visitor, World, undone
from tests.factories import make_person
from tests.portal.graph.identity.test_proofs import LIES

OTHERS = {
    "another state": {"forge": "state"},
    "somebody of nowhere": {"forge": "claim", "name": "oid", "value": ""},
    "no person": {"forge": "claim", "name": "oid", "value": "../../x"},
    "no audience but a list": {"forge": "claim", "name": "aud", "value": []},
    "an issuer that is a number": {"forge": "claim", "name": "iss", "value": 7},
    "an end that is a word": {"forge": "claim", "name": "exp", "value": "never"},
    "both directory and issuer of nobody": {
        "forge": "person",
        "claims": {
            "tid": "00000000-0000-4000-8000-00000000beef",
            "iss": "https://login.sandbox.invalid/00000000-0000-4000-8000-00000000beef/v2.0",
        },
    },
}
ALL = LIES | OTHERS
NOT_LIES_HERE = {"claim", "stale", "person"}  # true of other claims, of signatures only, or another person's own token


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Sandbox]:
    without_memory()
    with Sandbox(seed_labels=1) as running:
        settings.SANDBOX_URL = running.root
        yield running
    without_memory()


@pytest.fixture
def visit(sandbox: Sandbox) -> Iterator[Visit]:
    visit = Visit()
    yield visit
    visit.leaves()


@pytest.mark.parametrize("lie", ALL)
def test_an_answer_that_lies_lets_nobody_in(lie: str, visit: Visit, sandbox: Sandbox, tenant: Tenant) -> None:
    maps(tenant, "author")
    sandbox.identity.forge([ALL[lie]])

    answer = visit.signs_in("Ada Ames")

    told = [json.loads(entry.body) for entry in Entry.objects.filter(verb="person.sign_in_refused")]
    assert answer.status_code in (400, 403)
    assert visit.person is None
    assert not Person.objects.exists()
    assert [entry["facts"]["because"] for entry in told] in (["forged"], ["unknown_state"], ["directory"])
    assert "eyJ" not in json.dumps(told)


def test_all_forged_answers_read_alike(visit: Visit, sandbox: Sandbox, tenant: Tenant) -> None:
    maps(tenant, "author")
    pages = set()
    for lie in ("another issuer", "a bad signature", "another nonce"):
        sandbox.identity.forge([ALL[lie]])
        page = visit.signs_in("Ada Ames", "/sign-in/microsoft/").content.decode()
        pages.add(page.partition("<h1>")[2].partition("Support reference")[0])

    assert len(pages) == 1


def test_every_forgery_of_the_stand_in_is_tried() -> None:
    assert {lie["forge"] for lie in ALL.values()} >= set(ON_TOKENS) - NOT_LIES_HERE


def test_no_form_decides_without_proof(world: World) -> None:
    """Every form of the tenant, well filled in but for the password: none leaves a decision, or ends a request."""
    everybody = make_person(*Role, tenant=world.tenant, name="Eve Everything")
    for who in (everybody, *world.people.values()):
        visitor = Visitor(who)
        for route in OF_A_TENANT:
            with undone():
                said: dict[str, Any] = {k: v for k, v in world.form(route).items() if k not in ("password", "presence")}
                before = Decision.objects.count()
                visitor.ask("POST", world.path(route), said)
                assert Decision.objects.count() == before, route
                world.in_review.refresh_from_db()
                world.draft.refresh_from_db()
                assert world.draft.state != State.WITHDRAWN, route
                assert world.in_review.state == State.IN_REVIEW, route
