"""Control paths, what survives a restart, and how strict the paths are."""

import json
from dataclasses import asdict

import pytest

from portal.sandbox.identity.cast import CLIENT_IDS, DIRECTORIES, HARROW_VALE, SECRET
from portal.sandbox.identity.cast import people as cast_people
from portal.sandbox.server import Sandbox
from portal.sandbox.store import StateUnreadable
from portal.tenants.demo import PEOPLE, TENANTS
from tests.portal.sandbox.signing_in import CLIENT, ORIGIN, TID, Signing, code_of

WRITE = "RecordsManagement.ReadWrite.All"


def test_cast_is_that_of_the_demo():
    found = {(person.name, person.preferred_username): person for person in cast_people().values()}

    names = {directory.id: directory.name for directory in DIRECTORIES}
    for demo in PEOPLE:
        person = found[(demo.name, demo.email)]
        assert person.roles == [str(role) for role in demo.roles]
        assert names[person.directory] == TENANTS[demo.tenant]


def test_control_shows_everything_but_secrets(ask, signing):
    signing.tokens(scope="openid offline_access")

    answer = ask("GET", "/sandbox/identity", token="")

    shown = answer.json()
    assert shown == json.loads(json.dumps(signing.identity.show()))
    assert [entry["kind"] for entry in shown["issued"]] == ["code", "access", "refresh", "id"]
    assert shown["issued"][-1]["claims"]["preferred_username"] == "eli@harrowvale.example"
    assert shown["asked"] == {"authorize": 2, "token": 1, "token authorization_code": 1}
    assert shown["registrations"][0]["client_id"] == CLIENT
    assert SECRET not in answer.text


def test_control_registers_apps_and_people(ask, signing):
    app = {"directory": TID, "secret": "s", "redirect_uris": ["https://fileplan.example/in/"], "app_roles": ["boss"]}
    made = ask("POST", "/sandbox/identity/registrations", app, token="").json()
    eve = {"who": "eve@harrowvale.example", "directory": TID, "name": "Eve", "roles": ["boss", "author"]}
    ask("POST", "/sandbox/identity/people", eve, token="")

    given = {"client_id": made["client_id"], "redirect_uri": "https://fileplan.example/in/"}
    code = signing.code("Eve", scope="openid", **given)
    given |= {"client_secret": "s", "code": code, "code_verifier": "v" * 43}
    assert "id_token" in signing.token(**given).json()
    assert signing.identity.issued()[-1]["claims"]["roles"] == ["boss"]


def test_control_changes_people(ask):
    changed = ask(
        "POST", "/sandbox/identity/people", {"who": "ADA@harrowvale.example", "amr": ["pwd"]}, token=""
    ).json()

    assert changed == asdict(ask.sandbox.identity._world.book.find_person("ada@harrowvale.example"))
    assert (changed["name"], changed["amr"]) == ("Ada Ames", ["pwd"])


def test_control_revokes_consents_rotates(ask, signing):
    consents = {"client_id": CLIENT, "directory": TID, "permissions": [WRITE]}
    ask("POST", "/sandbox/identity/consents", consents, token="")
    token = signing.tokens("Ada Ames", f"offline_access {WRITE}")["refresh_token"]
    rotated = ask("POST", "/sandbox/identity/keys", {"forget": True}, token="").json()

    before = signing.refresh(token)
    ask("POST", "/sandbox/identity/revocations", {"what": "refresh", "person": "ada@harrowvale.example"}, token="")

    assert "access_token" in before
    assert code_of(signing.refresh(token)) == 50173
    assert signing.identity.show()["keys"] == rotated


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("registrations", {"directory": "elsewhere"}),
        ("registrations", {"directory": TID, "certificate": "no PEM"}),
        ("registrations", {"directory": TID, "client_id": "no GUID"}),
        ("registrations", {"directory": TID, "colour": "red"}),
        ("registrations", []),
        ("people", {"who": "eve@harrowvale.example", "name": "Eve", "directory": "elsewhere"}),
        ("people", {"who": "ada@harrowvale.example", "colour": "red"}),
        ("revocations", {"what": "everything"}),
        ("revocations", {"what": "refresh", "person": "nobody"}),
        ("revocations", {"what": "secret"}),
        ("keys", {"colour": "red"}),
    ],
)
def test_control_refuses_what_it_does_not_understand(ask, path, body):
    assert ask("POST", f"/sandbox/identity/{path}", body, token="").status_code == 400


def test_reset_starts_again(ask, signing):
    signing.identity.forge([{"forge": "issuer"}])
    signing.identity.person("eve@harrowvale.example", name="Eve", directory=TID)
    token = signing.tokens()["refresh_token"]

    ask("POST", "/sandbox/reset", token="")

    assert code_of(signing.refresh(token)) == 9002313
    assert (ask.sandbox.identity.forgeries(), ask.sandbox.identity.asked()["token"]) == ([], 1)
    assert "Eve" not in {person["name"] for person in ask.sandbox.identity.show()["people"]}


