"""Tokens and answers that lie on request: each forgery is one function, its keyword arguments are its parameters.

They are applied to the token as it is drafted, before (or instead of) its signature.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from portal.sandbox.identity.cast import ORIGIN
from portal.sandbox.identity.jws import Draft, broken, hs256, unsigned
from portal.sandbox.messages import Json

ELSEWHERE = "00000000-0000-4000-8000-00000000beef"
"""Id of a directory, an app and a person that are nobody's."""


class BadForgery(ValueError):
    """A forgery that cannot be understood, with a sentence that says why."""


def issuer(draft: Draft, *, value: str = f"{ORIGIN}/{ELSEWHERE}/v2.0") -> None:
    draft.claims["iss"] = value


def audience(draft: Draft, *, value: str = ELSEWHERE) -> None:
    draft.claims["aud"] = value


def directory(draft: Draft, *, value: str = ELSEWHERE) -> None:
    """Another tenant id; the issuer stays."""
    draft.claims["tid"] = value


def nonce(draft: Draft, *, value: str = "another-nonce") -> None:
    draft.claims["nonce"] = value


def claim(draft: Draft, *, name: str, value: Any) -> None:
    draft.claims[name] = value


def without(draft: Draft, *, name: str) -> None:
    draft.claims.pop(name, None)


def person(draft: Draft, *, claims: Json) -> None:
    """Somebody else than signed in: `claims` are theirs (oid, sub, name, preferred_username, roles, groups)."""
    draft.claims |= claims


def expired(draft: Draft, *, seconds: int = 3600) -> None:
    """Ended so long ago."""
    _shift(draft, draft.claims["iat"] - seconds - draft.claims["exp"])


def early(draft: Draft, *, seconds: int = 3600) -> None:
    """Valid from so long from now."""
    _shift(draft, seconds)


def _shift(draft: Draft, by: int) -> None:
    for name in ("iat", "nbf", "exp"):
        draft.claims[name] += by


def stale(draft: Draft, *, seconds: int) -> None:
    """The person signed in so long ago."""
    draft.claims["auth_time"] = draft.claims["iat"] - seconds


def signature(draft: Draft) -> None:
    draft.sign = broken(draft.sign)


def kid(draft: Draft, *, value: str = "") -> None:
    """Signed by a key that is published, under the name of one that is not."""
    draft.header["kid"] = value or str(uuid4())


def none(draft: Draft) -> None:
    draft.header["alg"] = "none"
    draft.sign = unsigned


def public_key_as_secret(draft: Draft) -> None:
    """HS256, with the published key for a secret."""
    draft.header["alg"] = "HS256"
    draft.sign = hs256(draft.key.public_pem)


ON_TOKENS: dict[str, Callable[..., None]] = {
    forge.__name__: forge
    for forge in (
        issuer,
        audience,
        directory,
        nonce,
        claim,
        without,
        person,
        expired,
        early,
        stale,
        signature,
        kid,
        none,
        public_key_as_secret,
    )
}


def state(*, value: str = "another-state") -> None:
    """The state that comes back is another than was sent."""


def discovery(*, name: str, value: Any) -> None:
    """A member of the discovery document says something else."""


def refused(*, endpoint: str = "token", error: str, code: int, message: str = "", suberror: str = "") -> None:
    """`endpoint` (authorize, token, devicecode) refuses with that error and that AADSTS number."""


ON_ANSWERS: dict[str, Callable[..., None]] = {forge.__name__: forge for forge in (state, discovery, refused)}
TOKENS = ("id", "access")
OWN = ("forge", "times", "on")


class Forgery:
    """One of the list: `forge` names it, `times` limits how often, `on` says which tokens (`id` unless told)."""

    def __init__(self, source: Json) -> None:
        self.source = source
        self.name = source.get("forge", "")
        self.parameters = {name: value for name, value in source.items() if name not in OWN}
        self.done = 0
        self._check()

    def _check(self) -> None:
        """Raises BadForgery."""
        function = ON_TOKENS.get(self.name) or ON_ANSWERS.get(self.name)
        if function is None or not _takes(function, self.parameters, drafts=self.name in ON_TOKENS):
            raise BadForgery(f"There is no forgery '{self.name}' that takes {sorted(self.parameters)}.")
        if self.source.get("on", "id") not in (*TOKENS, "both") or ("on" in self.source and self.name in ON_ANSWERS):
            raise BadForgery(f"'{self.name}' cannot be on {self.source.get('on')!r}.")
        if not isinstance(self.source.get("times", 1), int):
            raise BadForgery(f"'times' cannot be {self.source['times']!r}.")

    def is_due(self) -> bool:
        return bool(self.done < self.source.get("times", self.done + 1))

    def is_on(self, token: str) -> bool:
        return self.name in ON_TOKENS and self.source.get("on", "id") in (token, "both")


def _takes(function: Callable[..., None], parameters: Json, *, drafts: bool) -> bool:
    try:
        inspect.signature(function).bind(*([None] if drafts else []), **parameters)
    except TypeError:
        return False
    return "draft" not in parameters


class Forgeries:
    """Those in force, in their order."""

    def __init__(self) -> None:
        self.all: list[Forgery] = []

    def set(self, sources: Iterable[Json]) -> None:
        """Replace all. Raises BadForgery and keeps the old ones when one of them cannot be understood."""
        if not isinstance(sources, list) or not all(isinstance(source, dict) for source in sources):
            raise BadForgery("Forgeries are a JSON list of objects.")
        self.all = [Forgery(source) for source in sources]

    def on_token(self, token: str, draft: Draft) -> list[str]:
        """Forge a drafted `id` or `access` token; returns the names of what was done to it."""
        due = [forgery for forgery in self.all if forgery.is_on(token) and forgery.is_due()]
        for forgery in due:
            forgery.done += 1
            ON_TOKENS[forgery.name](draft, **forgery.parameters)
        return [forgery.name for forgery in due]

    def on_answer(self, name: str, **matching: str) -> list[Json]:
        """The parameters of the forgeries of that name that are due, and have those parameters."""
        due = [forgery for forgery in self.all if forgery.name == name and forgery.is_due()]
        found = [forgery for forgery in due if matching.items() <= ({"endpoint": "token"} | forgery.parameters).items()]
        for forgery in found:
            forgery.done += 1
        return [forgery.parameters for forgery in found]

    def shown(self) -> list[Json]:
        return [{**forgery.source, "done": forgery.done} for forgery in self.all]
