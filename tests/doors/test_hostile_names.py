"""Text from elsewhere stays text (S10, S16, S28): a tenant full of hostile names, and every page anybody can reach."""

import io
import json
import logging
import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.utils import timezone

from labels.models import RetentionLabel
from portal.changes.models import ChangeRequest, Push, Why
from portal.changes.tasks import synchronise
from portal.mirror.models import Cause
from portal.sandbox.server import Sandbox
from portal.tenants.models import Connection, Health, Person, Role, Tenant
from portal.web.logs import JsonLines
from tests.changing import approved, create, drafted, submitted, update
from tests.doors.world import Visitor, whole
from tests.factories import make_person, make_tenant

IMAGE = "<img src=x onerror=alert(1)>"
ATTRIBUTE = '" hx-get="/x" data-injected="'
HANDLER = "' onmouseover='alert(1)' {{7*7}}{% now %}"
SCRIPT = "</script><script>alert(1)</script></textarea>"
ADDRESS = "javascript:alert(1)"
HIDING = "\u202egnp.exe\r\nSet-Cookie: x=1\x1b[31m"
AS_THEY_ARE = [IMAGE, ATTRIBUTE, HANDLER, SCRIPT, ADDRESS]
HOSTILE = [*AS_THEY_ARE, HIDING]
LABEL = {
    "behaviorDuringRetentionPeriod": "retain",
    "actionAfterRetentionPeriod": "delete",
    "retentionTrigger": "dateCreated",
    "retentionDuration": {"@odata.type": "#microsoft.graph.security.retentionDurationInDays", "days": 1827},
    "defaultRecordBehavior": "startLocked",
}
EXECUTED = re.compile(r"^\s*(?:javascript|js|data|vbscript):", re.IGNORECASE)
HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f]")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Every kind of object under every hostile name, edited past the rules Graph has."""
    with Sandbox(seed_labels=0, lenient=True) as served:
        for name in HOSTILE:
            for kind in ("authorities", "categories", "departments", "filePlanReferences"):
                served.edit("create", kind, None, {"displayName": name}, by=name)
            served.edit("create", "citations", None, {"displayName": name, "citationUrl": ADDRESS}, by=name)
            served.edit("create", "retentionEventTypes", None, {"displayName": name, "description": name}, by=name)
            texts = {"displayName": name, "descriptionForAdmins": name, "descriptionForUsers": name}
            parts = ("authority", "category", "department", "citation", "filePlanReference")
            named = {"descriptors": {part: {"displayName": name} for part in parts}}
            served.edit(
                "create", "retentionLabels", None, {**LABEL, **texts, **named, "labelToBeApplied": name}, by=name
            )
        yield served


@pytest.fixture
def tenant(db: None, sandbox: Sandbox) -> Tenant:
    """Synchronised twice, with an edit in between; what people say in it is hostile too."""
    made = make_tenant(slug="harrow-vale", name=f"Harrow {IMAGE}", sandbox_root=sandbox.root)
    Connection.objects.create(tenant=made)
    synchronise(made, cause=Cause.COMMAND)
    sandbox.edit("patch", "retentionLabels", IMAGE, {"descriptionForUsers": SCRIPT}, by=ATTRIBUTE)
    synchronise(made, cause=Cause.COMMAND)
    held = {"health": Health.HELD, "held_because": IMAGE + HIDING, "held_at": timezone.now()}
    Connection.objects.filter(tenant=made).update(**held)
    made.refresh_from_db()
    return made


@pytest.fixture
def writer(tenant: Tenant) -> Person:
    return make_person(Role.AUTHOR, tenant=tenant, name=f"Ada {IMAGE}")


@pytest.fixture
def watcher(tenant: Tenant) -> Person:
    return make_person(Role.APPROVER, Role.AUDITOR, Role.ADMINISTRATOR, tenant=tenant, name=f"Ben {ATTRIBUTE}")


@pytest.fixture
def requests(tenant: Tenant, writer: Person, watcher: Person) -> list[ChangeRequest]:
    """A draft, one in review and one that stopped, each about hostile names in hostile words."""
    about = {"title": f"Title {SCRIPT}"[:200], "reason": f"Because {IMAGE}{HIDING}"}
    rows = list(RetentionLabel.objects.filter(tenant=tenant).order_by("pk"))
    made = [drafted(tenant, writer, create(f"new {SCRIPT}"[:64], descriptionForAdmins=IMAGE), **about)]
    made += [
        submitted(tenant, writer, update(rows[0], descriptionForUsers=HANDLER), **about),
        approved(tenant, writer, [watcher], update(rows[1], descriptionForAdmins=ATTRIBUTE), **about),
    ]
    made[-1].changes.update(push=Push.STOPPED, why=Why.REJECTED, message=f"Graph said {IMAGE}", support=ATTRIBUTE)
    return made


