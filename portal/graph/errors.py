"""What can become of a request to Graph. The class answers the one question a caller has: may I send it again?"""


class GraphError(Exception):
    """Something between us and Graph went wrong.

    `str()` is one line for logs, with ids, never with a token, a body or Graph's own words. Graph's words are in
    `message`, untrusted text for the operator; nothing may branch on them (contract 5.1). `retry_after` is in seconds.
    """

    def __init__(
        self,
        what: str,
        *,
        status: int | None = None,
        code: str = "",
        inner_code: str = "",
        message: str = "",
        request_id: str = "",
        client_request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what)
        self.status = status
        self.code = code
        self.inner_code = inner_code
        self.message = message
        self.request_id = request_id
        self.client_request_id = client_request_id
        self.retry_after = retry_after


class NotSent(GraphError):
    """Nothing left this machine. Safe to repeat."""


class Throttled(GraphError):
    """429: not applied. Repeat after `retry_after` seconds, or after the usual backoff where that is None."""


class Waiting(Throttled):
    """Not asked: the tenant wants to be left alone, as somebody was told before. Nothing left this machine."""


class Rejected(GraphError):
    """Graph said no. Waiting will not help."""

    @property
    def denied(self) -> bool:
        """The token, its scope or the person's role was refused, not the request itself."""
        return self.status in (401, 403)

    @property
    def gone(self) -> bool:
        """What the path names is not there (any more)."""
        return self.status in (404, 410)


class Unsure(GraphError):
    """A write that may have taken effect. Look before repeating."""


class Unreadable(GraphError):
    """A read that gave nothing to rely on. Nothing changed; read again later."""


class UnsafeLink(GraphError):
    """An address that leads away from the configured Graph. No request was made (S20, S21)."""


class EndlessListing(GraphError):
    """A listing whose pages repeat or do not end."""
