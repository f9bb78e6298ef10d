"""One request to Graph at a time. Waiting, retrying and looking again are its callers' work, never this module's."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError

from portal.graph.answers import Answer, NoDocument, Page, document_of, plain
from portal.graph.errors import EndlessListing, GraphError, NotSent, Unreadable, Waiting
from portal.graph.guard import same_origin
from portal.graph.outcomes import bare, error_from, outcome_of, request_id_of, unknown
from portal.graph.retry_after import CAP
from portal.graph.tokens import bearer
from portal.graph.wire import TIMEOUT, exchange, session

MAX_PAGES: Final = 10_000
UNAUTHORISED: Final = 401
GOOD: Final = {"GET": {200}, "POST": {200, 201}, "PATCH": {200, 201, 204}, "DELETE": {200, 201, 204}}

log = logging.getLogger("portal.graph")


class Client:
    """Microsoft Graph as one tenant's token sees it. Paths are below the version: `security/labels/citations`."""

    def __init__(
        self,
        root: str,
        version: str = "v1.0",
        *,
        token: Callable[[], str],
        renew: Callable[[], bool] = lambda: False,
        waits: Callable[[], float | None] = lambda: None,
        http: requests.Session | None = None,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        """`root` as `clouds.root_of` gives it, `http` as `wire.session` makes it; `token` is asked for each request.

        `renew` is called once Graph has refused a token: whether there is another to try. `waits` is asked last of all
        before each request: for how many seconds nothing may be asked any more; None if it may be asked now.
        """
        self.root = root.rstrip("/")
        self.version = version
        self.joins_options = True
        """Several options of `$expand` may be asked for at once; False once the service has refused that."""
        self._base = f"{self.root}/{version}/"
        self._token, self._renew, self._waits = token, renew, waits
        self._http = http or session()
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"<Client {self._base}>"

    def send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, client_request_id: str | None = None
    ) -> Answer:
        """One request: no retry, no redirect, a fresh `client-request-id` unless one is given.

        Raises NotSent (nothing left this machine), Throttled (wait, then repeat; Waiting if it was known before, and
        nothing left), Rejected (waiting will not help), Unsure (a write that may have taken effect; look before
        repeating), Unreadable (a read that failed) or UnsafeLink (the path leads elsewhere, nothing sent). A success
        without the body that is due is no success.
        """
        return self._ask(method, self._base + path.lstrip("/"), body, client_request_id)

    def get(self, path: str) -> dict[str, Any]:
        """One object, bare even where Graph wraps it (T7). Raises as `send` does; Rejected with `gone` for 404."""
        return self.send("GET", path).body

    def pages(self, path: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[Page]:
        """Every page of a listing, each asked for when the one before has been used. An empty page is legal.

        `clock` is read just before each request: give the database's clock where `asked_at` is compared with rows.
        Raises as `send` does, UnsafeLink for a next page elsewhere (S21), EndlessListing for one that was there
        before or is one too many. A listing is complete only if the iteration ends by itself.
        """
        link: str | None = self._base + path.lstrip("/")
        seen: set[str] = set()
        while link is not None:
            link = same_origin(link, self.root, self.version)
            if link in seen or len(seen) >= MAX_PAGES:
                raise EndlessListing(f"GET {bare(path)}: page {len(seen) + 1} is one too many")
            seen.add(link)
            asked_at = clock()
            answer = self._ask("GET", link)
            link = _next_link(answer, path)
            yield Page(_items(answer, path), asked_at, answer.request_id)

    def _ask(
        self, method: str, link: str, body: dict[str, Any] | None = None, client_request_id: str | None = None
    ) -> Answer:
        url = same_origin(link, self.root, self.version)
        path = url.removeprefix(self._base)
        trace = client_request_id or str(uuid.uuid4())
        auth, started = bearer(self._token), time.monotonic()
        seconds = self._waits()
        if seconds is not None:
            what = f"{method} {bare(path)}: not asked for another {seconds:.0f} s"
            raise Waiting(what, client_request_id=trace, retry_after=seconds)
        try:
            request = requests.Request(method, url, headers=_headers(method, trace), json=body, auth=auth)
            response = exchange(self._http, self._http.prepare_request(request), self._timeout)
        except (requests.RequestException, HTTPError, OSError) as exc:
            error = outcome_of(exc, method, path, client_request_id=trace)
            log.warning("%s client-request-id=%s ms=%d", error, trace, _ms_since(started))
            raise error from exc
        with response:
            _log_answer(response, method, path, trace, _ms_since(started))
            return self._judged(response, method, path, trace)

    def _judged(self, response: requests.Response, method: str, path: str, trace: str) -> Answer:
        status, request_id = response.status_code, request_id_of(response)
        if status not in GOOD.get(method, ()):
            self._http.close()  # after a 503 Graph wants a new connection; no other error deserves an old one
            error = error_from(response, method, path, client_request_id=trace)
            if status == UNAUTHORISED and self._renew():  # refused before anything was done with it
                told = f"{error}; the next one has a new token"
                raise NotSent(told, request_id=error.request_id, client_request_id=trace) from error
            if error.retry_after == CAP:
                log.warning("Graph asks to wait an hour or more client-request-id=%s", trace)
            raise error
        try:
            body = {} if status == 204 else document_of(response, within=self._timeout[1])
        except NoDocument as exc:
            what = f"{method} {bare(path)}: {status} without a readable body"
            raise unknown(method)(what, status=status, request_id=request_id, client_request_id=trace) from exc
        return Answer(status, body, request_id, trace)


def _headers(method: str, trace: str) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "fileplan", "client-request-id": trace}
    return headers if method == "GET" else headers | {"Connection": "close"}


def _items(answer: Answer, path: str) -> list[dict[str, Any]]:
    items = answer.body.get("value")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _no_page(answer, path)
    return items


def _next_link(answer: Answer, path: str) -> str | None:
    link = answer.body.get("@odata.nextLink")
    if link is not None and not isinstance(link, str):
        raise _no_page(answer, path)
    return link


def _no_page(answer: Answer, path: str) -> GraphError:
    return Unreadable(
        f"GET {bare(path)}: {answer.status} without a page",
        status=answer.status,
        request_id=answer.request_id,
        client_request_id=answer.client_request_id,
    )


def _log_answer(response: requests.Response, method: str, path: str, trace: str, ms: int) -> None:
    """One line per request, with what Microsoft's support asks for (contract 5.1)."""
    level = logging.INFO if response.status_code < 300 else logging.WARNING
    date, diagnostic = (plain(response.headers.get(name), limit=500) for name in ("Date", "x-ms-ags-diagnostic"))
    line = "%s %s %d request-id=%s client-request-id=%s ms=%d date=%s diagnostic=%s"
    log.log(level, line, method, bare(path), response.status_code, request_id_of(response), trace, ms, date, diagnostic)


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
