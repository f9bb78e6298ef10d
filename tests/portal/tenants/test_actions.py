import json
from collections.abc import Callable

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.test import Client

from portal.audit.models import Entry
from portal.audit.trail import Recorded
from portal.errors import Invalid, NotAllowed, Stale
from portal.graph.clouds import CloudNotOffered
from portal.tenants import actions
from portal.tenants.access import roles_of
from portal.tenants.models import Membership, Person, Role, Tenant
from tests.doors.world import contents
from tests.factories import PASSWORD, make_person


def told() -> list[tuple[str, str]]:
    """Chain and verb of every entry, oldest first."""
    return [(entry.chain.name, entry.verb) for entry in Entry.objects.order_by("pk")]


def chain_of(tenant: Tenant) -> str:
    return f"tenant-{tenant.pk}"


@pytest.mark.django_db
def test_add_tenant_saves_it_with_its_connection() -> None:
    tenant = Tenant(slug="new", name="New", cloud="sandbox", sandbox_root="http://127.0.0.1:8100")

    actions.add_tenant(tenant, service="test")

    assert tenant.connection.fence == 0
    assert told() == [("portal", "tenant.added")]


@pytest.mark.django_db
def test_add_tenant_refuses_a_sandbox_that_is_not_on_this_machine() -> None:
    with pytest.raises(CloudNotOffered):
        actions.add_tenant(Tenant(slug="new", name="New", cloud="sandbox", sandbox_root="http://evil.test"))

    assert not Tenant.objects.exists()


def test_add_tenant_refuses_a_slug_twice(tenant: Tenant) -> None:
    with pytest.raises(ValidationError):
        actions.add_tenant(Tenant(slug=tenant.slug, name="Again", cloud="global"))


def test_add_person_makes_an_account_without_a_password(tenant: Tenant, administrator: Person) -> None:
    person = actions.add_person(
        tenant, email="new@harrow.test", name="New", roles=[Role.AUTHOR, Role.AUDITOR], by=administrator
    )

    assert not person.has_usable_password()
    assert roles_of(person, tenant) == {Role.AUTHOR, Role.AUDITOR}
    assert told() == [(chain_of(tenant), "person.added")]


def test_add_person_takes_an_account_that_exists(tenant: Tenant, administrator: Person, outsider: Person) -> None:
    person = actions.add_person(
        tenant, email="OLGA@elsewhere.test", name="Other", roles=[Role.AUTHOR], by=administrator
    )

    assert (person, person.name) == (outsider, "Olga Outsider")
    assert told() == [(chain_of(tenant), "person.added")]


def test_add_person_refuses_a_member(tenant: Tenant, administrator: Person, author: Person) -> None:
    with pytest.raises(Invalid, match="already"):
        actions.add_person(tenant, email=author.email, name="Ada", roles=[Role.AUDITOR], by=administrator)

    assert roles_of(author, tenant) == {Role.AUTHOR}


def test_grant_and_revoke_write_one_entry_each(tenant: Tenant, administrator: Person, author: Person) -> None:
    for _again in range(2):
        actions.grant(author, Role.AUDITOR, tenant=tenant, by=administrator)
    assert roles_of(author, tenant) == {Role.AUTHOR, Role.AUDITOR}

    for _again in range(2):
        actions.revoke(author, Role.AUDITOR, tenant=tenant, by=administrator)
    assert roles_of(author, tenant) == {Role.AUTHOR}

    assert told() == [(chain_of(tenant), "role.granted"), (chain_of(tenant), "role.revoked")]


def test_revoke_refuses_the_last_administrator(tenant: Tenant, administrator: Person) -> None:
    with pytest.raises(Invalid, match="only administrator"):
        actions.revoke(administrator, Role.ADMINISTRATOR, tenant=tenant, by=administrator)

    assert roles_of(administrator, tenant) == {Role.ADMINISTRATOR}
    assert told() == []


def test_revoke_does_not_count_a_deactivated_administrator(tenant: Tenant, administrator: Person) -> None:
    make_person(Role.ADMINISTRATOR, tenant=tenant, is_active=False)

    with pytest.raises(Invalid):
        actions.revoke(administrator, Role.ADMINISTRATOR, tenant=tenant, by=administrator)


def test_deactivate_ends_every_session(administrator: Person, author: Person, other_tenant: Tenant) -> None:
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(author)

    actions.deactivate(author, by=administrator)
    actions.reactivate(author, by=administrator)

    assert [browser.get("/account/").status_code for browser in browsers] == [302, 302]
    assert told() == [("portal", "person.deactivated"), ("portal", "person.reactivated")]


def test_deactivate_takes_every_role_at_once(tenant: Tenant, administrator: Person, author: Person) -> None:
    actions.deactivate(author, by=administrator)

    assert roles_of(author, tenant) == frozenset()


