import contextlib
import json
import logging
import ssl
import uuid
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from portal.graph import answers, wire
from portal.graph.client import Client
from portal.graph.errors import NotSent, Rejected, Throttled, Unreadable, UnsafeLink, Unsure, Waiting
from tests.portal.graph.scripted import TOKEN, Server, bomb, cut, drop, reply, silence, slowly

LABELS = "security/labels/retentionLabels"
LABEL = {"id": "7b0a3c7e", "displayName": "FIN Supplier invoices 7y"}
WRITES = ["POST", "PATCH", "DELETE"]
NO_SUCCESS = {
    "server error": reply(500, {"error": {"code": "UnknownError", "message": ""}}),
    "gateway timeout": reply(504),
    "request timeout": reply(408),
    "redirect": reply(302, Location="https://evil.test/"),
    "accepted": reply(202, LABEL),
    "partial": reply(206, LABEL),
    "not modified": reply(304),
    "unassigned status": reply(799),
    "connection lost": drop,
    "silence": silence,
    "not HTTP": b"220 ready\r\n",
    "cut": cut(reply(200, LABEL), missing=3),
    "empty body": reply(200),
    "invalid JSON": reply(200, raw=b'{"id": '),
    "not a number": reply(200, raw=b'{"days": NaN}'),
    "HTML": reply(200, raw=b"<html>Service Unavailable</html>", Content_Type="text/html"),
    "a list": reply(200, [LABEL]),
    "null": reply(200, raw=b"null"),
    "bad UTF-8": reply(200, raw=b'{"id": "\xff"}'),
    "nested too deep": reply(200, raw=b"[" * 200_000),
    "no gzip": reply(200, LABEL, Content_Encoding="gzip"),
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
}


def test_send_creates(client, server):
    server.will(reply(201, LABEL, request_id="3d1f0c52"))

    answer = client.send("POST", LABELS, {"displayName": LABEL["displayName"]})

    (seen,) = server.seen
    assert (answer.status, answer.body, answer.request_id) == (201, LABEL, "3d1f0c52")
    assert (seen.method, seen.target) == ("POST", f"/v1.0/{LABELS}")
    assert json.loads(seen.body) == {"displayName": LABEL["displayName"]}
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["client-request-id"] == answer.client_request_id


def test_send_takes_an_id_for_the_attempt_or_makes_a_fresh_one(client, server):
    server.will(reply(200, LABEL), reply(200, LABEL), reply(200, LABEL))

    given = client.send("GET", LABELS, client_request_id="0a9c").client_request_id
    made = {client.send("GET", LABELS).client_request_id for _ in range(2)}

    assert given == "0a9c"
    assert len({uuid.UUID(one) for one in made}) == 2


def test_send_keeps_the_query_of_a_path(client, server):
    server.will(reply(200, LABEL))

    client.send("GET", f"/{LABELS}/7b0a3c7e?$expand=descriptors")

    assert server.seen[0].target == f"/v1.0/{LABELS}/7b0a3c7e?$expand=descriptors"


def test_send_asks_the_configured_version(server):
    server.will(reply(200, LABEL))

    with wire.session() as http:
        Client(f"{server.root}/", "beta", token=lambda: TOKEN, http=http).get(LABELS)

    assert server.seen[0].target == f"/beta/{LABELS}"


@pytest.mark.parametrize("path", ["../beta/x", "x/../../y", "x/%2e%2e/y", "x/..%2fy", "x\\y", "x y", "x#y", "é"])
def test_send_refuses_a_path_that_leads_elsewhere(client, server, path):
    with pytest.raises(UnsafeLink):
        client.send("DELETE", path)

    assert server.seen == []


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_send_accepts_an_answer_without_words(client, server, method):
    server.will(reply(204))

    assert client.send(method, f"{LABELS}/7b0a3c7e").body == {}