class Read(HTMLParser):
    """A page as a browser understands it: where it leads, what it would run, what it says."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.wrong: list[str] = []
        self.said: list[str] = []
        self.within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attributes}
        self.wrong += [
            f"<{tag} {name}>" for name in held if name.startswith(("on", "hx-on")) or name in ("style", "data-injected")
        ]
        self.wrong += [
            f"<{tag} {name}={text}>" for name, text in held.items() if EXECUTED.match(text) and name != "value"
        ]
        if tag in ("style", "iframe", "object", "embed", "base", "img") or (tag == "script" and "src" not in held):
            self.wrong.append(f"<{tag}>")
        if not held.get("src", "/static/").startswith("/static/"):
            self.wrong.append(f"<{tag} src={held['src']}>")
        if tag == "a":
            self.links.append(held.get("href", ""))
        if tag == "form" and held.get("method", "get").lower() == "get":
            self.links.append(held.get("action", ""))
        self.links += [held[name] for name in ("hx-get",) if name in held]

        self.within = tag
        self._hides(tag, held.get("title", "") + held.get("aria-label", "") + held.get("alt", ""))

    def handle_data(self, data: str) -> None:
        """What is typed is shown as it is by the browser's own fields; all other text bears marks."""
        self.said.append(data)
        if self.within not in ("textarea", "option"):
            self._hides(self.within, data)

    def _hides(self, tag: str, text: str) -> None:
        self.wrong += [f"<{tag}> hides {one!r}" for one in HIDDEN.findall(text)]


def crawled(visitor: Visitor) -> dict[str, Read]:
    """Every page that links lead to from the first, and each with one thing asked of it in the query."""
    pages: dict[str, Read] = {}
    seen, waiting = set(), deque(["/"])
    while waiting:
        address = waiting.popleft()
        answer = visitor.ask("GET", address)
        if answer.status_code in (301, 302):
            waiting.append(answer["Location"])
            continue
        assert answer.status_code == 200, (address, answer.status_code)
        pages[address] = read = Read(answer.text)
        for link in filter(None, read.links):
            to = urlsplit(urljoin(address, link))
            shape = (to.path, tuple(sorted(name for name, _value in parse_qsl(to.query))))
            if to.netloc == "" and not to.path.startswith("/static/") and len(shape[1]) < 2 and shape not in seen:
                seen.add(shape)
                waiting.append(to._replace(fragment="").geturl())
    return pages


@pytest.mark.parametrize("who", ["writer", "watcher"])
def test_no_page_runs_or_hides_what_a_name_says(
    who: str, writer: Person, watcher: Person, requests: list[ChangeRequest]
) -> None:
    pages = crawled(Visitor({"writer": writer, "watcher": watcher}[who]))

    assert {address: read.wrong for address, read in pages.items() if read.wrong} == {}
    assert len(pages) > 30


def test_names_are_shown_as_they_are(tenant: Tenant, writer: Person, requests: list[ChangeRequest]) -> None:
    visitor = Visitor(writer)
    listed = "".join(Read(visitor.ask("GET", "/t/harrow-vale/labels/").text).said)
    change = "".join(Read(visitor.ask("GET", requests[0].get_absolute_url()).text).said)

    assert [name for name in AS_THEY_ARE if name not in listed] == []
    assert "gnp.exe" in listed
    assert (f"Title {SCRIPT}" in change, f"Because {IMAGE}" in change) == (True, True)
    assert "49" not in listed.split()


def test_no_header_takes_a_line_of_a_name(tenant: Tenant, watcher: Person, requests: list[ChangeRequest]) -> None:
    visitor = Visitor(watcher)

    for address in ("/t/harrow-vale/labels/?q=a%0d%0aSet-Cookie:%20x=1", "/t/harrow-vale/labels/%0d%0aX:%201/"):
        answer = visitor.ask("GET", address)
        assert "x=1" not in str(answer.headers)
        assert "X" not in answer.headers


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What goes to the log, in the form it goes there."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def test_every_log_line_is_one_record(
    log: io.StringIO, sandbox: Sandbox, tenant: Tenant, watcher: Person, requests: list[ChangeRequest]
) -> None:
    """S28: hostile names through a sync, pages, and addresses that are nothing."""
    visitor = Visitor(watcher, raise_request_exception=False)
    sandbox.faults([{"path": "retentionLabels", "effect": "status", "status": 500}])
    synchronise(tenant, cause=Cause.COMMAND)
    for address in ("/t/a%0d%0a%1b[31m{}/", "/t/harrow-vale/%0a%22,%22level%22:%22x/", "/t/harrow-vale/changes/0/"):
        whole(visitor.client.get(address))
        whole(visitor.client.post(address, {"name": HIDING}))

    lines = log.getvalue().splitlines()
    records = [json.loads(line) for line in lines]
    assert len(records) > 6
    assert all(record.keys() >= {"at", "level", "logger", "request", "message"} for record in records)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", log.getvalue())
