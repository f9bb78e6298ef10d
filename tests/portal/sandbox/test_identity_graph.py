"""The stand-in Graph and the tokens of the stand-in sign-in."""

import pytest

from portal.sandbox.options import Options
from tests.portal.sandbox.signing_in import CLIENT, TID

LABELS, CITATIONS, EVENTS = "labels/retentionLabels", "labels/citations", "triggers/retentionEvents"
READ, WRITE = "RecordsManagement.Read.All", "RecordsManagement.ReadWrite.All"
NEW = {"displayName": "New"}


@pytest.fixture
def consented(signing):
    signing.identity.consent(CLIENT, TID, [READ, WRITE])
    return signing


def token(signing, who="Ada Ames", scope=""):
    return signing.tokens(who, scope or signing.write)["access_token"]


def tried(signing, found):
    """A read and a write: how they were answered."""
    return [signing.graph("GET", LABELS, found).status_code, signing.graph("POST", CITATIONS, found, NEW).status_code]


def test_token_writes_in_the_name_of_its_person(consented):
    body = consented.graph("POST", "triggerTypes/retentionEventTypes", token(consented), NEW).json()

    ada = {"user": {"id": consented.identity.person("ada@harrowvale.example")["oid"], "displayName": "Ada Ames"}}
    assert (body["createdBy"], body["lastModifiedBy"]) == (ada, ada)
    assert consented.sandbox.ledger()[-1]["by"] == "Ada Ames"


def test_items_of_a_batch_are_of_the_same_person(consented):
    item = {"id": "1", "method": "POST", "url": "/security/labels/citations", "body": NEW}
    item["headers"] = {"Content-Type": "application/json"}
    url = f"{consented.sandbox.root}/v1.0/$batch"
    headers = {"Authorization": f"Bearer {token(consented)}"}

    answer = consented.session.post(url, json={"requests": [item]}, headers=headers, timeout=5).json()

    assert answer["responses"][0]["body"]["createdBy"]["user"]["displayName"] == "Ada Ames"


@pytest.mark.parametrize(
    ("who", "scope", "answers"),
    [
        ("Ada Ames", f"<root>/{WRITE}", [200, 201]),
        ("Ada Ames", WRITE, [200, 201]),
        ("Ada Ames", "<root>/.default", [200, 201]),
        ("Ada Ames", f"<root>/{READ}", [200, 403]),
        ("Ada Ames", "openid profile", [403, 403]),
        ("Finn Frost", f"<root>/{WRITE}", [403, 403]),
        ("Ada Ames", f"https://graph.microsoft.com/{WRITE}", [401, 401]),
    ],
)
def test_token_may_do_what_it_says(consented, who, scope, answers):
    found = token(consented, who, scope.replace("<root>", consented.sandbox.root))

    assert tried(consented, found) == answers


def test_role_in_purview_counts_at_once(consented):
    found = token(consented)

    consented.identity.person("ada@harrowvale.example", has_purview_role=False)

    assert tried(consented, found) == [403, 403]


def test_token_expires(consented):
    consented.sandbox.options = Options(token_seconds=0)

    answer = consented.graph("GET", LABELS, token(consented))

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"


@pytest.mark.parametrize(
    ("whose", "answers"),
    [("ada@harrowvale.example", [401, 401]), ("", [401, 401]), ("ben@harrowvale.example", [200, 201])],
)
def test_token_is_revoked(consented, whose, answers):
    found = token(consented)

    consented.identity.revoke("access", person=whose)

    assert tried(consented, found) == answers


@pytest.mark.parametrize(
    "forgery",
    [
        {"forge": "issuer"},
        {"forge": "audience"},
        {"forge": "directory"},
        {"forge": "signature"},
        {"forge": "kid"},
        {"forge": "none"},
        {"forge": "public_key_as_secret"},
        {"forge": "expired"},
        {"forge": "early"},
        {"forge": "without", "name": "oid"},
    ],
)
def test_forged_token_is_refused(consented, forgery):
    consented.identity.forge([{**forgery, "on": "access"}])

    assert tried(consented, token(consented)) == [401, 401]


@pytest.mark.parametrize("found", ["", "sandbox.", "a.b.c", "a.b", "....", "é.é.é"])
def test_what_is_no_token_is_refused(consented, found):
    assert consented.graph("GET", LABELS, found.encode().decode("latin-1")).status_code == 401


def test_id_token_is_no_access_token(consented):
    found = consented.tokens("Ada Ames")["id_token"]

    assert tried(consented, found) == [401, 401]


@pytest.mark.parametrize(("permissions", "answers"), [([WRITE], [200, 201]), ([READ], [200, 403]), ([], [403, 403])])
def test_app_alone_reaches_no_label(signing, permissions, answers):
    app = signing.identity.register(directory=TID, secret="s", permissions=permissions)["client_id"]
    scope = f"{signing.sandbox.root}/.default"
    given = {"client_id": app, "client_secret": "s", "grant_type": "client_credentials", "scope": scope}
    found = signing.token(**given).json()["access_token"]

    seen = [signing.graph("GET", EVENTS, found).status_code, signing.graph("POST", CITATIONS, found, NEW).status_code]

    assert seen == answers
    assert signing.graph("GET", LABELS, found).status_code == 403


def test_journal_holds_neither_tokens_nor_sign_ins(consented):
    found = token(consented)
    consented.graph("GET", LABELS, found)

    (entry,) = consented.sandbox.journal()

    assert (entry["path"], entry["token"]) == (f"/v1.0/security/{LABELS}", "sandbox")
    assert found not in str(entry)
