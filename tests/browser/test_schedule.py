"""Three series of a published schedule, typed as an author would.

From the General Records Schedules of the United States National Archives: 2.1 item 050 (job vacancy case files, two
years after the certificate is closed), 6.1 item 010 (e-mail of Capstone officials, permanent) and 1.1 item 010
(financial transaction records, six years), here reached from working papers by relabelling.
"""

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import ONCE, SignIn
from tests.browser.person import House, Somebody
from tests.browser.test_journey import address, confirmed, decided, submitted
from tests.browser.writing import Series, write

pytestmark = [pytest.mark.browser, ONCE, pytest.mark.more]
DAYS = "#microsoft.graph.security.retentionDurationInDays"

VACANCIES = Series(
    name="GRS 2-1-050 Job vacancy case file",
    keep="retain",
    period="731",
    unit="days",
    counted_from="dateOfEvent",
    event_type="Selection certificate closed",
    then="startDispositionReview",
    stages=(
        ("Staffing", ("staffing-records@harrowvale.example",)),
        ("Records officer", ("records-officer@harrowvale.example", "deputy@harrowvale.example")),
    ),
    descriptors={
        "authority": "General Records Schedule",
        "category": "Employee acquisition",
        "filePlanReference": "GRS 2.1-050",
    },
    note="Destroy 2 years after the selection certificate is closed.",
)
CAPSTONE = Series(
    name="GRS 6-1-010 Email of Capstone officials",
    keep="retainAsRecord",
    unit="forever",
    counted_from="dateCreated",
    then="none",
    descriptors={"authority": "General Records Schedule", "filePlanReference": "GRS 6.1-010"},
    note="Permanent.",
)
TRANSACTIONS = Series(
    name="GRS 1-1-010 Financial transaction",
    keep="retainAsRecord",
    period="2192",
    unit="days",
    counted_from="dateCreated",
    then="delete",
    descriptors={"authority": "General Records Schedule", "filePlanReference": "GRS 1.1-010"},
    note="Destroy 6 years after final payment or cancellation.",
)
WORKING_PAPERS = Series(
    name="GRS 1-1-010 Transaction working paper",
    keep="retain",
    period="366",
    unit="days",
    counted_from="dateModified",
    then="relabel",
    next_label="GRS 1-1-010 Financial transaction",
    descriptors={"authority": "General Records Schedule"},
    note="Becomes part of the transaction once nobody works on it.",
)


@pytest.mark.more
def test_an_event_based_series_with_two_stages(sign_in: SignIn, house: House) -> None:
    carried_out(sign_in, VACANCIES)

    held = label(house, VACANCIES.name)
    assert held["retentionDuration"] == {"@odata.type": DAYS, "days": 731}
    assert [stage["name"] for stage in held["dispositionReviewStages"]] == ["Staffing", "Records officer"]
    assert held["descriptors"]["category"]["displayName"] == "Employee acquisition"


@pytest.mark.more
def test_a_permanent_series(sign_in: SignIn, house: House) -> None:
    carried_out(sign_in, CAPSTONE)

    held = label(house, CAPSTONE.name)
    assert held["retentionDuration"] == {"@odata.type": "#microsoft.graph.security.retentionDurationForever"}
    assert held["actionAfterRetentionPeriod"] == "none"


def test_a_series_that_becomes_another_of_the_same_change(sign_in: SignIn, house: House) -> None:
    ada = sign_in("ada")
    request = saved(ada, TRANSACTIONS)
    saved(ada, WORKING_PAPERS, into=request)
    ada.goes_to(request)
    submitted(ada)

    approved_by_all(sign_in, request)

    ledger = requests.get(f"{house.sandbox}/sandbox/ledger", timeout=30).json()
    order = [write["displayName"] for write in ledger]
    assert order.index(TRANSACTIONS.name) < order.index(WORKING_PAPERS.name)
    assert label(house, WORKING_PAPERS.name)["labelToBeApplied"] == TRANSACTIONS.name


def saved(author: Somebody, series: Series, *, into: str = "") -> str:
    author.goes_to("labels/new/")
    write(author, series)
    if into:
        author.page.locator("[name=request]").select_option(into.strip("/").rpartition("/")[2])
    author.press("Save draft")
    expect(author.page.get_by_text("Draft").first).to_be_visible()
    return address(author)


def carried_out(sign_in: SignIn, series: Series) -> None:
    ada = sign_in("ada")
    request = saved(ada, series)
    submitted(ada)
    approved_by_all(sign_in, request)


def approved_by_all(sign_in: SignIn, request: str) -> None:
    """One approver, and another where the request asks for two."""
    ben = sign_in("ben")
    ben.goes_to(request)
    two = ben.page.get_by_role("checkbox", name="cannot be undone").count() > 0
    decided(ben, request, "1 of 2" if two else "Approved")
    last = sign_in("cleo") if two else ben
    if two:
        decided(last, request, "Approved")
    confirmed(last)


def label(house: House, name: str) -> dict[str, object]:
    labels = requests.get(f"{house.sandbox}/sandbox/state", timeout=30).json()["retentionLabels"]
    found: dict[str, object] = next(label for label in labels if label["displayName"] == name)
    return found
