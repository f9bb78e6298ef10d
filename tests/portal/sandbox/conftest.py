import json
import re

import pytest
import requests

from portal.sandbox.options import Options
from portal.sandbox.server import Sandbox

LONG_AGO = "2023-02-06T09:15:00Z"
FILES, MESSAGES = {"queryType": "files", "query": "x:1"}, {"queryType": "messages", "query": "x"}
EVENTS = {
    "Leaver 40117": ("Employee separation", [FILES, MESSAGES]),
    "Fiscal year 2021-22": ("Fiscal year ends", [FILES]),
    "Project Larkspur closed": ("Project completed", [FILES]),
    "Supply agreement 2203 ended": ("Contract or Agreement Expiration (event type)", [FILES, MESSAGES]),
}
NAMED = re.compile(r"<(\w+)/([^>]+)>")


class Asking:
    """Sends requests to a sandbox. `<retentionLabels/GEN Personal>` in a path or a body becomes that object's id."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()

    def __call__(self, method, path, body=None, *, token="sandbox", headers=None):
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        return self.session.request(
            method,
            self.sandbox.root + self.filled(path),
            data=data and self.filled(data),
            headers=sent | (headers or {}),
            timeout=5,
            allow_redirects=False,
        )

    def filled(self, text):
        text = text.replace("<root>", self.sandbox.root)
        return NAMED.sub(lambda named: self.sandbox.find(named[1], named[2])["id"], text)


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
