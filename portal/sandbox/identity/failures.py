"""Refusals as Microsoft's sign-in writes them: an OAuth error, and an AADSTS number for whoever looks it up."""

from datetime import UTC, datetime

from portal.sandbox.messages import Answer, Json, Request

JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store, no-cache"}


class Failure(Exception):
    """The request is refused. `error` is the word for programs, `code` the AADSTS number."""

    def __init__(self, error: str, code: int, message: str, *, status: int = 400, suberror: str = "") -> None:
        super().__init__(message)
        self.error, self.code, self.message = error, code, message
        self.status, self.suberror = status, suberror

    def described(self, request: Request) -> str:
        trace = f"Trace ID: {request.request_id} Correlation ID: {_correlation(request)}"
        return f"AADSTS{self.code}: {self.message} {trace} Timestamp: {_timestamp()}"

    def answer(self, request: Request) -> Answer:
        return Answer(self.status, self.body(request), headers=dict(JSON_HEADERS))

    def body(self, request: Request) -> Json:
        body = {
            "error": self.error,
            "error_description": self.described(request),
            "error_codes": [self.code],
            "timestamp": _timestamp(),
            "trace_id": request.request_id,
            "correlation_id": _correlation(request),
        }
        return body | ({"suberror": self.suberror} if self.suberror else {})


def malformed(why: str = "") -> Failure:
    return Failure("invalid_request", 9002313, f"Invalid request. Request is malformed or invalid. {why}".strip())


def lacking(name: str) -> Failure:
    return Failure("invalid_request", 900144, f"The request body must contain the following parameter: '{name}'.")


def no_such_directory(name: str) -> Failure:
    message = f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID."
    return Failure("invalid_request", 90002, message)


def consent_wanted(client_id: str, name: str, *, error: str, suberror: str = "") -> Failure:
    message = (
        f"The user or administrator has not consented to use the application with ID '{client_id}' named '{name}'."
        " Send an interactive authorization request for this user and resource."
    )
    return Failure(error, 65001, message, suberror=suberror)


def disabled() -> Failure:
    return Failure("invalid_grant", 50057, "The user account is disabled.")


def transient(request: Request) -> Json:
    """The body of an answer of 429 or 5xx."""
    message = "A transient error has occurred. Please try again."
    return Failure("temporarily_unavailable", 90033, message).body(request)


def _correlation(request: Request) -> str:
    return request.client_request_id or request.request_id


def _timestamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
