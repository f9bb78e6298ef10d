"""Whatever the contract leaves to the server is left to chance here: what a client may rely on is what remains."""

import random
import string
import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from portal.sandbox.effects import no_content
from portal.sandbox.errors import Refusal, malformed
from portal.sandbox.messages import Answer, Json, Request
from portal.sandbox.shapes import extra_fields
from portal.sandbox.store import Store

THROTTLED = 0.05
LARGEST_PAGE = 7
TOKEN_SECONDS = 60.0
LONGEST_LAG_MS = 2000
ALPHABETS = (string.digits, "0123456789ABCDEF-", string.ascii_letters + string.digits + "-._~")
TOKEN = "$skiptoken"  # noqa: S105


class Wild:
    """Choices out of one seed. Requests that come at the same time take them in the order they are served.

    It stands between the client and everything else: requests are made plain before they are answered, answers are
    made strange before they are sent. The caller holds the server's one lock.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._tokens: dict[str, tuple[str, str, float]] = {}

    def page_size(self) -> int:
        return self._random.randint(1, LARGEST_PAGE)

    def id(self) -> str:
        """Of any form: ids are strings and promise nothing (contract section 4)."""
        return self._text(self._random.choice(ALPHABETS), self._random.randint(8, 64))

    def incoming(self, request: Request) -> Request:
        """With the page token that was meant. Raises a refusal for one that expired, and now and then throttles."""
        if self._random.random() < THROTTLED:
            headers = self._random.choice(({}, {"Retry-After": "0"}, {"Retry-After": "1"}))
            raise Refusal(429, "TooManyRequests", "The request was throttled.", headers=headers)
        if TOKEN not in dict(request.query):
            return request
        query = [(name, self._meant(value, request.path) if name == TOKEN else value) for name, value in request.query]
        return replace(request, target=f"{request.path}?{urlencode(query, safe='$=,')}")

    def _meant(self, token: str, path: str) -> str:
        meant, made_for, until = self._tokens.get(token, ("", "", 0.0))
        if made_for != path or time.monotonic() >= until:
            raise malformed("The page token is not valid, or not any more.")
        return meant

    def outgoing(self, request: Request, answered: Answer, store: Store) -> Answer:
        body = answered.body
        if not isinstance(body, dict):
            return answered
        if "responses" in body:
            self._random.shuffle(body["responses"])
        elif self._tosses():
            extra_fields(request, answered, store)
        self._hide_offset(request, body)
        if answered.status == 201 and "id" in body:
            store.unlist(body["id"], self._random.uniform(0, LONGEST_LAG_MS))
        answered.body = self._mixed(body)
        documented = "/retentionLabels" in request.path  # both answers, contract T12
        return no_content(request, answered, store) if documented and self._tosses() else answered

    def _hide_offset(self, request: Request, page: Json) -> None:
        """Our own links carry an offset: nothing a client should see."""
        head, found, meant = page.get("@odata.nextLink", "").partition(f"{TOKEN}=")
        if found and head.startswith(f"{request.root}/"):
            token = self._text(string.ascii_letters + string.digits, 40)
            self._tokens[token] = (meant, request.path, time.monotonic() + TOKEN_SECONDS)
            page["@odata.nextLink"] = f"{head}{TOKEN}={token}"

    def _mixed(self, value: Any) -> Any:
        """The same value with the members of every object in any order."""
        if isinstance(value, list):
            return [self._mixed(element) for element in value]
        if not isinstance(value, dict):
            return value
        names = self._random.sample(list(value), len(value))
        return {name: self._mixed(value[name]) for name in names}

    def _tosses(self) -> bool:
        return self._random.random() < 0.5

    def _text(self, alphabet: str, length: int) -> str:
        return "".join(self._random.choices(alphabet, k=length))