def test_state_file_keeps_a_connected_account(tmp_path):
    file = tmp_path / "state.json"
    with Sandbox(seed_labels=1, state_file=file) as first:
        signing = Signing(first)
        first.identity.rotate_keys(forget=True)  # not the one that every sandbox of this process begins with
        first.identity.register(directory=TID, client_id=CLIENT, secret="new", any_loopback=True)
        first.identity.revoke("refresh")
        scope = f"openid offline_access {WRITE}"
        tokens = signing.redeem(signing.code(scope=scope), client_secret="new").json()
        signing.close()
    assert tokens["refresh_token"] not in file.read_text()

    with Sandbox(state_file=file) as second:
        signing = Signing(second)
        old = signing.graph("GET", "labels/retentionLabels", tokens["access_token"])
        again = signing.refresh(tokens["refresh_token"], client_secret="new", scope=scope)
        new = signing.graph("GET", "labels/retentionLabels", again["access_token"])
        signing.close()

    assert (old.status_code, new.status_code) == (200, 200)
    assert first.identity.show()["keys"] == second.identity.show()["keys"]
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_state_file_of_before_there_was_a_sign_in_is_read(tmp_path):
    file = tmp_path / "state.json"
    file.write_text('{"objects": {}, "ledger": []}')
    sandbox = Sandbox(state_file=file)
    sandbox.stop()

    assert len(sandbox.identity.show()["people"]) == len(cast_people())


@pytest.mark.parametrize(
    "identity",
    ["[1]", '{"keys": ["no key"]}', '{"people": {"a": {}}}', '{"registrations": {"a": 1}}', '{"refreshes": []}'],
)
def test_state_file_with_another_identity_is_refused(tmp_path, identity):
    file = tmp_path / "state.json"
    file.write_text(f'{{"objects": {{}}, "ledger": [], "identity": {identity}}}')

    with pytest.raises(StateUnreadable, match="cannot be read as one"):
        Sandbox(state_file=file)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/{TID}/", 404),
        ("GET", f"/{TID}/oauth2/v2.0/tokens", 404),
        ("GET", f"/{TID}/oauth2/v2.0/token/", 404),
        ("GET", "/organizations/v2.0/.well-known/openid-configuration", 200),
        ("HEAD", f"/{TID.upper()}/discovery/v2.0/keys", 200),
        ("POST", f"/{TID}/discovery/v2.0/keys", 405),
        ("GET", f"/{TID}/oauth2/v2.0/token", 405),
        ("PUT", f"/{TID}/oauth2/v2.0/authorize", 405),
        ("DELETE", f"/{TID}/oauth2/v2.0/logout", 405),
        ("GET", f"/{TID}/oauth2/v2.0/devicecode", 405),
        ("POST", f"/{TID}/oauth2/v2.0/token", 400),
        ("POST", f"/{TID}/oauth2/v2.0/devicecode", 400),
        ("GET", "/00000000-0000-4000-8000-000000000000/v2.0/.well-known/openid-configuration", 400),
        ("GET", "/consumers/v2.0/.well-known/openid-configuration", 401),
    ],
)
def test_paths_are_strict(ask, method, path, status):
    assert ask(method, path, token="").status_code == status


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"grant_type": "refresh_token"}', "application/json"),
        ("grant_type=a&grant_type=b", "application/x-www-form-urlencoded"),
        ("grant_type=a b", "application/x-www-form-urlencoded"),
        ("grant_type=é", "application/x-www-form-urlencoded"),
    ],
)
def test_malformed_bodies_are_refused(ask, body, kind):
    url = f"{ask.sandbox.root}/{TID}/oauth2/v2.0/token"

    answer = ask.session.post(url, data=body.encode(), headers={"Content-Type": kind}, timeout=5)

    assert (answer.status_code, code_of(answer.json())) == (400, 9002313)


def test_discovery_sends_browsers_here_and_programs_to_https(ask):
    found = ask("GET", f"/{TID}/v2.0/.well-known/openid-configuration", token="").json()

    assert found["issuer"] == f"{ORIGIN}/{TID}/v2.0"
    for name in ("token_endpoint", "jwks_uri", "device_authorization_endpoint"):
        assert found[name].startswith(f"{ORIGIN}/{TID}/")
    for name in ("authorization_endpoint", "end_session_endpoint"):
        assert found[name].startswith(f"{ask.sandbox.root}/{TID}/")


def test_every_directory_has_its_app(ask):
    shown = ask.sandbox.identity.show()

    assert {app["client_id"]: app["directory"] for app in shown["registrations"]} == {
        client: directory for directory, client in CLIENT_IDS.items()
    }
    assert shown["directories"][0] == asdict(HARROW_VALE)