def test_send_is_unsure_of_a_create_without_words(client, server):
    server.will(reply(204))

    with pytest.raises(Unsure) as caught:
        client.send("POST", LABELS, LABEL)

    assert caught.value.status == 204


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("answer", NO_SUCCESS.values(), ids=NO_SUCCESS)
def test_send_is_unsure_of_a_write_without_a_clear_answer(client, server, method, answer):
    server.will(answer)

    with pytest.raises(Unsure) as caught:
        client.send(method, LABELS, LABEL)

    assert len(server.seen) == 1
    assert caught.value.client_request_id == server.seen[0].headers["client-request-id"]


@pytest.mark.parametrize("answer", NO_SUCCESS.values(), ids=NO_SUCCESS)
def test_get_does_not_rely_on_half_an_answer(client, server, answer):
    server.will(answer)

    with pytest.raises(Unreadable):
        client.get(LABELS)

    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [201, 204])
def test_get_wants_200(client, server, status):
    server.will(reply(status, LABEL if status == 201 else None))

    with pytest.raises(Unreadable):
        client.get(LABELS)


@pytest.mark.parametrize("method", ["GET", *WRITES])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 415, 422])
def test_send_is_rejected_by_a_refusal(client, server, method, status):
    inner = {"date": "2026-09-01T09:11:00", "request-id": "c2", "code": "a", "innererror": {"code": "deepest"}}
    error = {"code": "nameAlreadyExists", "message": "A compliance rule exists.", "innerError": inner}
    server.will(reply(status, {"error": error}))

    with pytest.raises(Rejected) as caught:
        client.send(method, LABELS)

    refusal = caught.value
    assert (refusal.status, refusal.code, refusal.inner_code) == (status, "nameAlreadyExists", "deepest")
    assert (refusal.message, refusal.request_id) == ("A compliance rule exists.", "c2")
    assert refusal.denied == (status in (401, 403))
    assert refusal.gone == (status in (404, 410))
    assert str(refusal) == f"{method} {LABELS}: {status} nameAlreadyExists"


@pytest.mark.parametrize(
    "answer",
    [
        reply(409),
        reply(409, raw=b"<html>"),
        reply(409, []),
        reply(409, {"error": "no"}),
        reply(409, {"error": {"code": 7, "message": None, "innerError": "x"}}),
        reply(409, {"error": {"code": "", "innerError": {"innerError": [1]}}}),
        cut(reply(409, {"error": {"code": "nameAlreadyExists"}}), missing=3),
    ],
)
def test_send_is_rejected_without_a_readable_reason(client, server, answer):
    server.will(answer)

    with pytest.raises(Rejected) as caught:
        client.send("POST", LABELS, LABEL)

    assert (caught.value.status, caught.value.code, caught.value.message) == (409, "", "")


def test_send_keeps_remote_words_on_one_short_line(client, server):
    error = {"code": "bad\r\ncode", "message": "\x1b[31mred\n" + "x" * 10_000}
    server.will(reply(400, {"error": error}))

    with pytest.raises(Rejected) as caught:
        client.send("POST", LABELS, LABEL)

    assert caught.value.code == "bad  code"
    assert caught.value.message.startswith("[31mred x")
    assert len(caught.value.message) <= 2000


@pytest.mark.parametrize("method", ["GET", *WRITES])
@pytest.mark.parametrize(
    ("header", "wait"),
    [({"Retry_After": "12"}, 12), ({}, None), ({"Retry_After": "abc"}, None), ({"Retry_After": "0"}, 1)],
)
def test_send_is_throttled(client, server, method, header, wait):
    server.will(reply(429, {"error": {"code": "TooManyRequests"}}, **header))

    with pytest.raises(Throttled) as caught:
        client.send(method, LABELS)

    assert (caught.value.retry_after, caught.value.code) == (wait, "TooManyRequests")


def test_send_waits_by_the_clock_graph_goes_by(client, server):
    dates = {"Date": "Tue, 01 Sep 2026 09:10:11 GMT", "Retry_After": "Tue, 01 Sep 2026 09:11:11 GMT"}
    server.will(reply(429, **dates))

    with pytest.raises(Throttled) as caught:
        client.get(LABELS)

    assert caught.value.retry_after == 60


