import json
import re

import requests

from portal.sandbox.server import Sandbox

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
