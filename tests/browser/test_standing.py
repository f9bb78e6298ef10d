"""A standing approval at the browser: proposed with its longest name in view, approved by two, withdrawn at once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import ONCE, SignIn
from tests.browser.person import Somebody
from tests.browser.test_journey import address, confirmed, decided, submitted

pytestmark = [pytest.mark.browser, ONCE]


def written(author: Somebody, name: str) -> None:
    """Fill in the form, but for the template."""
    author.goes_to("events/")
    author.page.get_by_role("link", name="Standing approvals").click()
    author.looks_right()
    author.page.get_by_role("link", name="New standing approval").first.click()
    page = author.page
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("System", exact=True).select_option("hr-core")
    page.locator("[name=event_type]").fill("Employee separation")
    page.get_by_label("Last day on which it counts").fill(str(timezone.now().date() + timedelta(days=200)))
    page.get_by_label("Reason for this change").fill("Forty leavers a month.")


@pytest.mark.parametrize(
    "javascript", [True, pytest.param(False, marks=pytest.mark.more)], ids=["with script", "without script"]
)
def test_a_standing_approval_from_form_to_withdrawal(sign_in: SignIn, javascript: bool) -> None:
    name = "Leavers from HR" if javascript else "Leavers without script"
    ada = sign_in("ada", javascript=javascript)
    written(ada, name)
    preview, template = ada.page.locator("#standing-preview"), ada.page.get_by_label("Names of its events")
    template.fill("Departure of {asset_id} on {day} for good and for ever")
    if not javascript:
        ada.press("Show the longest name")
    expect(preview.get_by_text("59 characters; 49 fit")).to_be_visible()
    ada.looks_right()
    ada.press("Save draft")
    expect(ada.page.get_by_role("alert").get_by_text("has 59 characters").first).to_be_visible()
    template.fill("Departure {asset_id} {day}")
    if not javascript:
        ada.press("Show the longest name")
    expect(preview.get_by_text("31 of 49 characters")).to_be_visible()
    ada.press("Save draft")
    request = address(ada)
    submitted(ada)

    decided(sign_in("ben", javascript=javascript), request, "1 of 2")
    cleo = sign_in("cleo", javascript=javascript)
    decided(cleo, request, "Approved")
    confirmed(cleo)
    cleo.goes_to("standing-approvals/")
    cleo.looks_right()
    cleo.page.get_by_role("link", name=name, exact=True).click()
    expect(cleo.page.get_by_text("In force", exact=True)).to_be_visible()
    cleo.looks_right()

    cleo.page.get_by_label("Why it is withdrawn").fill("HR reports nonsense.")
    cleo.press("Withdraw the standing approval")

    expect(cleo.page.get_by_text("It was withdrawn and approves nothing any more.")).to_be_visible()
    cleo.looks_right()
