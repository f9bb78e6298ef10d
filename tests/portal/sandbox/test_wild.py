import pytest

from portal.sandbox import wild
from portal.sandbox.server import Sandbox
from tests.portal.sandbox.asking import Asking
from tests.portal.sandbox.row import CITATIONS, LABELS, SECURITY, TYPES

PAYROLL = f"{LABELS}/<retentionLabels/HR Payroll tax 7y>"
SEED = 20261120


class Patient(Asking):
    """Asks again when throttled, and counts how often that was."""

    throttled = 0

    def __call__(self, *asked, **more):
        while (answer := super().__call__(*asked, **more)).status_code == 429:
            self.throttled += 1
        return answer

    def pages(self, path):
        while path:
            page = self("GET", path).json()
            yield page
            path = page.get("@odata.nextLink", "").removeprefix(self.sandbox.root)


@pytest.fixture(scope="module")
def running():
    with Sandbox(wild=SEED) as sandbox:
        asking = Patient(sandbox)
        yield asking
        asking.session.close()


@pytest.fixture
def ask(running):
    running.sandbox.reset()
    running.throttled = 0
    return running


@pytest.fixture
def calm(monkeypatch):
    monkeypatch.setattr(wild, "THROTTLED", 0)


def create(ask, name="New"):
    return ask("POST", CITATIONS, {"displayName": name}).json()["id"]


def listed(ask, path=CITATIONS):
    return [one["displayName"] for page in ask.pages(path) for one in page["value"]]


def test_wild_pages_are_of_any_size_and_hold_everything(ask):
    pages = list(ask.pages(f"{LABELS}?$expand=descriptors"))

    sizes = {len(page["value"]) for page in pages[:-1]}
    assert sizes <= set(range(1, 8))
    assert len(sizes) > 3
    assert len({one["id"] for page in pages for one in page["value"]}) == 60
    assert all("descriptors" in one for page in pages for one in page["value"])


def test_wild_page_tokens_say_nothing_and_hold_for_their_listing(ask):
    link = ask("GET", LABELS).json()["@odata.nextLink"]
    token = link.partition("$skiptoken=")[2]

    assert len(token) == 40
    assert ask("GET", f"{LABELS}?$skiptoken={token}").status_code == 200
    assert ask("GET", f"{CITATIONS}?$skiptoken={token}").status_code == 400
    assert ask("GET", f"{LABELS}?$skiptoken=MTAw").status_code == 400


def test_wild_page_tokens_expire(ask, monkeypatch):
    monkeypatch.setattr(wild, "TOKEN_SECONDS", 0)
    link = ask("GET", LABELS).json()["@odata.nextLink"].removeprefix(ask.sandbox.root)

    assert ask("GET", link).json()["error"]["code"] == "BadRequest"


def test_wild_ids_are_of_any_form_and_work(ask):
    ids = [create(ask, f"New {number}") for number in range(9)]

    assert len({len(id) for id in ids}) > 3
    for number, id in enumerate(ids):
        assert ask("GET", f"{CITATIONS}/{id}").json()["displayName"] == f"New {number}"
        assert ask("GET", f"{CITATIONS}('{id}')").status_code == 200
        assert ask("DELETE", f"{CITATIONS}/{id}").status_code == 204
        assert ask("GET", f"{CITATIONS}/{id}").status_code == 404


def test_wild_ids_can_be_bound(ask):
    id = ask("POST", TYPES, {"displayName": "New"}).json()["id"]
    body = {
        "displayName": "New",
        "eventQueries": [{"queryType": "files", "query": "x:1"}],
        "retentionEventType@odata.bind": f"<root>{TYPES}/{id}",
    }

    event = ask("POST", f"{SECURITY}/triggers/retentionEvents", body)

    assert event.status_code == 201
    path = f"{SECURITY}/triggers/retentionEvents/{event.json()['id']}/retentionEventType"
    assert ask("GET", path).json()["id"] == id


def test_wild_listings_lag_while_reads_do_not(ask, calm, monkeypatch):
    monkeypatch.setattr(wild, "LONGEST_LAG_MS", 10**9)
    id = create(ask)
    soon = listed(ask)

    monkeypatch.setattr(wild, "LONGEST_LAG_MS", 0)
    create(ask, "At once")

    assert "New" not in soon
    assert ask("GET", f"{CITATIONS}/{id}").status_code == 200
    assert "At once" in listed(ask)


def test_wild_patches_answer_both_ways(ask):
    answers = [ask("PATCH", PAYROLL, {"descriptionForUsers": str(number)}) for number in range(16)]

    assert {answer.status_code for answer in answers} == {200, 204}
    assert {bool(answer.content) for answer in answers if answer.status_code == 204} == {False}
    assert ask.sandbox.find("retentionLabels", "HR Payroll tax 7y")["descriptionForUsers"] == "15"


def test_wild_patches_of_event_types_answer_one_way(ask):
    path = f"{TYPES}/<retentionEventTypes/Case closed>"

    assert {ask("PATCH", path, {"description": str(number)}).status_code for number in range(9)} == {200}


def test_wild_objects_come_in_any_order_and_with_more_in_them(ask):
    answers = [ask("GET", PAYROLL).json() for _ in range(9)]

    assert len({tuple(answer) for answer in answers}) > 5
    assert {"futureProperty" in answer for answer in answers} == {True, False}
    assert len({answer["displayName"] for answer in answers}) == 1


def test_wild_throttles_now_and_then(ask):
    for _ in range(200):
        ask("GET", PAYROLL)

    assert 2 <= ask.throttled <= 30


def test_wild_batches_are_answered_in_any_order(ask):
    items = [{"id": str(number), "method": "GET", "url": "/security/labels/citations"} for number in range(6)]

    answers = [ask("POST", "/v1.0/$batch", {"requests": items}).json()["responses"] for _ in range(9)]

    assert len({tuple(one["id"] for one in answer) for answer in answers}) > 5
    assert {tuple(sorted(one["id"] for one in answer)) for answer in answers} == {tuple("012345")}


def story(ask):
    ask.sandbox.reset()
    answers = [ask("GET", path) for path in (LABELS, PAYROLL) * 20]
    return [(list(one.json()), len(one.json().get("value", []))) for one in answers], create(ask)


def test_wild_of_one_seed_is_wild_the_same_way(ask):
    once, again = story(ask), story(ask)

    assert once == again


def test_wild_state_is_read_by_a_calm_server(tmp_path):
    file = tmp_path / "state.json"
    with Sandbox(wild=SEED, seed_labels=1, state_file=file) as sandbox:
        asking = Patient(sandbox)
        id = create(asking)
        asking.session.close()

    with Sandbox(state_file=file) as sandbox:
        asking = Asking(sandbox)
        assert asking("GET", f"{CITATIONS}/{id}").status_code == 200
        asking.session.close()