def test_send_warns_of_an_endless_wait(client, server, caplog):
    server.will(reply(429, Retry_After="999999"))

    with pytest.raises(Throttled) as caught:
        client.get(LABELS)

    assert caught.value.retry_after == 3600
    assert "an hour or more" in caplog.text


@pytest.mark.parametrize(("method", "error"), [("GET", Unreadable), ("POST", Unsure)])
def test_send_carries_the_wait_an_outage_asks_for(client, server, method, error):
    server.will(reply(503, {"error": {"code": "serviceNotAvailable"}}, Retry_After="30"))

    with pytest.raises(error) as caught:
        client.send(method, LABELS)

    assert (caught.value.status, caught.value.retry_after) == (503, 30)


@pytest.mark.parametrize("method", ["GET", *WRITES])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["/v1.0/security", "\\@x", "http://[", "http://999.999.999.999:99999/", ""])
def test_send_follows_no_redirect(client, server, canary, method, status, path):
    target = canary.root + path if path.startswith(("/", "\\")) else path
    server.will(reply(status, Location=target))

    with pytest.raises(Unreadable if method == "GET" else Unsure):
        client.send(method, LABELS)

    assert len(server.seen) == 1
    assert canary.connections == 0


@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_send_knows_that_nothing_left_when_refused(method, server):
    server.close()

    with wire.session() as http, pytest.raises(NotSent):
        Client(server.root, token=lambda: TOKEN, http=http).send(method, LABELS)


def test_send_knows_that_nothing_left_without_such_a_host():
    with wire.session() as http, pytest.raises(NotSent):
        Client("http://graph.invalid", token=lambda: TOKEN, http=http).send("POST", LABELS, LABEL)


@pytest.mark.parametrize("body", [{"days": float("nan")}, {"days": float("inf")}])
def test_send_knows_that_nothing_left_when_the_body_is_no_json(client, server, body):
    with pytest.raises(NotSent):
        client.send("POST", LABELS, body)

    assert server.seen == []


def test_send_knows_that_nothing_left_when_the_sign_in_host_is_silent(server):
    def silent():
        raise requests.ReadTimeout

    with wire.session() as http, pytest.raises(NotSent):
        Client(server.root, token=silent, http=http).send("POST", LABELS, LABEL)

    assert server.connections == 0


@pytest.mark.parametrize("token", ["", f"{TOKEN}\n", f"{TOKEN} x", f"{TOKEN}é", f"{TOKEN}\r\nX: y"])
def test_send_quotes_no_token_that_cannot_be_sent(server, token):
    with wire.session() as http, pytest.raises(NotSent) as caught:
        Client(server.root, token=lambda: token, http=http).send("POST", LABELS, LABEL)

    assert TOKEN not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert server.connections == 0


def test_send_asks_for_a_token_each_time(server):
    server.will(reply(200, LABEL), reply(200, LABEL))
    tokens = iter(["first", "second"])

    with wire.session() as http:
        client = Client(server.root, token=lambda: next(tokens), http=http)
        client.get(LABELS)
        client.get(LABELS)

    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer first", "Bearer second"]


def test_send_lets_no_netrc_replace_the_token_and_no_proxy_see_it(server, canary, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password pw\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", canary.root)
    monkeypatch.setenv("http_proxy", canary.root)
    monkeypatch.setenv("no_proxy", "")
    server.will(reply(200, LABEL), reply(200, LABEL))

    for http in (wire.session(), requests.Session()):
        with http:
            Client(server.root, token=lambda: TOKEN, http=http).get(LABELS)

    assert [seen.headers["authorization"] for seen in server.seen] == [f"Bearer {TOKEN}"] * 2
    assert canary.connections == 0


@pytest.fixture
def certificate(tmp_path):
    """The file of a certificate for 127.0.0.1 that nobody vouches for, with its key."""
    key, name = Ed25519PrivateKey.generate(), x509.Name([])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number()).not_valid_before(now)
    made = made.not_valid_after(now + timedelta(hours=1)).add_extension(address, critical=True)
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.sign(key, None).public_bytes(Encoding.PEM))
    return file


