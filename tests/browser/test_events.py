"""Events at the browser: recorded from form to mirror, one that reaches everything, one withdrawn before its day."""

import re

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import ONCE, SignIn
from tests.browser.person import House, Somebody
from tests.browser.test_journey import address, confirmed, decided, submitted, until_it_says

pytestmark = [pytest.mark.browser, ONCE]
SANDBOX = ("--lenient",)  # takes an event without a query
TYPE = "Employee separation"


def written(author: Somebody, name: str, *, ids: str = "", words: str = "") -> None:
    """Fill in the form of an event that happened in Berlin."""
    author.goes_to("events/")
    author.looks_right()
    author.page.get_by_role("link", name="Record an event").first.click()
    page = author.page
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("[name=retentionEventType]").fill(TYPE)
    page.get_by_label("Happened on").fill("2026-10-31")
    page.get_by_label("In the time zone").select_option("Europe/Berlin")
    page.get_by_label("Asset IDs").fill(ids)
    page.get_by_label("Case words").fill(words)
    page.get_by_label("Reason for this change").fill("HR reported the last working day.")


def mirrored(somebody: Somebody, name: str) -> None:
    """A sync has seen it, and its page says how far it has spread."""
    for _ in range(20):
        somebody.goes_to("events/")
        link = somebody.page.get_by_role("link", name=name, exact=True)
        if link.count():
            break
        somebody.page.wait_for_timeout(1000)
    somebody.looks_right()
    link.click()
    expect(somebody.page.get_by_role("heading", name="How far it has spread")).to_be_visible()
    expect(somebody.page.get_by_text(re.compile("^(Spreading|Spread)$")).first).to_be_visible()
    somebody.looks_right()


def names_sent(house: House, name: str) -> list[str]:
    """The methods of what was written to Purview under this name; a name ends in its marker."""
    ledger = requests.get(f"{house.sandbox}/sandbox/ledger", timeout=30).json()
    return [write["method"] for write in ledger if str(write["displayName"]).startswith(f"{name} FPE-")]


def spreads(house: House, name: str, step: str) -> None:
    """Purview brings an event as far as this, and no further."""
    state = requests.get(f"{house.sandbox}/sandbox/state", timeout=30).json()["retentionEvents"]
    found = next(one["id"] for one in state if one["displayName"].startswith(f"{name} FPE-"))
    requests.post(
        f"{house.sandbox}/sandbox/propagation", json={"id": found, "step": step}, timeout=30
    ).raise_for_status()


def tabs_to(somebody: Somebody, there: str) -> None:
    """Press Tab until the element of this id, or of these words, has the focus."""
    for _ in range(80):
        focused = somebody.page.evaluate("[document.activeElement.id, document.activeElement.textContent.trim()]")
        if there in focused:
            return
        somebody.page.keyboard.press("Tab")
    raise AssertionError(there)


@pytest.mark.parametrize(
    "javascript", [True, pytest.param(False, marks=pytest.mark.more)], ids=["with script", "without script"]
)
def test_an_event_from_form_to_mirror(sign_in: SignIn, house: House, javascript: bool) -> None:
    name = "Departure 4711" if javascript else "Departure 4712"
    ada = sign_in("ada", javascript=javascript)
    written(ada, name, ids="4711\n4712" if javascript else "4713", words="case 4711" if javascript else "case 4713")
    if javascript:
        expect(ada.page.locator("#event-rail").get_by_text("31 October 2026 in Europe/Berlin")).to_be_visible()
        ada.looks_right()
    ada.press("Save draft")
    request = address(ada)
    submitted(ada)

    ben = sign_in("ben", javascript=javascript)
    decided(ben, request, "Approved")
    confirmed(ben)
    assert names_sent(house, name) == ["POST"]
    mirrored(ben, name)


def test_an_event_that_reaches_everything_takes_its_types_name_and_two_approvers(sign_in: SignIn, house: House) -> None:
    ada = sign_in("ada")
    written(ada, "Office closed 2026")
    ada.press("Submit for review")
    expect(ada.page.get_by_role("alert").get_by_text("exactly as it is written").first).to_be_visible()
    ada.looks_right()
    ada.page.get_by_label("Type the name of the event type to confirm").fill(TYPE)
    ada.press("Submit for review")
    expect(ada.page.get_by_text("In review").first).to_be_visible()
    request = address(ada)

    decided(sign_in("ben"), request, "1 of 2")
    assert names_sent(house, "Office closed 2026") == []
    cleo = sign_in("cleo")
    decided(cleo, request, "Approved")
    confirmed(cleo)
    assert names_sent(house, "Office closed 2026") == ["POST"]


