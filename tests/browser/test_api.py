"""A system is let in and reports from the page to try the API, and a list of leavers is recorded, in Chromium."""

import json

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import ONCE, SignIn
from tests.happening import list_of
from tests.reporting import said

pytestmark = [pytest.mark.browser, pytest.mark.slow, ONCE]


def authorize(page: Page, token: str) -> None:
    page.locator(".authorize").first.click()
    page.locator(".auth-container input").first.fill(token)
    page.locator(".auth-container button.authorize").first.click()
    page.locator(".btn-done").first.click()


def test_a_system_is_let_in_and_reports_from_the_page_to_try_it(sign_in: SignIn) -> None:
    eli = sign_in("eli")
    eli.goes_to("systems/")
    eli.looks_right()
    eli.page.get_by_role("link", name="Add a system").first.click()
    eli.press("Add system")
    expect(eli.page.get_by_role("alert")).to_contain_text("There is a problem")
    eli.looks_right()
    eli.page.get_by_label("Name").fill("Workday")
    eli.page.get_by_label("Employee separation").check()
    eli.press("Add system")
    expect(eli.page.get_by_role("heading", name="Workday")).to_be_visible()
    eli.press("Make a key")
    eli.looks_right()
    token, secret = (eli.page.locator(f"#{one}").input_value() for one in ("token", "secret"))
    eli.page.get_by_role("link", name="Back to the system").click()
    eli.looks_right()

    eli.page.goto(f"{eli.house.web}/api/v1/")
    page = eli.page
    page.locator("#secret").fill(secret)
    page.locator(".opblock-post .opblock-summary-control").click()
    authorize(page, token)
    page.get_by_role("button", name="Try it out").click()
    page.get_by_placeholder("tenant").fill("harrow-vale")
    page.get_by_placeholder("webhook-id").fill("message-1")
    page.locator(".body-param__text").fill(json.dumps(said("1")))
    page.locator(".btn.execute").click()

    expect(page.locator(".live-responses-table .response-col_status").last).to_contain_text("201")
    assert page.evaluate("window.refusedByPolicy") == []


def test_a_list_of_leavers_is_shown_and_drafted(sign_in: SignIn) -> None:
    ada = sign_in("ada")
    ada.goes_to("events/")
    ada.page.get_by_role("link", name="Record a list").click()
    ada.looks_right()
    ada.page.get_by_label("The list").fill(
        list_of("Departure 2", "Departure 3").replace(timezone.now().date().isoformat(), "x", 1)
    )
    ada.press("Show what it would record")
    expect(ada.page.get_by_text("1 row cannot be recorded")).to_be_visible()
    ada.looks_right()
    file = {"name": "leavers.csv", "mimeType": "text/csv", "buffer": list_of("Departure 2", "Departure 3").encode()}
    ada.page.get_by_label("A CSV file").set_input_files(file)  # type: ignore[arg-type]
    ada.press("Show what it would record")
    ada.looks_right()
    ada.page.get_by_label("Reason for this change").fill("HR says so.")
    ada.press("Draft 2 events")

    expect(ada.page.get_by_role("heading", name="Record 2 events of a list")).to_be_visible()
