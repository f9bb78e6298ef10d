"""Both ways in, in Chromium against the stand-in: a first sign-in, a signature confirmed anew, and out again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ONCE, SignIn
from tests.browser.person import House
from tests.browser.test_journey import LABEL, decided, drafted, submitted
from tests.browser.writing import Series

pytestmark = [pytest.mark.browser, ONCE]


def test_a_first_sign_in_brings_the_role_of_the_directory(sign_in: SignIn) -> None:
    finn = sign_in("finn", at_microsoft="Finn Frost")
    finn.goes_to("labels/new/")
    finn.page.goto(f"{finn.house.web}/account/")
    expect(finn.page.get_by_text("Finn Frost, signed in as finn@harrowvale.example.")).to_be_visible()
    expect(finn.page.get_by_role("heading", name="Password")).to_have_count(0)
    finn.looks_right()

    eli = sign_in("eli", at_microsoft="Eli Earl")
    eli.goes_to("people/")
    row = eli.page.get_by_role("row", name=re.compile("Finn Frost"))
    expect(row.get_by_text("From Microsoft:")).to_be_visible()
    expect(row.get_by_text("Active, through Microsoft")).to_be_visible()
    eli.looks_right()


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_signature_is_proved_either_way(sign_in: SignIn, house: House, javascript: bool) -> None:
    name = f"HR Signed file 6y {'with' if javascript else 'without'}"
    ada = sign_in("ada", javascript=javascript)
    event_type = f"Signing ended {'with' if javascript else 'without'}"
    request = drafted(ada, Series(**{**LABEL.__dict__, "name": name, "event_type": event_type}))
    submitted(ada)

    ben = sign_in("ben", javascript=javascript)
    ben.goes_to(request)
    ben.page.get_by_label("Comment").fill("Kept while I mistype.")
    ben.page.get_by_role("checkbox", name=re.compile("cannot be undone")).check()
    ben.page.get_by_label("Your password").fill("not my password")
    ben.press("Approve")
    expect(ben.page.get_by_text("This is not your password.").first).to_be_visible()
    expect(ben.page.get_by_label("Comment")).to_have_value("Kept while I mistype.")
    ben.looks_right()
    decided(ben, request, "1 of 2")

    cleo = sign_in("cleo", javascript=javascript, at_microsoft="Cleo Cross")
    decided(cleo, request, "Approved", at_microsoft="Cleo Cross")
    signatures = cleo.page.get_by_role("region", name="Signatures")
    expect(signatures.get_by_text("Confirmed with their password,")).to_be_visible()
    expect(signatures.get_by_text("Confirmed at Microsoft,")).to_be_visible()
    cleo.looks_right()


def test_who_gives_up_at_microsoft_is_told_and_comes_back(sign_in: SignIn) -> None:
    dora = sign_in("dora", at_microsoft="Dora Dean")
    dora.page.locator(".account summary").click()
    dora.press("Sign out")
    expect(dora.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    dora.looks_right()
    dora.page.get_by_role("link", name="Sign out of Microsoft too").click()
    dora.page.goto(f"{dora.house.web}/account/")

    dora.page.get_by_role("link", name="Sign in with Microsoft").click()
    dora.press("Cancel")

    expect(dora.page.get_by_role("heading", name="You did not sign in")).to_be_visible()
    dora.looks_right()
    dora.page.get_by_role("link", name="Back to sign in").click()
    dora.page.get_by_role("link", name="Sign in with Microsoft").click()
    dora.chooses("Dora Dean")
    expect(dora.page.get_by_role("heading", name="Desk")).to_be_visible()
