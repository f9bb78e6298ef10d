"""docs/production.md does what it says: typed on an empty PostgreSQL and Redis, it makes an installation that works."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from requests.adapters import HTTPAdapter

from tests import servers
from tests.production.installation import BACKUP, RESTORE, TENANT, WELL, Installation, installed
from tests.servers import until

pytestmark = [pytest.mark.slow, pytest.mark.profile("production", why="are about the production profile alone")]
PUBLIC, CLIENT, PASSWORD = "https://fileplan.example", "203.0.113.9", "correct horse battery staple"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Everything in the document, typed once; the tests look at it from all sides."""
    folder = tmp_path_factory.mktemp("installed")
    quick = {"SWEEP_EVERY": "2", "SYNC_EVERY": "3"}
    with (
        servers.postgresql() as database,
        servers.redis() as broker,
        installed(folder, database, broker, **quick) as house,
    ):
        house.serve_sandbox("--seed-labels", "12")
        house.start()
        (folder / "added").write_text(house.type(TENANT))
        yield house


class Proxy(HTTPAdapter):
    """The proxy of the document: speaks HTTPS outside, and says to the web who asked."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        inner = request.copy()
        inner.url = f"http://127.0.0.1:{self.port}{request.path_url}"
        host = urlsplit(request.url or "").hostname or ""
        inner.headers.update({"Host": "inner", "X-Forwarded-Proto": "https"})
        inner.headers.update({"X-Forwarded-For": f"198.51.100.66, {CLIENT}", "X-Forwarded-Host": host})
        answer = super().send(inner, *args, **kwargs)
        answer.request, answer.url = request, request.url or ""
        return answer


@pytest.fixture
def outside(house: Installation) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount(PUBLIC, Proxy(house.web))
    return session


def rows(house: Installation, query: str) -> list[tuple[Any, ...]]:
    """What the superuser finds in the database."""
    with psycopg.connect(f"{house.database.url.rpartition('/')[0]}/fileplan") as opened:
        return opened.execute(query).fetchall()


def test_the_workers_read_the_tenant_unasked(house: Installation) -> None:
    """Timetable, Redis and a prefork worker, all as the role that owns nothing."""
    until(lambda: house.health().get("sync_age") is not None, "The first sync")

    assert rows(house, "SELECT count(*) FROM labels_retentionlabel") == [(12,)]


def test_the_checks_of_the_document_pass(house: Installation) -> None:
    said = house.type(WELL)

    assert '"durable": true' in said
    assert "A trial answers." in said


def test_a_person_sets_a_password_and_signs_in(house: Installation, outside: requests.Session) -> None:
    """Over HTTPS as the proxy tells it: cookies are for HTTPS only, and the history has the client's own address."""
    path = re.search(r"once: (\S+)", (house.folder / "added").read_text())
    assert path is not None
    form = outside.get(f"{PUBLIC}{path[1]}", timeout=30)
    fields = {"new_password": PASSWORD, "csrfmiddlewaretoken": token(form)}
    outside.post(form.url, fields, headers={"Referer": form.url}, timeout=30).raise_for_status()

    page = outside.get(f"{PUBLIC}/sign-in/", timeout=30)
    fields = {"username": "eli@fileplan.example", "password": PASSWORD, "csrfmiddlewaretoken": token(page)}
    desk = outside.post(page.url, fields, headers={"Referer": page.url}, timeout=30)

    assert "<h1" in desk.text
    assert "Sign out" in desk.text
    assert "__Host-session" in outside.cookies
    assert rows(house, 'SELECT count(*) FROM audit_entry WHERE body LIKE \'%"address":"203.0.113.9"%\'') > [(0,)]


def test_the_application_owns_nothing(house: Installation) -> None:
    assert rows(house, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [("fileplan_owner",)]


def test_plain_http_past_the_proxy_is_sent_to_https(house: Installation) -> None:
    """gunicorn by itself would believe anybody on this machine."""
    told = {"Host": "fileplan.example", "X-Forwarded-Proto": "http"}
    answer = requests.get(f"http://127.0.0.1:{house.web}/sign-in/", headers=told, timeout=30, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (301, f"{PUBLIC}/sign-in/")


METRICS = "twenty-random-characters-or-more"


def test_prometheus_gets_its_figures(house: Installation) -> None:
    until(lambda: house.health().get("beat_age") is not None, "The first beat")
    address, told = f"http://127.0.0.1:{house.web}/metrics", {"Host": "fileplan.example"}
    refused = requests.get(address, headers=told, timeout=30)
    answer = requests.get(address, headers={**told, "Authorization": f"Bearer {METRICS}"}, timeout=30)

    assert refused.status_code == 401
    assert re.search(r"^fileplan_beat_age_seconds [0-9.]+$", answer.text, flags=re.MULTILINE)
    assert 'fileplan_connection_healthy{tenant="trial"} 1.0' in answer.text


def token(page: requests.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert found is not None, page.text
    return found[1]


def test_every_log_line_is_json_and_tells_no_secret(house: Installation, outside: requests.Session) -> None:
    """S23, S28: web, both workers and timetable, with what gunicorn, Celery and Python itself say."""
    outside.get(f"{PUBLIC}/nothing-here/?code=a-secret-of-somebody", timeout=30)
    written = house.log_lines()
    assert [line for line in written if not line.startswith('{"at": ')] == []
    lines = [json.loads(line) for line in written]

    loggers = {line["logger"].partition(".")[0] for line in lines}
    assert {"gunicorn", "celery", "django"} <= loggers
    assert all({"at", "level", "logger", "request", "message"} <= line.keys() for line in lines)
    told = json.dumps(lines)
    assert "nothing-here" in told
    for secret in ("a-secret-of-somebody", "choose-another", "choose-one", "put-fifty-random", PASSWORD, METRICS):
        assert secret not in told


def test_a_backup_is_made_proved_and_brought_back(house: Installation, outside: requests.Session) -> None:
    """The last one here: it ends every process. What it started again says that it was restored, and sends nothing."""
    said = house.type(BACKUP)
    assert re.search(r"Loaded aside: \d+ rows as counted then, 2 chains hold", said)
    before = rows(house, "SELECT count(*) FROM tenants_person")
    house.end()

    said = house.type(RESTORE)
    assert "2 chains hold" in said
    house.start()

    assert rows(house, "SELECT count(*) FROM tenants_person") == before
    assert house.health()["restored"] is True
    assert rows(house, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [("fileplan_owner",)]
    assert rows(house, "SELECT count(*) FROM audit_entry WHERE verb = 'restore.noticed'") == [(2,)]
    until(lambda: house.health().get("beat_age") in range(10), "A beat of the restored house")
