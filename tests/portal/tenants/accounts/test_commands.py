import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from portal.environment import new_token_key
from portal.graph.identity.flows import Login
from portal.sandbox.identity.cast import CLIENT_IDS, HARROW_VALE, SECRET
from portal.tenants.accounts.sealing import seal, unseal
from portal.tenants.models import Account, Connection, Tenant
from tests.portal.sandbox.signing_in import Browser
from tests.portal.tenants.accounts.certs import pasted

IDS = (HARROW_VALE.id, CLIENT_IDS[HARROW_VALE.id])


def said(*words, **options) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def served(tenant, sandbox):
    Tenant.objects.update(sandbox_root=sandbox.root)
    Connection.objects.create(tenant=tenant)
    return sandbox


def test_a_secret_is_read_from_a_file(served, tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")

    assert SECRET not in said("tenant", "register", "harrow-vale", *IDS, "--secret-file", str(file))
    assert unseal(Account.objects.get().secret) == SECRET


def test_a_certificate_is_read_from_a_file(served, tmp_path):
    file = tmp_path / "both.pem"
    file.write_text(pasted())
    said("tenant", "register", "harrow-vale", *IDS, "--pem-file", str(file))

    assert Account.objects.get().proves_itself_with == "certificate"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("register", "nowhere", *IDS), "There is no tenant"),
        (("register", "harrow-vale", "not-an-id", IDS[1]), "The directory id looks like"),
        (("register", "harrow-vale", *IDS, "--secret-file", "/nowhere"), "cannot be read"),
        (("connect", "nowhere"), "There is no tenant"),
        (("connect", "harrow-vale"), "Register the portal"),
    ],
)
def test_what_cannot_be_done_is_said(served, words, why):
    with pytest.raises(CommandError, match=why):
        call_command("tenant", *words)


def test_an_account_is_connected_by_a_code_typed_elsewhere(served, monkeypatch):
    said("tenant", "register", "harrow-vale", *IDS)
    begin = Login.begin_device

    def begin_and_type(login, scopes):
        flow = begin(login, scopes)
        threading.Thread(target=type_code, args=(flow,)).start()
        return flow

    monkeypatch.setattr(Login, "begin_device", begin_and_type)
    told = said("tenant", "connect", "harrow-vale")

    account = Account.objects.get()
    assert "and type" in told
    assert "The workers act as fileplan-worker@harrowvale.example" in told
    assert account.by_device
    assert "answers. The first page holds 3 retention labels." in said("tenant", "check", "harrow-vale")


def type_code(flow) -> None:
    browser = Browser()
    page = browser.open(flow["verification_uri"])
    page = browser.press(page, "Next", user_code=flow["user_code"])
    for button in ("Fileplan worker", "Accept", "Continue"):
        if page.status_code == 200 and f">{button}" in page.text:
            page = browser.press(page, button)
    browser.session.close()
    database.close()


def test_keys_are_made_listed_and_rotated(settings, tenant):
    old, new = said("token_keys", "new").strip(), new_token_key()
    settings.TOKEN_KEYS = [old]
    Account.objects.create(tenant=tenant, cache=seal("cache"))
    settings.TOKEN_KEYS = [new, old]

    assert len(said("token_keys", "list").split()) == 2
    assert "1 accounts are encrypted anew" in said("token_keys", "rotate")
    settings.TOKEN_KEYS = [new]
    assert unseal(Account.objects.get().cache) == "cache"


def test_rotating_without_the_old_key_says_so(settings, tenant):
    Account.objects.create(tenant=tenant, cache=seal("cache"))
    settings.TOKEN_KEYS = [new_token_key()]

    with pytest.raises(CommandError, match="TOKEN_KEYS no longer holds"):
        call_command("token_keys", "rotate")
