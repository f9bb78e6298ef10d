import pytest
import requests
from requests import exceptions
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from portal.graph.errors import NotSent, Unreadable, Unsure
from portal.graph.outcomes import outcome_of

CONNECTION = HTTPConnection("graph.invalid")


def wrapped(reason):
    return requests.ConnectionError(MaxRetryError(None, "/v1.0/x", reason))


@pytest.mark.parametrize(
    "exc",
    [
        wrapped(NewConnectionError(CONNECTION, "refused")),
        wrapped(NameResolutionError("graph.invalid", CONNECTION, OSError())),
        wrapped(ConnectTimeoutError(CONNECTION, "timed out")),
        requests.ConnectionError(NewConnectionError(CONNECTION, "refused")),
        NewConnectionError(CONNECTION, "refused"),
        requests.ConnectTimeout(),
        exceptions.InvalidURL(),
        exceptions.MissingSchema(),
        exceptions.InvalidSchema(),
        exceptions.InvalidJSONError(),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_outcome_of_is_not_sent_where_that_is_proven(exc, method):
    assert type(outcome_of(exc, method, "x")) is NotSent


@pytest.mark.parametrize(
    "exc",
    [
        wrapped(ProtocolError("aborted")),
        wrapped(SSLError("bad")),
        wrapped(ReadTimeoutError(None, "/", "slow")),
        wrapped(None),
        requests.ConnectionError(),
        requests.ConnectionError("refused"),
        requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionRefusedError())),
        requests.ReadTimeout(),
        exceptions.SSLError(),
        exceptions.ProxyError(),
        exceptions.InvalidHeader(),
        exceptions.ChunkedEncodingError(),
        ConnectionRefusedError(),
        OSError(),
    ],
)
@pytest.mark.parametrize(("method", "error"), [("GET", Unreadable), ("PATCH", Unsure)])
def test_outcome_of_is_unknown_otherwise(exc, method, error):
    outcome = outcome_of(exc, method, f"x/{method}?$skiptoken=secret", client_request_id="0a9c")

    assert type(outcome) is error
    assert str(outcome) == f"{method} x/{method}: {type(exc).__name__}"
    assert outcome.client_request_id == "0a9c"
