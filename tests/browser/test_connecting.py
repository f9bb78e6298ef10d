"""A tenant is connected in the browser; its sign-in is revoked, found, shown and mended; what waited is sent once."""

import re

import pytest
import requests
from playwright.sync_api import Page, expect

from portal.sandbox.identity.cast import CLIENT_IDS, HARROW_VALE, SECRET
from tests.browser.conftest import ONCE, SignIn
from tests.browser.person import House, Somebody
from tests.browser.test_journey import decided, drafted, submitted
from tests.browser.writing import Series

pytestmark = [pytest.mark.browser, pytest.mark.slow, ONCE]
WORKER = "fileplan-worker@harrowvale.example"
LABEL = Series(name="FIN Connected ledgers 7y", keep="retain", period="7", counted_from="dateCreated", then="delete")


def through_microsoft(page: Page) -> None:
    """The stand-in's own pages: who, and consent the first time."""
    page.get_by_role("button", name="Fileplan worker").click()
    accept = page.get_by_role("button", name="Accept")
    if accept.count():
        accept.click()


def revoke(house: House, what: str) -> None:
    requests.post(f"{house.sandbox}/sandbox/identity/revocations", json={"what": what}, timeout=30).raise_for_status()


def made(house: House) -> int:
    ledger = requests.get(f"{house.sandbox}/sandbox/ledger", timeout=30).json()
    return sum(LABEL.name in str(one) for one in ledger)


def test_an_account_is_connected_lost_and_connected_again(sign_in: SignIn, house: House) -> None:
    eli = sign_in("eli")
    eli.goes_to("connection/")
    eli.looks_right()
    eli.press("Keep registration")
    expect(eli.page.get_by_role("alert")).to_contain_text("There is a problem")
    eli.looks_right()
    eli.page.get_by_label("Directory (tenant) id").fill(HARROW_VALE.id)
    eli.page.get_by_label("Application (client) id").fill(CLIENT_IDS[HARROW_VALE.id])
    eli.page.get_by_label("Client secret").fill(SECRET)
    eli.press("Keep registration")
    connects(eli, "Sign in as the account")
    expect(eli.page.get_by_text("Yes, 13 on the first page").first).to_be_visible()
    eli.looks_right()

    revoke(house, "refresh")
    revoke(house, "access")
    ada, ben = sign_in("ada"), sign_in("ben")
    request = drafted(ada, LABEL)
    submitted(ada)
    decided(ben, request, "Approved")
    shown(ben)
    assert made(house) == 0

    eli.goes_to("connection/")
    expect(eli.page.get_by_text("The sign-in has ended.")).to_be_visible()
    eli.looks_right()
    connects(eli, "Sign in again")
    ada.goes_to(request)
    expect(ada.page.get_by_text("1 of 1 confirmed").first).to_be_visible()
    assert made(house) == 1


def connects(eli: Somebody, link: str) -> None:
    eli.page.get_by_role("link", name=link).first.click()
    through_microsoft(eli.page)
    expect(eli.page.get_by_text(f"The workers read and write as {WORKER}")).to_be_visible()


def shown(somebody: Somebody) -> None:
    """On the desk, as soon as a worker has met it."""
    trouble = somebody.page.get_by_role("link", name=re.compile("sign-in of the connected account has ended"))
    for _ in range(30):
        somebody.goes_to("")
        if trouble.count():
            break
        somebody.page.wait_for_timeout(1000)
    expect(trouble.first).to_be_visible()
    somebody.looks_right()
