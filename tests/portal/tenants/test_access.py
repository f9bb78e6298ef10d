from collections.abc import Callable

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from portal.audit.models import Entry, Result
from portal.errors import NotAllowed
from portal.tenants.access import Request, people_with, requires, roles_of, tenants_of
from portal.tenants.models import Membership, Person, Role, Tenant
from tests.factories import make_person


@requires(Role.APPROVER)
def decide(request: Request, tenant: str) -> HttpResponse:
    return HttpResponse(" ".join([request.tenant.slug, *request.roles]))


@requires()
def look(request: Request, tenant: str) -> HttpResponse:
    return HttpResponse("seen")


@requires()
def find(request: Request, tenant: str) -> HttpResponse:
    raise Http404


@requires()
def sign(request: Request, tenant: str) -> HttpResponse:
    raise NotAllowed("You wrote part of this change.")


def asked_by(person: Person, rf: RequestFactory, path: str = "/t/harrow-vale/desk/") -> HttpRequest:
    request = rf.get(path)
    request.user = person
    return request


def test_requires_opens_to_the_role(approver: Person, rf: RequestFactory) -> None:
    response = decide(asked_by(approver, rf), tenant="harrow-vale")

    assert response.content.decode() == "harrow-vale approver"
    assert not Entry.objects.exists()


def test_requires_without_roles_opens_to_every_member(auditor: Person, rf: RequestFactory) -> None:
    assert look(asked_by(auditor, rf), tenant="harrow-vale").content == b"seen"


def test_requires_refuses_a_lacking_role_in_the_chain_of_the_tenant(
    author: Person, tenant: Tenant, rf: RequestFactory
) -> None:
    with pytest.raises(NotAllowed):
        decide(asked_by(author, rf), tenant="harrow-vale")

    entry = Entry.objects.get()
    assert (entry.chain.tenant, entry.verb, entry.result, entry.actor) == (
        tenant,
        "access.denied",
        Result.DENIED,
        author,
    )


@pytest.mark.parametrize("slug", ["elsewhere", "nowhere"])
def test_requires_answers_foreign_and_unknown_tenants_alike(
    slug: str, author: Person, other_tenant: Tenant, rf: RequestFactory
) -> None:
    with pytest.raises(Http404):
        look(asked_by(author, rf), tenant=slug)

    entry = Entry.objects.get()
    assert (entry.chain.tenant, entry.verb, entry.result, entry.actor) == (
        None,
        "access.denied",
        Result.DENIED,
        author,
    )


@pytest.mark.parametrize(("view", "refusal"), [(find, Http404), (sign, NotAllowed)])
def test_requires_records_what_the_view_itself_refuses(
    view: Callable[..., HttpResponse], refusal: type[Exception], author: Person, tenant: Tenant, rf: RequestFactory
) -> None:
    with pytest.raises(refusal):
        view(asked_by(author, rf), tenant="harrow-vale")

    entry = Entry.objects.get()
    assert (entry.chain.tenant, entry.verb, entry.result, entry.actor) == (
        tenant,
        "access.denied",
        Result.DENIED,
        author,
    )


def test_requires_records_a_path_no_chain_could_hold(author: Person, rf: RequestFactory) -> None:
    with pytest.raises(Http404):
        look(asked_by(author, rf, "/t/nowhere/%00/"), tenant="nowhere")

    assert "/t/nowhere/%00/" in Entry.objects.get().body


def test_requires_reads_roles_afresh(approver: Person, tenant: Tenant, rf: RequestFactory) -> None:
    request = asked_by(approver, rf)
    decide(request, tenant="harrow-vale")
    Membership.objects.filter(person=approver).delete()

    with pytest.raises(Http404):
        decide(request, tenant="harrow-vale")


def test_roles_of_somebody_deactivated_are_none(author: Person, tenant: Tenant) -> None:
    Person.objects.filter(pk=author.pk).update(is_active=False)

    assert roles_of(author, tenant) == frozenset()


def test_tenants_of_names_each_once(tenant: Tenant, other_tenant: Tenant) -> None:
    person = make_person(Role.AUTHOR, Role.AUDITOR, tenant=tenant)

    assert list(tenants_of(person)) == [tenant]


def test_people_with_names_the_active_ones_of_the_tenant(
    tenant: Tenant, approver: Person, second_approver: Person, author: Person, outsider: Person
) -> None:
    Person.objects.filter(pk=second_approver.pk).update(is_active=False)

    assert list(people_with(tenant, Role.APPROVER)) == [approver]