@pytest.mark.parametrize("is_vouched_for", [False, True])
def test_send_tells_a_token_only_to_whom_it_can_verify(certificate, is_vouched_for):
    """S20; that it can be told to one who is vouched for shows that nothing else was in the way."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with contextlib.closing(Server(tls)) as impostor, wire.session() as http:
        http.verify = str(certificate) if is_vouched_for else True
        impostor.will(reply(200, LABEL))
        client = Client(impostor.root, token=lambda: TOKEN, http=http, timeout=(5, 5))

        with contextlib.nullcontext() if is_vouched_for else pytest.raises(Unreadable):
            client.get(LABELS)

        assert len(impostor.seen) == is_vouched_for


def test_send_brings_no_cookie_back(client, server):
    server.will(reply(200, LABEL, Set_Cookie="a=b"), reply(200, LABEL))

    client.get(LABELS)
    client.get(LABELS)

    assert "cookie" not in server.seen[1].headers


def test_send_gives_each_write_a_connection_of_its_own(client, server):
    server.will(reply(200, LABEL), reply(200, LABEL), reply(201, LABEL), reply(201, LABEL), reply(200, LABEL))

    for method in ("GET", "GET", "POST", "POST", "GET"):
        client.send(method, LABELS)

    assert [seen.connection for seen in server.seen] == [1, 1, 2, 3, 4]
    assert [seen.headers.get("connection") for seen in server.seen][2:4] == ["close", "close"]


def test_send_reads_anew_after_an_outage(client, server):
    server.will(reply(503, {"error": {}}), reply(200, LABEL))

    with pytest.raises(Unreadable):
        client.get(LABELS)
    client.get(LABELS)

    assert [seen.connection for seen in server.seen] == [1, 2]


def test_send_unpacks_no_bomb(client, server, monkeypatch):
    monkeypatch.setattr(answers, "LARGEST", 1_000_000)
    server.will(reply(200, raw=bomb(50_000_000), Content_Encoding="gzip"))

    with pytest.raises(Unreadable):
        client.get(LABELS)


def test_send_unpacks_what_is_packed(client, server):
    server.will(reply(200, raw=bomb(100_000), Content_Encoding="gzip"))

    assert client.get(LABELS)["value"] == [" " * 100_000]


def test_send_does_not_wait_for_a_trickle(client, server):
    server.will(slowly(reply(200, LABEL), pause=0.02))

    with pytest.raises(Unreadable):
        client.get(LABELS)


def test_send_logs_one_line_with_ids_and_neither_token_nor_body(client, server, caplog):
    caplog.set_level(logging.DEBUG, logger="portal.graph")
    server.will(reply(201, LABEL, request_id="3d1f0c52", x_ms_ags_diagnostic='{"ServerInfo": {}}'))

    answer = client.send("POST", f"{LABELS}?$skiptoken=MTAw", {"displayName": "secret plan"})

    (line,) = [record.getMessage() for record in caplog.records if record.name == "portal.graph"]
    assert line.startswith(f"POST {LABELS} 201 request-id=3d1f0c52 client-request-id={answer.client_request_id} ms=")
    assert "ServerInfo" in line
    for secret in (TOKEN, "secret plan", "invoices", "MTAw"):
        assert secret not in line


@pytest.mark.parametrize("answer", [*NO_SUCCESS.values(), reply(409, {"error": {"message": "secret plan"}})])
def test_send_fails_without_telling_secrets(client, server, caplog, answer):
    caplog.set_level(logging.INFO, logger="portal.graph")
    server.will(answer)

    with pytest.raises((Unsure, Rejected)) as caught:
        client.send("POST", LABELS, {"displayName": "secret plan"})

    assert len([record for record in caplog.records if record.name == "portal.graph"]) == 1
    for text in (str(caught.value), repr(caught.value), caplog.text):
        assert TOKEN not in text
        assert "secret plan" not in text


def test_client_shows_no_token(client, server):
    assert repr(client) == f"<Client {server.root}/v1.0/>"


@pytest.mark.parametrize(
    ("trap", "sent", "read"),
    [
        ("T1", {"reviewersEmailAddresses ": ["a@b.test"]}, {"reviewersEmailAddresses": ["a@b.test"]}),
        ("T1", {"stages": [{"name ": "HR"}]}, {"stages": [{"name": "HR"}]}),
        ("T1", {"name": "right", "name ": "wrong"}, {"name": "right"}),
        ("T1", {"name ": "wrong", "name": "right"}, {"name": "right"}),
        ("T7", {"value": LABEL}, LABEL),
        ("T7", {"@odata.context": "x", "value": LABEL}, LABEL),
        ("T7", LABEL, LABEL),
        ("T29", {"displayName": None, "new": {"a": [1]}}, {"displayName": None, "new": {"a": [1]}}),
    ],
)
def test_get_reads_liberally(client, server, trap, sent, read):
    server.will(reply(200, sent))

    assert client.get(LABELS) == read


@pytest.mark.parametrize(
    ("trap", "answer", "body"), [("T12", reply(200, LABEL), LABEL), ("T12", reply(204), {})], ids=["200", "204"]
)
def test_send_accepts_either_answer_to_a_patch(client, server, trap, answer, body):
    server.will(answer)

    assert client.send("PATCH", f"{LABELS}/7b0a3c7e", {"descriptionForUsers": "x"}).body == body


def test_send_never_repeats_a_write_that_was_answered_504(client, server):  # T32
    server.will(reply(504), reply(201, LABEL))

    with pytest.raises(Unsure):
        client.send("POST", LABELS, LABEL)

    assert len(server.seen) == 1


def test_pages_dates_default_to_now(client, server):
    server.will(reply(200, {"value": []}))
    before = datetime.now(UTC)

    (page,) = client.pages(LABELS)

    assert before <= page.asked_at <= datetime.now(UTC)


def test_a_refused_token_is_renewed_once_and_nothing_is_sent_again(server):
    held = iter(["old", "new"])
    renewed = []
    client = Client(server.root, token=lambda: held.__next__(), renew=lambda: not renewed and not renewed.append(1))
    server.will(reply(401, {"error": {"code": "InvalidAuthenticationToken"}}), reply(401))

    with pytest.raises(NotSent):
        client.send("POST", LABELS, LABEL)
    assert len(server.seen) == 1

    with pytest.raises(Rejected) as refused:
        client.send("POST", LABELS, LABEL)
    assert refused.value.denied
    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_send_asks_nothing_that_has_to_wait(server, method):
    """G14: somebody else was told to wait, however lately: it is looked at after the token has been fetched."""
    looked = []
    client = Client(
        server.root, token=lambda: looked.append("token") or TOKEN, waits=lambda: looked.append("wait") or 41.5
    )

    with pytest.raises(Waiting) as caught:
        client.send(method, LABELS, client_request_id="0a9c")

    assert (caught.value.retry_after, caught.value.client_request_id) == (41.5, "0a9c")
    assert (server.seen, looked) == ([], ["token", "wait"])


def test_pages_end_where_the_next_one_has_to_wait(server):
    waits = iter([None, None, 9.0])
    client = Client(server.root, token=lambda: TOKEN, waits=lambda: next(waits))
    pages = [{"value": [], "@odata.nextLink": f"{server.root}/v1.0/{LABELS}?page={n}"} for n in (2, 3)]
    server.will(*(reply(200, page) for page in pages))

    with pytest.raises(Waiting):
        list(client.pages(LABELS))

    assert len(server.seen) == 2
