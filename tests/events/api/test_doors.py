"""Who may call (S24, S25): a key of the tenant, and a signature over exactly this message. Nothing else is told."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from pytest_django.fixtures import Settings

from events.api import doors
from events.models import Call
from portal.audit import checkpoints
from portal.audit.models import Entry, Result
from portal.changes.models import ChangeRequest
from portal.tenants import clock, systems
from portal.tenants.keys import Shown
from portal.tenants.models import Key, Person, Scope, Tenant
from tests.reporting import Sender, make_sender, said, signed, with_key

OTHER = Shown(f"fpt_{'0' * 12}_{'x' * 43}", "fps_of-somebody-else")


def told(answer: Any) -> dict[str, Any]:
    """An answer without its reference, which is another each time."""
    body: dict[str, Any] = answer.json()
    assert len(body.pop("reference")) == 32
    return body


def refusals() -> list[str]:
    """Why calls were refused, as the history tells it."""
    entries = Entry.objects.filter(verb="call.refused").order_by("pk")
    assert {entry.result for entry in entries} <= {Result.DENIED.value}
    return [json.loads(entry.body)["facts"]["because"] for entry in entries]


def nothing_was_made() -> bool:
    return not ChangeRequest.objects.exists() and not Call.objects.exists()


BODY = json.dumps(said()).encode()


def altered(**headers: str) -> Callable[[Sender], Any]:
    return lambda hr: hr.post(said(), headers=headers)


def by_another_secret(hr: Sender) -> Any:
    forged = Shown(hr.shown.token, OTHER.secret)
    return hr.send(BODY, signed(forged, BODY, "message-4711"))


def with_another_token_of_the_key(hr: Sender) -> Any:
    token = hr.shown.token[:-1] + ("A" if hr.shown.token[-1] != "A" else "B")
    return hr.post(said(), headers={"Authorization": f"Bearer {token}"})


def tampered(hr: Sender) -> Any:
    return hr.send(BODY.replace(b"4711", b"4712"), signed(hr.shown, BODY, "message-4711"))


def reordered(hr: Sender) -> Any:
    shuffled = json.dumps(dict(reversed(said().items()))).encode()
    return hr.send(shuffled, signed(hr.shown, BODY, "message-4711"))


def under_another_id(hr: Sender) -> Any:
    return hr.send(BODY, signed(hr.shown, BODY, "message-4711") | {"webhook-id": "message-2"})


def at_another_moment(seconds: float) -> Callable[[Sender], Any]:
    return lambda hr: hr.send(BODY, signed(hr.shown, BODY, "message-4711", at=seconds))


def with_a_later_timestamp(hr: Sender) -> Any:
    """A message of an hour ago, with the moment of now."""
    headers = signed(hr.shown, BODY, "message-4711", at=-3600)
    return hr.send(BODY, headers | {"webhook-timestamp": str(int(clock.now().timestamp()))})


def with_the_token_in_the_address(hr: Sender) -> Any:
    headers = signed(hr.shown, BODY, "message-4711")
    del headers["Authorization"]
    return hr.send(BODY, headers, path=f"{hr.path}?access_token={hr.shown.token}")


UNPROVED: dict[str, tuple[Callable[[Sender], Any], str]] = {
    "no token": (altered(Authorization=""), "token"),
    "another scheme": (altered(Authorization="Basic abc"), "token"),
    "an unknown token": (altered(Authorization=f"Bearer {OTHER.token}"), "token"),
    "no token at all": (altered(Authorization="Bearer \u00e9"), "token"),
    "the token of nobody with the prefix of somebody": (with_another_token_of_the_key, "token"),
    "the token in the address": (with_the_token_in_the_address, "token"),
    "no id": (altered(**{"webhook-id": ""}), "id"),
    "an id with other signs": (altered(**{"webhook-id": "a/b"}), "id"),
    "no moment": (altered(**{"webhook-timestamp": ""}), "timestamp"),
    "a moment that is none": (altered(**{"webhook-timestamp": "now"}), "timestamp"),
    "no signature": (altered(**{"webhook-signature": ""}), "signature"),
    "a signature of another version": (altered(**{"webhook-signature": "v2,abc"}), "signature"),
    "a signature by another secret": (by_another_secret, "signature"),
    "another body": (tampered, "signature"),
    "the same JSON in another order": (reordered, "signature"),
    "another id than was signed": (under_another_id, "signature"),
    "301 seconds old": (at_another_moment(-301), "timestamp"),
    "301 seconds ahead": (at_another_moment(302), "timestamp"),
    "an old message with a new moment": (with_a_later_timestamp, "signature"),
}


@pytest.mark.parametrize("wrong", UNPROVED)
def test_what_proves_nothing_is_refused_in_one_way(hr: Sender, wrong: str) -> None:
    send, because = UNPROVED[wrong]

    answer = send(hr)

    sentence = "The key, the signature or the moment of this message does not fit. Nothing was kept."
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert told(answer) == {"errors": [{"field": "", "sentence": sentence}]}
    assert refusals() == [because]
    assert nothing_was_made()


@pytest.mark.parametrize("seconds", [-298, 298])
def test_clocks_may_differ_by_five_minutes(hr: Sender, seconds: float) -> None:
    assert at_another_moment(seconds)(hr).status_code == 201


def test_one_of_several_signatures_is_enough(hr: Sender) -> None:
    """As a sender has them while it changes its secret."""
    headers = signed(hr.shown, BODY, "message-4711")
    headers["webhook-signature"] = f"v1,AAAA {headers['webhook-signature']}"

    assert hr.send(BODY, headers).status_code == 201


def test_what_is_refused_is_told_without_what_it_said(hr: Sender) -> None:
    tampered(hr)
    hr.post(said(note="of a person"), headers={"Authorization": f"Bearer {OTHER.token}"})

    bodies = " ".join(Entry.objects.filter(verb="call.refused").values_list("body", flat=True))
    assert hr.key.prefix in bodies
    assert "of a person" not in bodies
    assert OTHER.token not in bodies
    assert hr.shown.token not in bodies


def test_a_key_ends_when_it_is_revoked(hr: Sender, administrator: Person) -> None:
    systems.revoke_key(hr.key, by=administrator)

    assert (hr.post(said()).status_code, hr.get("message-4711").status_code) == (401, 401)
    assert refusals() == ["revoked", "revoked"]


def test_a_key_ends_on_its_day(hr: Sender) -> None:
    Key.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    assert (hr.post(said()).status_code, hr.get("message-4711").status_code) == (401, 401)
    assert refusals() == ["expired", "expired"]


def test_nothing_is_taken_of_a_closed_system(hr: Sender, administrator: Person) -> None:
    systems.close(hr.system, by=administrator)
    assert hr.post(said()).status_code == 401
    assert refusals() == ["closed"]

    systems.reopen(hr.system, by=administrator)
    assert hr.post(said()).status_code == 201


def test_two_keys_are_good_at_the_same_time(hr: Sender, administrator: Person) -> None:
    second = with_key(hr.system, administrator)

    assert (hr.post(said("1")).status_code, second.post(said("2")).status_code) == (201, 201)


def test_a_key_says_when_it_was_used(hr: Sender) -> None:
    hr.post(said())

    hr.key.refresh_from_db()
    assert hr.key.last_used_at is not None
    assert clock.now() - hr.key.last_used_at < timedelta(seconds=30)


@pytest.mark.parametrize("scope", Scope)
def test_a_key_is_good_for_its_scopes_only(
    tenant: Tenant, administrator: Person, approver: Person, scope: Scope
) -> None:
    hr = make_sender(tenant, administrator, scopes=[scope])

    found = (hr.post(said()).status_code, hr.get("message-1").status_code)

    assert found == ((201, 403) if scope == Scope.WRITE else (403, 404))
    assert refusals()[0] == "scope"


def test_another_tenant_is_as_unknown_as_none(hr: Sender, other_tenant: Tenant) -> None:
    """S3: and it is told as elsewhere."""
    found = [hr.post(said(), path=f"/api/v1/t/{slug}/events") for slug in (other_tenant.slug, "nowhere")]
    read = [hr.get("m", path=f"/api/v1/t/{slug}/events/m") for slug in (other_tenant.slug, "nowhere")]

    assert [answer.status_code for answer in [*found, *read]] == [404] * 4
    assert len({json.dumps(told(answer)) for answer in [*found, *read]}) == 1
    denied = Entry.objects.filter(verb="access.denied")
    assert [entry.actor for entry in denied] == [hr.system.person] * 4
    assert nothing_was_made()


def test_a_token_in_the_address_reads_nothing(hr: Sender) -> None:
    hr.post(said())

    answer = hr.client.get(f"{hr.path}/message-4711?access_token={hr.shown.token}")

    assert (answer.status_code, refusals()) == (401, ["token"])


def test_a_session_counts_for_nothing(hr: Sender, administrator: Person) -> None:
    hr.client.force_login(administrator, backend="portal.tenants.backends.Local")

    assert hr.client.post(hr.path, BODY, content_type="application/json").status_code == 401
    assert hr.client.get(f"{hr.path}/message-1").status_code == 401


def test_too_large_a_message_is_not_read(hr: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(request: WSGIRequest) -> bytes:
        raise AssertionError("was read")

    monkeypatch.setattr(WSGIRequest, "body", property(read))

    answer = hr.post(b" " * (64 * 1024 + 1))

    assert answer.status_code == 413
    assert told(answer)["errors"][0]["sentence"] == "A message has at most 64 KiB. Report one event in each."


def test_a_message_of_64_kib_is_read(hr: Sender) -> None:
    body = json.dumps(said()).encode().ljust(64 * 1024)

    assert hr.send(body, signed(hr.shown, body, "message-4711")).status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_only_json_is_taken(hr: Sender, kind: str) -> None:
    assert hr.post(said(), kind=kind).status_code == 415
    assert nothing_was_made()


def test_json_may_name_its_charset(hr: Sender) -> None:
    assert hr.post(said(), kind="application/json; charset=utf-8").status_code == 201


def test_more_than_its_share_is_refused_for_now(hr: Sender, settings: Settings) -> None:
    settings.CALLS_BURST, settings.CALLS_PER_SECOND = 2, 0.01  # however long the calls take

    found = [hr.post(said(str(number))) for number in range(3)]

    assert [answer.status_code for answer in found] == [201, 201, 429]
    assert 1 <= int(found[2]["Retry-After"]) <= 100
    assert ChangeRequest.objects.count() == 2


def test_who_proves_nothing_again_and_again_is_told_to_wait(hr: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or anybody could fill the history. Who has a key is not held up by it."""
    monkeypatch.setattr(doors, "REFUSED_PER_SECOND", 0.001)  # however long the calls take
    found = [tampered(hr).status_code for _time in range(32)]

    assert found == [401] * 30 + [429] * 2
    assert len(refusals()) == 30
    assert hr.post(said()).status_code == 201


def test_nothing_is_taken_from_a_system_while_a_restored_backup_waits(hr: Sender, tenant: Tenant) -> None:
    """S31: what it would make may have been made by the database that was lost."""
    hr.post(said("1"))
    checkpoints.mark(f"tenant-{tenant.pk}", 9_999, "a" * 64)

    answers = [hr.post(said("2")), hr.get("message-1")]

    assert [(one.status_code, one["Retry-After"]) for one in answers] == [(503, "600")] * 2
    assert "A backup was restored" in answers[0].json()["errors"][0]["sentence"]
    assert Call.objects.count() == 1
