"""One label's whole journey: written, approved by two, pushed, read back, confirmed by a sync, told in the history."""

import re

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ONCE, SignIn
from tests.browser.person import House, Somebody
from tests.browser.writing import Series, add_stage, confirm_all, write

pytestmark = [pytest.mark.browser, ONCE]

LABEL = Series(
    name="HR Agency worker file 6y",
    keep="retainAsRecord",
    period="2192",
    unit="days",
    counted_from="dateOfEvent",
    event_type="Assignment ended",
    then="startDispositionReview",
    stages=(("HR records", ("hr-records@harrowvale.example",)), ("Legal", ("legal-disposal@harrowvale.example",))),
    descriptors={"category": "Agency workers", "filePlanReference": "HR-924", "authority": "Legal"},
    note="Series HR-924 of the 2026 schedule.",
)


@pytest.mark.profile("production", why="is the journey with JavaScript; embedded goes through the same one without")
def test_a_label_from_draft_to_history(sign_in: SignIn, house: House) -> None:
    ada = sign_in("ada")
    request = drafted(ada, LABEL)
    submitted(ada)

    decided(sign_in("ben"), request, "1 of 2")
    cleo = sign_in("cleo")
    decided(cleo, request, "Approved")

    confirmed(cleo)
    confirmed_by_a_sync(cleo, request)
    assert sent(house, LABEL.name) == ["POST"]
    in_history(ada, request)
    everywhere(ada)

    longer_with_a_third_stage(sign_in, house, "HR Personnel file 10y")
    deleted(sign_in, house, "HR Accident book 40y")


def test_the_same_journey_without_javascript(sign_in: SignIn, house: House) -> None:
    label = Series(**{**LABEL.__dict__, "name": "HR Contractor file 6y", "event_type": "Contract of a person ended"})
    ada = sign_in("ada", javascript=False)
    request = drafted(ada, label)
    submitted(ada)

    decided(sign_in("ben", javascript=False), request, "1 of 2")
    cleo = sign_in("cleo", javascript=False)
    decided(cleo, request, "Approved")

    confirmed(cleo)
    confirmed_by_a_sync(cleo, request)
    assert sent(house, label.name) == ["POST"]
    in_history(ada, request)

    longer_with_a_third_stage(sign_in, house, "LEG Contract signed 12y", days="4749", javascript=False)
    deleted(sign_in, house, "MFG Supplier audit 7y", javascript=False)


def drafted(author: Somebody, series: Series) -> str:
    """Write and save a draft; returns the address of its request."""
    author.goes_to("labels/")
    author.looks_right()
    author.page.get_by_role("link", name="New label").first.click()  # offered twice while the tenant is not read yet
    write(author, series)
    author.looks_right()
    author.press("Save draft")
    expect(author.page.get_by_text("Draft").first).to_be_visible()
    return address(author)


def address(author: Somebody) -> str:
    """The path of the request the author has just saved, below the tenant."""
    link = author.page.locator("a[href*='/changes/']", has_text=re.compile(r"#\d+")).first
    path = author.page.url if re.search(r"/changes/\d+/$", author.page.url) else link.get_attribute("href")
    found = re.search(r"changes/\d+/", path or "")
    assert found is not None, author.page.url
    return found[0]


def submitted(author: Somebody) -> None:
    confirm_all(author)
    author.press("Submit for review")
    expect(author.page.get_by_text("In review").first).to_be_visible()
    author.looks_right()


def decided(approver: Somebody, request: str, then: str, *, at_microsoft: str = "") -> None:
    """Read the difference and approve it, with the password or as `at_microsoft`."""
    approver.goes_to(request)
    approver.looks_right()
    approver.proves(at_microsoft)
    if at_microsoft:
        approver.looks_right()
    undone = approver.page.get_by_role("checkbox", name=re.compile("cannot be undone"))
    if undone.count():
        undone.check()
    approver.press("Approve")
    expect(approver.page.get_by_text(then).first).to_be_visible()