def test_a_repetition_is_withdrawn_in_its_waiting_period(sign_in: SignIn, house: House) -> None:
    ada = sign_in("ada")
    written(ada, "Departure 4720", ids="4720", words="case 4720")
    ada.page.get_by_label("after 30 days").check()
    ada.press("Save draft")
    request = address(ada)
    submitted(ada)
    ben = sign_in("ben")
    decided(ben, request, "Approved")

    ada.goes_to("events/due/")
    row = ada.page.locator("li.row", has_text="Departure 4720 +30d")
    until_it_says(ada.page, row)
    ada.looks_right()
    row.locator("summary").click()
    row.get_by_label("Why it is withdrawn").fill("Nothing is labelled afterwards.")
    row.get_by_role("button").click()

    expect(ada.page.locator("li.row", has_text="Departure 4720 +30d")).to_have_count(0)
    assert names_sent(house, "Departure 4720 +30d") == []
    ada.goes_to(f"{request}history/")
    expect(ada.page.locator("main")).to_contain_text("Nothing is labelled afterwards.")


@pytest.mark.more
def test_a_case_is_followed_on_its_page_and_stopped_there(sign_in: SignIn, house: House) -> None:
    ada = sign_in("ada")
    written(ada, "Departure 4730", ids="4730", words="case 4730")
    ada.page.get_by_label("after 30 days").check()
    ada.page.get_by_label("After other numbers of days").fill("180")
    expect(ada.page.locator("#event-rail").get_by_text("Then again after 30 and 180 days")).to_be_visible()
    ada.press("Save draft")
    request = address(ada)
    submitted(ada)
    decided(sign_in("ben"), request, "Approved")
    mirrored(ada, "Departure 4730")

    page = ada.page
    spreads(house, "Departure 4730", "inProcessing")
    expect(page.locator("#spread").get_by_text("On its way")).to_be_visible()
    spreads(house, "Departure 4730", "error")
    expect(page.get_by_text("The event failed in 1 of 2 places.")).to_be_visible()
    expect(page.locator("#event-state").get_by_text("Failed in part")).to_be_visible()
    expect(page.locator("#spread[hx-trigger]")).to_have_count(0)
    ada.looks_right()

    page.locator("summary", has_text="Stop repeating").click()
    page.get_by_label("Why it is not repeated any more").fill("Nothing is labelled later.")
    ada.press("Stop repeating")
    expect(page.get_by_text("2 repetitions are withdrawn. They are never sent.")).to_be_visible()
    expect(page.get_by_text("Withdrawn", exact=True)).to_have_count(2)
    ada.looks_right()
    ada.goes_to("")
    expect(page.locator("li.row", has_text="Departure 4730").get_by_text("Failed in part")).to_be_visible()
    ada.looks_right()


@pytest.mark.more
def test_an_event_is_recorded_with_the_keyboard_alone(sign_in: SignIn, house: House) -> None:
    ada = sign_in("ada")
    ada.goes_to("events/new/")
    keys = ada.page.keyboard
    for field, typed in (
        ("id_displayName", "Departure 4740"),
        ("id_retentionEventType", TYPE),
        ("id_day", "10312026"),
        ("id_zone", "Europe/Berlin"),
        ("id_asset_ids", "4740"),
        ("id_case_words", "case 4740"),
        ("id_follow_ups_1", " "),
        ("id_reason", "HR reported the last working day."),
    ):
        tabs_to(ada, field)
        keys.type(typed)
    expect(ada.page.locator("#event-rail").get_by_text("31 October 2026 in Europe/Berlin")).to_be_visible()
    tabs_to(ada, "Submit for review")
    keys.press("Enter")

    expect(ada.page.get_by_text("In review").first).to_be_visible()
    expect(ada.page.get_by_text("Departure 4740 +90d").first).to_be_visible()
