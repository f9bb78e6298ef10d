"""Whoever signs proves that they are there (G11; reliability.md 6 and 8): with their password, or at Microsoft."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from portal.audit.models import Entry
from portal.changes import actions
from portal.changes.models import ChangeRequest, Decision, State
from portal.graph.identity.flows import without_memory
from portal.sandbox.server import Sandbox
from portal.tenants import clock, demo, meter, presence
from portal.tenants.actions import link_microsoft
from portal.tenants.models import Person, Presence, Tenant
from tests.arriving import Visit
from tests.changing import submitted, update
from tests.factories import PASSWORD

SIGNATURES = ("approve", "return", "reject")
BEN, CLEO = "Ben Birch", "Cleo Cross"


def facts(verb: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(Entry.objects.filter(verb=verb).latest("pk").body)["facts"]
    return told


# with a password


@pytest.mark.parametrize("name", SIGNATURES)
@pytest.mark.parametrize(("password", "words"), [("", "Type your password"), ("wrong", "This is not your password.")])
def test_nothing_is_signed_without_the_password(send, approver, in_review, name, password, words):
    response = send(approver, name, in_review, comment="Say which invoices.", password=password)

    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "Say which invoices." in page
    assert "wrong" not in page.replace("data-wrong", "")
    assert not in_review.decisions.exists()
    in_review.refresh_from_db()
    assert in_review.state == State.IN_REVIEW


def test_a_withdrawal_takes_the_password_too(send, author, in_review):
    refused = send(author, "withdraw", in_review, password="wrong")
    taken = send(author, "withdraw", in_review)

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert "This is not your password." in refused.content.decode()
    assert facts("request.withdrawn")["proof"]["method"] == "password"


def test_a_wrong_password_is_an_entry_without_it(send, approver, in_review):
    send(approver, "approve", in_review, password="canary-typed")

    entry = Entry.objects.get(verb="person.presence_refused")
    assert (entry.actor, entry.result) == (approver, "denied")
    assert facts("person.presence_refused") == {"because": "wrong_password"}


def test_the_tenth_wrong_password_ends_the_tries_of_this_person_alone(send, approver, second_approver, in_review):
    for _try in range(presence.TRIES):
        assert send(approver, "approve", in_review, password="wrong").status_code == 422

    closed = send(approver, "approve", in_review, comment="Kept.")

    assert closed.status_code == 429
    assert "Too many passwords were wrong. Nothing was signed; try again in 2 minutes." in closed.content.decode()
    assert "Kept." in closed.content.decode()
    assert send(second_approver, "approve", in_review).status_code == 302


def test_a_right_password_clears_the_tries(send, tenant, author, approver, label):
    requests = [submitted(tenant, author, update(label, descriptionForUsers=f"Text {n}.")) for n in range(3)]
    for request in requests:
        for _try in range(presence.TRIES - 1):
            send(approver, "approve", request, password="wrong")
        assert send(approver, "approve", request).status_code == 302


def test_a_signature_says_when_and_with_what_it_was_proved(send, see, approver, in_review):
    before = clock.now()
    send(approver, "approve", in_review)

    decision = Decision.objects.get()
    assert decision.method == "password"
    assert before <= decision.proved_at <= clock.now()
    proof = facts("request.released")["proof"]
    assert (proof["method"], proof["at"]) == ("password", decision.proved_at.isoformat())
    page = see(approver, "change", in_review.number).content.decode()
    assert "Confirmed with their password," in page
    history = see(approver, "change-history", in_review.number).content.decode()
    assert "Confirmed who signs" in history


def test_a_withdrawal_shows_who_signed_it(send, see, author, in_review):
    send(author, "withdraw", in_review)

    page = see(author, "change", in_review.number).content.decode()
    assert page.index("Signatures") < page.index("Confirmed with their password,")


# at Microsoft


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Sandbox]:
    without_memory()
    with Sandbox(seed_labels=1) as running:
        settings.SANDBOX_URL = running.root
        yield running
    without_memory()


def joined(person: Person, name: str) -> Person:
    link_microsoft(person, **next(one.account for one in demo.PEOPLE if one.name == name))
    return person


@pytest.fixture
def ben(sandbox: Sandbox, approver: Person) -> Iterator[Visit]:
    """The approver at a browser, signed in through Microsoft."""
    joined(approver, BEN)
    visit = Visit()
    visit.signs_in(BEN)
    yield visit
    visit.leaves()


@pytest.fixture
def cleo(sandbox: Sandbox, second_approver: Person) -> Iterator[Visit]:
    joined(second_approver, CLEO)
    visit = Visit()
    visit.signs_in(CLEO)
    yield visit
    visit.leaves()


def path(request: ChangeRequest, verb: str = "") -> str:
    return f"/t/harrow-vale/changes/{request.number}/{verb}"


def way(request: ChangeRequest) -> str:
    return f"{path(request, 'confirm/')}?content_hash={request.content_hash}"


def confirms(visit: Visit, request: ChangeRequest, who: str = BEN) -> Any:
    return visit.signs_in(who, way(request))


def key() -> str:
    return Presence.objects.latest("pk").key


def signs(visit: Visit, request: ChangeRequest, verb: str = "approve", **said: str) -> Any:
    return visit.portal.post(path(request, f"{verb}/"), {"content_hash": request.content_hash, **said})


def test_the_box_asks_to_confirm_before_anything_else(ben: Visit, in_review: ChangeRequest) -> None:
    page = ben.portal.get(path(in_review)).content.decode()

    assert "Confirm that it is you" in page
    assert "approve/" not in page
    assert 'type="password"' not in page


def test_microsoft_is_told_to_ask_anew(ben: Visit, in_review: ChangeRequest) -> None:
    led = ben.led_out(way(in_review))

    assert "max_age=0" in led
    assert "login_hint=ben%40harrowvale.example" in led


def test_an_approval_after_confirming(ben: Visit, in_review: ChangeRequest) -> None:
    before = ben.portal.session.session_key
    answer = confirms(ben, in_review)
    page = ben.portal.get(path(in_review)).content.decode()

    assert answer["Location"] == f"{path(in_review)}#decision"
    assert "You confirmed who you are at" in page
    assert ben.portal.session.session_key != before
    assert signs(ben, in_review, presence=key(), comment="Read it.").status_code == 302
    decision = Decision.objects.get()
    assert decision.method == "microsoft"
    assert facts("request.released")["proof"]["method"] == "microsoft"
    assert "Confirmed at Microsoft," in ben.portal.get(path(in_review)).content.decode()


@pytest.mark.parametrize("verb", SIGNATURES)
@pytest.mark.parametrize("given", [{}, {"presence": "made-up"}, {"password": PASSWORD}])
def test_nothing_is_signed_without_confirming(
    verb: str, given: dict[str, str], ben: Visit, in_review: ChangeRequest
) -> None:
    answer = signs(ben, in_review, verb, comment="Say which.", **given)

    assert answer.status_code == 422
    assert "Confirm first that it is you." in answer.content.decode()
    assert not Decision.objects.exists()


def test_what_was_typed_is_there_again_after_confirming(ben: Visit, in_review: ChangeRequest) -> None:
    signs(ben, in_review, comment="A long thought.")

    confirms(ben, in_review)

    assert "A long thought." in ben.portal.get(path(in_review)).content.decode()


def test_a_confirmation_lasts_five_minutes(ben: Visit, in_review: ChangeRequest) -> None:
    confirms(ben, in_review)
    Presence.objects.update(at=clock.now() - timedelta(minutes=6))

    answer = signs(ben, in_review, presence=key(), comment="A long thought.")

    assert answer.status_code == 422
    assert "more than five minutes ago" in answer.content.decode()
    assert not Decision.objects.exists()
    confirms(ben, in_review)
    assert "A long thought." in ben.portal.get(path(in_review)).content.decode()


def test_a_confirmation_counts_once(
    ben: Visit, cleo: Visit, in_review: ChangeRequest, tenant: Tenant, author: Person
) -> None:
    """Returned and submitted again it is the same content, and a signature of its own."""
    confirms(ben, in_review)
    used = key()
    signs(ben, in_review, "return", presence=used, comment="Say which.")
    actions.submit(in_review, by=author, content_hash=in_review.content_hash)

    answer = signs(ben, in_review, presence=used)

    assert answer.status_code == 403
    assert "was used already. Confirm again" in answer.content.decode()
    assert [one.verdict for one in Decision.objects.all()] == ["return"]


def test_approving_twice_is_one_signature(ben: Visit, in_review: ChangeRequest) -> None:
    confirms(ben, in_review)

    pressed = [signs(ben, in_review, presence=key()).status_code for _press in range(2)]

    assert pressed == [302, 302]
    assert Decision.objects.count() == 1


def test_a_refused_decision_uses_nothing_up(ben: Visit, in_review: ChangeRequest) -> None:
    confirms(ben, in_review)

    assert signs(ben, in_review, "return", presence=key()).status_code == 422  # without a comment
    assert signs(ben, in_review, "return", presence=key(), comment="Say which.").status_code == 302


def test_what_somebody_else_confirmed_is_refused(ben: Visit, cleo: Visit, in_review: ChangeRequest) -> None:
    confirms(ben, in_review)

    answer = signs(cleo, in_review, presence=key())

    assert answer.status_code == 403
    assert not Decision.objects.exists()


def test_what_was_confirmed_for_something_else_is_refused(
    ben: Visit, in_review: ChangeRequest, tenant: Tenant, author: Person, label: Any
) -> None:
    other = submitted(tenant, author, update(label, descriptionForUsers="Others."))
    confirms(ben, other)

    answer = signs(ben, in_review, presence=key())

    assert answer.status_code == 422
    assert "for something else" in answer.content.decode()
    assert not Decision.objects.exists()


def test_what_was_confirmed_for_another_version_is_refused(
    ben: Visit, in_review: ChangeRequest, second_approver: Person, label: Any
) -> None:
    confirms(ben, in_review)
    Presence.objects.update(content_hash="0" * 64)

    assert signs(ben, in_review, presence=key()).status_code == 422
    assert not Decision.objects.exists()


def test_another_version_is_read_before_it_is_confirmed(ben: Visit, in_review: ChangeRequest) -> None:
    answer = ben.portal.get(f"{path(in_review, 'confirm/')}?content_hash={'0' * 64}")

    assert answer.status_code == 409


def test_another_account_confirms_nothing(ben: Visit, in_review: ChangeRequest) -> None:
    answer = confirms(ben, in_review, CLEO)

    assert answer.status_code == 403
    assert "You confirmed as somebody else" in answer.content.decode()
    assert f'href="{path(in_review)}#decision"' in answer.content.decode()
    assert not Presence.objects.exists()
    assert facts("person.presence_refused") == {"because": "another_account"}


def test_the_way_of_somebody_else_confirms_nothing(ben: Visit, in_review: ChangeRequest, author: Person) -> None:
    """The same browser, in which somebody else has signed in since."""
    brought = ben.brought(way(in_review), BEN)
    ways = ben.portal.session["microsoft"]
    ben.portal.force_login(author)
    session = ben.portal.session
    session["microsoft"] = ways
    session.save()

    answer = ben.back(brought)

    assert answer.status_code == 403
    assert "Somebody else was asked to confirm" in answer.content.decode()
    assert not Presence.objects.exists()


@pytest.mark.parametrize("forgery", [{"forge": "stale", "seconds": 360}, {"forge": "without", "name": "auth_time"}])
def test_microsoft_must_have_asked_just_now(
    forgery: dict[str, Any], ben: Visit, in_review: ChangeRequest, sandbox: Sandbox
) -> None:
    brought = ben.brought(way(in_review), BEN)
    sandbox.identity.forge([forgery])

    answer = ben.back(brought)

    assert answer.status_code == 403
    assert "Microsoft did not ask you" in answer.content.decode()
    assert not Presence.objects.exists()


def test_a_forged_answer_confirms_nothing(ben: Visit, in_review: ChangeRequest, sandbox: Sandbox) -> None:
    brought = ben.brought(way(in_review), BEN)
    sandbox.identity.forge([{"forge": "signature"}])

    assert ben.back(brought).status_code == 403
    assert not Presence.objects.exists()
    assert facts("person.sign_in_refused") == {"because": "forged", "check": "InvalidSignatureError"}


def test_whoever_came_with_a_password_is_not_led_to_microsoft(
    client: Client, approver: Person, in_review: ChangeRequest
) -> None:
    client.force_login(approver)

    assert client.get(way(in_review))["Location"] == f"{path(in_review)}#decision"


def test_a_withdrawal_is_confirmed_too(sandbox: Sandbox, author: Person, in_review: ChangeRequest) -> None:
    joined(author, "Ada Ames")
    ada = Visit()
    ada.signs_in("Ada Ames")

    assert signs(ada, in_review, "withdraw").status_code == 422
    confirms(ada, in_review, "Ada Ames")
    assert signs(ada, in_review, "withdraw", presence=key()).status_code == 302
    assert facts("request.withdrawn")["proof"]["method"] == "microsoft"
    ada.leaves()


def test_old_confirmations_are_cleared_away(ben: Visit, in_review: ChangeRequest) -> None:
    confirms(ben, in_review)
    Presence.objects.update(at=clock.now() - timedelta(days=2))

    confirms(ben, in_review)

    assert Presence.objects.count() == 1


def test_the_database_lets_one_through(approver: Person) -> None:
    """Two decisions at the same time with one confirmation."""
    Presence.objects.create(
        key="k", person=approver, about="a", content_hash="0" * 64, at=clock.now(), used_at=clock.now()
    )
    proof = presence.Proof(presence.Method.MICROSOFT, clock.now(), "k")

    with pytest.raises(presence.Used):
        presence._use(proof)


def test_a_meter_forgets(db: None) -> None:
    assert meter.wait("a", burst=1, per_second=0.01) == 0
    assert meter.wait("a", burst=1, per_second=0.01) > 0
    meter.forget("a")
    assert meter.wait("a", burst=1, per_second=0.01) == 0