def confirmed(somebody: Somebody) -> None:
    """The page shows it live by itself, and stops asking; without JavaScript it is opened again until it does."""
    page = somebody.page
    said = page.get_by_text(re.compile(r"(\d+) of \1 confirmed")).first
    if not somebody.javascript:
        until_it_says(page, said)
        return
    expect(said).to_be_visible()
    expect(page.locator("#progress[hx-trigger]")).to_have_count(0)
    somebody.looks_right()


def until_it_says(page: Page, said: Locator) -> None:
    """Open the page anew until it says so, 20 seconds at most."""
    for _ in range(20):
        if said.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(said).to_be_visible()


def confirmed_by_a_sync(somebody: Somebody, request: str) -> None:
    """The next turn of the timetable finds the tenant as it was read back."""
    somebody.goes_to(request)
    until_it_says(somebody.page, somebody.page.get_by_text("Confirmed by the sync of").first)


def sent(house: House, name: str) -> list[str]:
    ledger = requests.get(f"{house.sandbox}/sandbox/ledger", timeout=30).json()
    return [write["method"] for write in ledger if write["displayName"] == name]


def in_history(somebody: Somebody, request: str) -> None:
    somebody.goes_to(f"{request}history/")
    text = somebody.page.locator("main").inner_text()
    steps = ["Draft", "submitted", "approved", "sent", "confirmed"]
    assert [step for step in steps if step.casefold() not in text.casefold()] == []
    somebody.looks_right()


def everywhere(somebody: Somebody) -> None:
    """Every page the journey does not pass by itself looks right, too."""
    for path in ("", "changes/", "sync/", "report/", "drift/", "history/"):
        somebody.goes_to(path)
        somebody.looks_right()
    somebody.goes_to("labels/?q=HR+Personnel")
    somebody.page.locator("main tbody a").first.click()
    somebody.looks_right()


def longer_with_a_third_stage(
    sign_in: SignIn, house: House, name: str, *, days: str = "4383", javascript: bool = True
) -> None:
    """An existing label: a longer period and a stage at the end, with one approval."""
    ada = sign_in("ada", javascript=javascript)
    ada.goes_to(f"labels/?q={name}")
    ada.page.locator("main tbody a", has_text=name).first.click()
    ada.page.get_by_role("link", name="Edit", exact=True).click()
    ada.looks_right()
    ada.page.locator("[name=retentionDurationUnit]").select_option("days")
    ada.page.locator("[name=retentionDuration]").fill(days)
    add_stage(ada, 3, "Data protection", ("dpo-office@harrowvale.example",))
    ada.page.get_by_label("Reason for this change").fill("Twelve full years, and data protection must see it.")
    ada.press("Save draft")
    request = address(ada)
    submitted(ada)

    ben = sign_in("ben", javascript=javascript)
    decided(ben, request, "Approved")
    confirmed(ben)
    assert sent(house, name) == ["PATCH"]


def deleted(sign_in: SignIn, house: House, name: str, *, javascript: bool = True) -> None:
    """Another label that nothing carries: gone with one approval."""
    ada = sign_in("ada", javascript=javascript)
    ada.goes_to(f"labels/?q={name}")
    ada.page.locator("main tbody a", has_text=name).first.click()
    ada.page.get_by_role("link", name="Delete").click()
    ada.looks_right()
    ada.page.get_by_label("Type the label’s name to confirm").fill(name)
    ada.page.get_by_label("Reason for this change").fill("Never used, and merged into another series.")
    ada.press("Propose deletion")
    request = address(ada)
    if ada.page.get_by_role("button", name="Submit for review", exact=True).count():
        submitted(ada)

    cleo = sign_in("cleo", javascript=javascript)
    decided(cleo, request, "Approved")
    confirmed(cleo)
    assert sent(house, name) == ["DELETE"]
