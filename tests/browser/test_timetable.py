"""The timetable, five seconds here: what happens in the tenant appears unasked; a broken listing changes nothing."""

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import ONCE, SignIn
from tests.browser.person import House

pytestmark = [pytest.mark.browser, ONCE]


def test_an_outside_edit_appears_unasked(sign_in: SignIn, house: House) -> None:
    dora = sign_in("dora")
    edit(house, "patch", "FIN Bank statement 8y", {"descriptionForAdmins": "Changed by hand"})

    for _ in range(20):
        dora.goes_to("labels/?q=FIN+Bank+statement")
        if dora.page.locator("main tbody").get_by_text("Changed outside").count():
            break
        dora.page.wait_for_timeout(1000)

    dora.page.locator("main tbody a", has_text="FIN Bank statement 8y").click()
    expect(dora.page.get_by_text("g.meyer").first).to_be_visible()
    dora.looks_right()


@pytest.mark.more
def test_an_outside_creation_appears_unasked(sign_in: SignIn, house: House) -> None:
    dora = sign_in("dora")
    plain = {"displayName": "GEN Made elsewhere", "behaviorDuringRetentionPeriod": "doNotRetain"}
    edit(house, "create", None, plain | {"actionAfterRetentionPeriod": "none"})

    for _ in range(20):
        dora.goes_to("labels/?q=GEN+Made+elsewhere")
        if dora.page.locator("main tbody").get_by_text("GEN Made elsewhere").count():
            break
        dora.page.wait_for_timeout(1000)

    expect(dora.page.locator("main tbody").get_by_text("Changed outside")).to_be_visible()


def test_a_listing_that_breaks_off_changes_nothing(sign_in: SignIn, house: House) -> None:
    """Page 3 of 5: the second that a token leads to."""
    fault = {"method": "GET", "path": "retentionLabels", "contains": "skiptoken", "effect": "status", "after": 1}
    fault |= {"status": 500}
    requests.post(f"{house.sandbox}/sandbox/faults", json=[fault], timeout=30).raise_for_status()
    edit(house, "patch", "FIN Invoice issued 8y", {"descriptionForAdmins": "Changed while listings fail"})
    eli = sign_in("eli")

    for _ in range(20):
        eli.goes_to("sync/")
        if eli.page.locator("main tbody").get_by_text("Incomplete").count():
            break
        eli.page.wait_for_timeout(1000)

    eli.looks_right()
    eli.goes_to("labels/?q=FIN+Invoice+issued")
    expect(eli.page.locator("main tbody").get_by_text("Live")).to_be_visible()


def edit(house: House, action: str, name: str | None, body: dict[str, object]) -> None:
    wanted = {"action": action, "set": "retentionLabels", "displayName": name, "body": body, "by": "g.meyer"}
    requests.post(f"{house.sandbox}/sandbox/edit", json=wanted, timeout=30).raise_for_status()