def test_deactivate_refuses_the_last_administrator(administrator: Person) -> None:
    with pytest.raises(Invalid, match="only administrator"):
        actions.deactivate(administrator, by=administrator)

    assert Person.objects.get(pk=administrator.pk).is_active


@pytest.mark.parametrize("act", [actions.deactivate, actions.reactivate, actions.make_link])
def test_an_account_shared_with_another_tenant_is_not_one_tenants_to_manage(
    act: Callable[..., object], tenant: Tenant, administrator: Person, outsider: Person
) -> None:
    Membership.objects.create(tenant=tenant, person=outsider, role=Role.AUTHOR)

    with pytest.raises(NotAllowed, match="do not administer"):
        act(outsider, by=administrator)

    assert told() == []


def test_change_policy_tells_what_changed(tenant: Tenant, administrator: Person) -> None:
    for _again in range(2):
        actions.change_policy(Tenant.objects.get(pk=tenant.pk), routine=1, irreversible=3, by=administrator)

    assert Tenant.objects.get(pk=tenant.pk).approvals_irreversible == 3
    assert told() == [(chain_of(tenant), "policy.changed")]
    assert '"changes":{"approvals_irreversible":[2,3]}' in Entry.objects.get().body


def test_change_policy_sets_what_is_said_of_events(tenant: Tenant, administrator: Person) -> None:
    said = {"event_days_manual": 2, "event_days_automatic": 0, "limits_queries": True}

    actions.change_policy(tenant, routine=1, irreversible=2, by=administrator, **said)
    actions.change_policy(tenant, routine=1, irreversible=2, by=administrator)

    assert Tenant.objects.filter(pk=tenant.pk, **said).exists()
    changes = json.loads(Entry.objects.get().body)["changes"]
    assert changes == {"event_days_automatic": [14, 0], "event_days_manual": [0, 2], "limits_queries": [False, True]}


def test_set_password_works_once_with_a_link(administrator: Person, author: Person) -> None:
    token = actions.make_link(author, by=administrator).rstrip("/").rsplit("/", 1)[-1]

    actions.set_password(author, PASSWORD, token=token)

    with pytest.raises(Stale, match="has been used"):
        actions.set_password(author, "another password altogether", token=token)
    assert Person.objects.get(pk=author.pk).check_password(PASSWORD)
    assert told() == [("portal", "person.link_made"), ("portal", "person.password_set")]


def test_make_link_is_refused_for_somebody_with_a_password(administrator: Person, tenant: Tenant) -> None:
    person = make_person(Role.APPROVER, tenant=tenant, password=PASSWORD)

    with pytest.raises(Invalid, match="password already"):
        actions.make_link(person, by=administrator)


def test_make_link_for_a_forgotten_password_comes_from_the_command_line(tenant: Tenant) -> None:
    person = make_person(Role.APPROVER, tenant=tenant, password=PASSWORD)

    path = actions.make_link(person, service="command line")

    assert default_token_generator.check_token(person, path.rstrip("/").rsplit("/", 1)[-1])


def full(about: Recorded, verb: str, **facts: object) -> None:
    raise OSError("disk full")


def test_nothing_changes_when_the_entry_cannot_be_written(
    tenant: Tenant, administrator: Person, author: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G6."""
    closed = make_person(Role.AUTHOR, tenant=tenant, password=PASSWORD)
    Person.objects.filter(pk=closed.pk).update(is_active=False)
    other, token = "another password altogether", default_token_generator.make_token(author)
    new = Tenant(slug="new", name="New", cloud="sandbox", sandbox_root="http://127.0.0.1:8100")
    before = contents()
    monkeypatch.setattr("portal.audit.trail.record", full)
    for act in (
        lambda: actions.add_tenant(new, by=administrator),
        lambda: actions.grant(author, Role.AUDITOR, tenant=tenant, by=administrator),
        lambda: actions.revoke(author, Role.AUTHOR, tenant=tenant, by=administrator),
        lambda: actions.deactivate(author, by=administrator),
        lambda: actions.reactivate(closed, by=administrator),
        lambda: actions.change_policy(tenant, routine=2, irreversible=2, by=administrator),
        lambda: actions.add_person(tenant, email="n@harrow.test", name="N", roles=[Role.AUTHOR], by=administrator),
        lambda: actions.set_password(author, other, token=token),
        lambda: actions.change_password(closed, other),
    ):
        with pytest.raises(OSError, match="disk full"):
            act()
        assert contents() == before


@pytest.mark.django_db(transaction=True)
def test_what_is_only_told_has_a_transaction_of_its_own() -> None:
    """Outside one no entry is written; nobody who calls these has to begin it."""
    person = make_person()

    actions.make_link(person)
    actions.note_sign_in(person)
    actions.note_refusal(person)
    actions.note_sign_out(person)

    assert [verb.partition(".")[2] for _chain, verb in told()] == [
        "link_made",
        "signed_in",
        "sign_in_refused",
        "signed_out",
    ]
