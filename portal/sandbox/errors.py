"""Refusals with the status and code that contract section 5.2 gives to each situation."""

from datetime import UTC, datetime

from portal.sandbox.messages import Answer, Json, Request


class Refusal(Exception):
    """The request is answered with an error and changes nothing."""

    def __init__(
        self, status: int, code: str, message: str, *, inner: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.inner = status, code, message, inner
        self.headers = headers or {}

    def answer(self, request: Request) -> Answer:
        body = error_body(request, self.code, self.message, inner=self.inner)
        return Answer(self.status, body, headers=dict(self.headers))


def error_body(request: Request, code: str, message: str, *, inner: str = "") -> Json:
    """The error shape of contract section 5.1; `date` has no zone suffix there."""
    details: Json = {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request.request_id,
        "client-request-id": request.client_request_id or request.request_id,
    }
    if inner:
        details = {"code": inner, **details}
    return {"error": {"code": code, "message": message, "innerError": details}}


def malformed(message: str) -> Refusal:
    """Unknown property, wrong type, wrong enum member, bad bind, malformed id, unknown segment."""
    return Refusal(400, "BadRequest", message)


def broken_rule(message: str) -> Refusal:
    return Refusal(400, "invalidRequest", message)


def not_updatable(name: str) -> Refusal:
    return Refusal(
        400, "invalidRequest", f"Property '{name}' cannot be changed after creation.", inner="propertyNotUpdateable"
    )


def not_found(id: str) -> Refusal:
    return Refusal(
        404,
        "itemNotFound",
        f"The operation couldn't be performed because object '{id}' couldn't be found on 'FfoConfigurationSession'.",
    )


def name_taken(name: str) -> Refusal:
    return Refusal(409, "nameAlreadyExists", f"A compliance rule with name '{name}' already exists.")


def deletion_refused(message: str) -> Refusal:
    return Refusal(409, "notAllowed", message)


def no_such_verb(method: str) -> Refusal:
    return Refusal(
        405, "Request_BadRequest", f"Specified HTTP method '{method}' is not allowed for the request target."
    )


def denied(message: str = "Insufficient privileges to complete the operation.", code: str = "") -> Refusal:
    return Refusal(403, code or "Authorization_RequestDenied", message)
