"""Saying that a sign-in has ended, or that a secret is about to, before work stops: on the desk, and by mail."""

import logging
from datetime import timedelta
from smtplib import SMTPException
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import trail
from portal.tenants.access import people_with
from portal.tenants.models import Account, Person, Role

EARLY = timedelta(days=30)

log = logging.getLogger("portal.tenants.accounts")


class Trouble(NamedTuple):
    """What an administrator has to do something about. `key` tells one trouble from the next."""

    key: str
    title: str
    sentence: str


def trouble_of(account: Account) -> Trouble | None:
    """What stops the account, or soon will."""
    tenant, connection = account.tenant, account.tenant.connection
    if connection.has_lapsed:
        key = f"lapsed {connection.held_at:%Y-%m-%dT%H:%M:%S}"
        return Trouble(key, _("The sign-in of %(tenant)s has ended") % {"tenant": tenant}, connection.held_because)
    if ends_soon(account):
        what = _("certificate") if account.certificate else _("secret")
        sentence = _(
            "The %(what)s that the portal proves itself with is good until %(day)s. Make a new one in Microsoft's "
            "portal and give it under Connection; until then everything goes on."
        ) % {"what": what, "day": account.ends_on}
        title = _("The %(what)s of %(tenant)s runs out soon") % {"what": what, "tenant": tenant}
        return Trouble(f"ends {account.ends_on}", title, sentence)
    return None


def ends_soon(account: Account) -> bool:
    """Whether what the portal proves itself with is good for less than a month."""
    is_used = account.is_connected and not account.by_device
    return is_used and account.ends_on is not None and account.ends_on - timezone.now().date() <= EARLY


def watch() -> None:
    """Write to the administrators of every tenant in trouble, once for each trouble; where mail fails, again later."""
    accounts = Account.objects.exclude(cache="").select_related("tenant__connection")
    for account in accounts:
        trouble = trouble_of(account)
        if trouble is not None and trouble.key != account.told_of and settings.EMAIL_URL:
            _tell(account, trouble)


def _tell(account: Account, trouble: Trouble) -> None:
    """Sent first and noted then: a mail that comes twice does less harm than one that never does.

    Once somebody was reached it is told: an address that refuses mail must not bring the others one every ten minutes.
    """
    link = settings.SITE + reverse("connection", args=[account.tenant.slug])
    mail = EmailMessage(f"Fileplan: {' '.join(trouble.title.split())}", f"{trouble.sentence}\n\n{link}\n")
    reached = sum(_reaches(mail, person) for person in people_with(account.tenant, Role.ADMINISTRATOR))
    if reached:
        _note(account, trouble, reached)


def _reaches(mail: EmailMessage, person: Person) -> bool:
    mail.to = [person.email]
    try:
        return bool(mail.send())
    except (SMTPException, OSError, ValueError):
        log.exception("Person %s could not be written to", person.pk)
        return False


@transaction.atomic
def _note(account: Account, trouble: Trouble, people: int) -> None:
    if Account.objects.filter(pk=account.pk, told_of=account.told_of).update(told_of=trouble.key):
        trail.record(account.tenant, "account.told", service="Mail", reason=trouble.title, people=people)
