from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from portal.audit.models import Entry
from portal.graph.errors import Rejected
from portal.tenants import connection
from portal.tenants.accounts import watch
from portal.tenants.accounts.sealing import seal
from portal.tenants.models import Account, Connection, Role
from tests.factories import make_person


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.EMAIL_URL = "smtp://mail.test:25"


@pytest.fixture
def account(tenant, administrator) -> Account:
    Connection.objects.create(tenant=tenant)
    return Account.objects.create(tenant=tenant, secret=seal("s"), cache=seal("c"), username="worker@harrow.test")


def ends_in(account: Account, days: int) -> None:
    account.ends_on = timezone.now().date() + timedelta(days=days)
    account.save()


def lapse(account: Account) -> None:
    connection.lapse(account.tenant, Rejected("x", status=401, code="invalid_grant"))


def test_nobody_is_written_to_while_all_is_well(account):
    ends_in(account, 31)
    watch.watch()

    assert mail.outbox == []


def test_every_administrator_is_written_to_once_when_the_sign_in_has_ended(account, administrator):
    other = make_person(Role.ADMINISTRATOR, tenant=account.tenant)
    lapse(account)
    watch.watch()
    watch.watch()

    assert sorted(one.to[0] for one in mail.outbox) == sorted([administrator.email, other.email])
    assert "Sign in again under Connection" in mail.outbox[0].body
    assert f"/t/{account.tenant.slug}/connection/" in mail.outbox[0].body
    assert Entry.objects.filter(verb="account.told").count() == 1


def test_the_next_lapse_is_told_again(account):
    lapse(account)
    watch.watch()
    Connection.objects.update(held_at=timezone.now() + timedelta(days=1))
    watch.watch()

    assert len(mail.outbox) == 2


def test_a_secret_that_runs_out_is_told_a_month_before(account):
    ends_in(account, 30)
    watch.watch()

    assert "runs out soon" in mail.outbox[0].subject


def test_a_secret_nobody_needs_is_not(account):
    ends_in(account, 3)
    Account.objects.update(by_device=True)
    watch.watch()

    assert mail.outbox == []


def test_what_could_not_be_sent_is_tried_again(account, monkeypatch):
    lapse(account)
    with monkeypatch.context() as broken:
        broken.setattr(watch.EmailMessage, "send", refused_to(".test"))
        watch.watch()
    assert Account.objects.get().told_of == ""

    watch.watch()
    assert len(mail.outbox) == 1


def test_an_address_that_takes_no_mail_brings_the_others_none_again(account, administrator, monkeypatch):
    make_person(Role.ADMINISTRATOR, tenant=account.tenant, email="bad@elsewhere.invalid")
    make_person(Role.ADMINISTRATOR, tenant=account.tenant, email="third@harrow.test")
    lapse(account)
    monkeypatch.setattr(watch.EmailMessage, "send", refused_to(".invalid"))
    watch.watch()
    watch.watch()

    assert sorted(one.to[0] for one in mail.outbox) == [administrator.email, "third@harrow.test"]


def test_a_name_of_two_lines_breaks_no_mail(account):
    account.tenant.name = "Harrow\nBcc: all@evil.test"
    account.tenant.save()
    lapse(account)
    watch.watch()

    assert len(mail.outbox) == 1
    assert "\n" not in mail.outbox[0].subject


def test_without_mail_nothing_is_noted(account, settings):
    settings.EMAIL_URL = ""
    lapse(account)
    watch.watch()

    assert mail.outbox == []
    assert Account.objects.get().told_of == ""


def refused_to(end: str):
    """As a mail server that does not take mail for some addresses."""
    send = mail.EmailMessage.send

    def unless(message, *args):
        if message.to[0].endswith(end):
            raise ConnectionRefusedError
        return send(mail.EmailMessage(message.subject, message.body, to=list(message.to)), *args)

    return unless
