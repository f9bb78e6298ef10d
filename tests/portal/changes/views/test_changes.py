import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.changes.models import Push, Why
from tests.changing import approved, drafted, mirrored, submitted, update


@pytest.fixture
def requests(tenant, author, approver, label):
    """One request in review, one draft, one that stopped."""
    row = mirrored(tenant, "HR Payroll 7y")
    submitted(tenant, author, update(label, descriptionForUsers="Invoices."), title="Invoices")
    drafted(tenant, author, update(row, descriptionForUsers="Pay."), title="Payroll texts")
    stopped = approved(tenant, author, [approver], update(row, descriptionForUsers="Pay!"), title="Payroll again")
    stopped.changes.update(push=Push.STOPPED, why=Why.REJECTED)


def titles(response):
    return [summary.request.title for summary in response.context["rows"]]


def test_changes_are_listed_newest_first(see, auditor, requests):
    assert titles(see(auditor, "changes")) == ["Payroll again", "Payroll texts", "Invoices"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=problems", ["Payroll again"]),
        ("?state=draft", ["Payroll texts"]),
        ("?state=in_review", ["Invoices"]),
        ("?state=sending", []),
        ("?state=done", []),
        ("?q=payroll", ["Payroll again", "Payroll texts"]),
        ("?q=payroll+again", ["Payroll again"]),
        ("?q=FIN+Invoices", ["Invoices"]),
        ("?q=ada", ["Payroll again", "Payroll texts", "Invoices"]),
        ("?q=%231", ["Invoices"]),
        ("?q=2", ["Payroll texts"]),
        ("?q=nothing", []),
        ("?state=unheard-of", ["Payroll again", "Payroll texts", "Invoices"]),
        ("?page=9999999999999999999999", ["Payroll again", "Payroll texts", "Invoices"]),
    ],
)
def test_changes_are_found(see, author, requests, query, found):
    assert titles(see(author, "changes", query=query)) == found


def test_changes_count_every_tab(see, author, requests):
    counts = {tab.value: count for tab, count in see(author, "changes").context["tabs"]}

    assert counts == {
        "draft": 1, "in_review": 1, "sending": 0, "problems": 1, "done": 0, "rejected": 0, "withdrawn": 0,
    }  # fmt: skip


def test_changes_without_any_say_how_to_begin(see, author):
    assert "Nothing was proposed yet" in see(author, "changes").content.decode()


def test_changes_without_a_match_say_so(see, author, requests):
    assert "No change matches" in see(author, "changes", query="?q=zzz").content.decode()


def test_changes_of_another_tenant_are_nothing(see, outsider, requests):
    assert see(outsider, "changes").status_code == 404


def test_changes_cost_the_same_for_one_row_and_three(see, tenant, author, approver, label):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            see(author, "changes")
        return len(asked)

    submitted(tenant, author, update(label, descriptionForUsers="One."))
    queries()
    one = queries()
    for n in range(2):
        row = mirrored(tenant, f"Label {n}")
        submitted(tenant, author, update(row, descriptionForUsers="More."))

    assert queries() == one
