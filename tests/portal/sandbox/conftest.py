import pytest

from portal.sandbox.options import Options
from portal.sandbox.server import Sandbox
from tests.portal.sandbox.asking import Asking
from tests.portal.sandbox.signing_in import Signing

LONG_AGO = "2023-02-06T09:15:00Z"
FILES, MESSAGES = {"queryType": "files", "query": "x:1"}, {"queryType": "messages", "query": "x"}
EVENTS = {
    "Leaver 40117": ("Employee separation", [FILES, MESSAGES]),
    "Fiscal year 2021-22": ("Fiscal year ends", [FILES]),
    "Project Larkspur closed": ("Project completed", [FILES]),
    "Supply agreement 2203 ended": ("Contract or Agreement Expiration (event type)", [FILES, MESSAGES]),
}


@pytest.fixture(scope="package")
def running():
    with Sandbox() as sandbox:
        asking = Asking(sandbox)
        yield asking
        asking.session.close()


@pytest.fixture
def ask(running):
    """The seeded tenant with its default choices, and four events that spread long ago."""
    running.sandbox.reset()
    running.sandbox.options = Options()
    for name, (event_type, queries) in EVENTS.items():
        body = {"displayName": name, "retentionEventType": event_type, "eventQueries": queries}
        running.sandbox.edit("create", "retentionEvents", body=body | {"createdDateTime": LONG_AGO})
    return running


@pytest.fixture
def sandbox(ask):
    return ask.sandbox


@pytest.fixture
def signing(sandbox):
    found = Signing(sandbox)
    yield found
    found.close()
