"""The ways to a token: by way of a browser, by a code typed elsewhere, and without anybody by refreshing."""

import json
import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
import msal
import requests
from urllib3.exceptions import HTTPError

from portal.graph.answers import plain
from portal.graph.errors import NotSent, Rejected, UnsafeLink
from portal.graph.identity.door import Busy, Door
from portal.graph.identity.proofs import Claims, Forged, Keys, proved
from portal.graph.identity.registration import NOTHING, Registration

# The answer comes in the address, not in a form: no browser would send the session along with a form from elsewhere
# (SameSite). A code in an address is good once, for seconds, and for whoever holds the PKCE verifier.
warnings.filterwarnings("ignore", message="response_mode='form_post' is recommended")

log = logging.getLogger("portal.graph.identity")

OF_SIGN_IN: Final = {"openid", "profile", "email", "offline_access"}
OF_AN_ANSWER = ("state", "code", "error", "error_description")
"""What of a browser's answer MSAL is given: the rest, which anybody can write, it would trust to be well formed."""


class Memory(dict[str, Any]):
    """What MSAL remembers of a sign-in host: its discovery, and how long it wants to be left alone.

    Not what it refused: whoever has mended it wants to try again at once.
    """

    def __setitem__(self, key: str, value: Any) -> None:
        if not str(key).endswith(" 400"):
            super().__setitem__(key, value)


SHARED: dict[tuple[str, str], Memory] = {}
KNOWN_KEYS: dict[tuple[str, str, str], Keys] = {}


class NotSignedIn(Exception):
    """Nobody was let in. `code` is OAuth's name for why, `reason` Microsoft's own words, which are untrusted text."""

    def __init__(self, code: str, reason: str = "", trace: str = "") -> None:
        super().__init__(code)
        self.code, self.reason, self.trace = code, reason, trace


@dataclass(frozen=True)
class Answered:
    """What a sign-in brought."""

    claims: Claims
    cache: str = field(repr=False)
    """MSAL's token cache, in the clear: encrypt it before it is kept anywhere (S22)."""
    scopes: frozenset[str]
    """What the access token allows; empty when none was asked for."""

    @property
    def lasts(self) -> bool:
        """Whether it can be refreshed without anybody."""
        return bool(json.loads(self.cache).get("RefreshToken"))


@dataclass(frozen=True)
class Token:
    """An access token, and the cache that gave it if the cache has to be kept anew."""

    value: str = field(repr=False)
    lasts: int
    """Seconds it is good for."""
    cache: str | None = field(repr=False)


class Login:
    """Signing in at one registration. Cheap to make: what the host told is remembered by the process."""

    def __init__(self, registration: Registration, *, http: requests.Session | None = None) -> None:
        self.registration = registration
        self._door = Door(registration.origin, sandbox_root=registration.sandbox_root, http=http)
        self._host = (registration.origin, registration.sandbox_root)
        self._keys = KNOWN_KEYS.setdefault((*self._host, registration.directory), Keys())

    def begin(self, scopes: list[str], redirect_uri: str, **hints: Any) -> dict[str, Any]:
        """Where to send the browser (`auth_uri`), with what must be kept in its session until it comes back.

        `hints` are MSAL's: prompt, login_hint, max_age. Raises NotSent, or NotSignedIn for a registration that
        the host does not know.
        """
        app = self._app(exclude_scopes=[] if scopes else ["offline_access"])
        flow: dict[str, Any] = self._asked(app.initiate_auth_code_flow, scopes, redirect_uri=redirect_uri, **hints)
        return flow

    def finish(self, flow: dict[str, Any], answer: Mapping[str, str]) -> Answered:
        """What the browser brought back, exchanged and proved.

        Raises NotSignedIn when the directory refused, Forged when what came is not what was asked for, NotSent when
        the host does not answer.
        """
        cache = msal.SerializableTokenCache()
        app = self._app(cache=cache)
        try:
            told = {name: answer[name] for name in OF_AN_ANSWER if name in answer}
            result = self._asked(app.acquire_token_by_auth_code_flow, flow, told)
        except (ValueError, RuntimeError):  # MSAL: state, nonce or auth_time is not ours; its text has claims
            raise Forged("another state, nonce or time of sign-in") from None
        except (LookupError, TypeError, AttributeError):  # MSAL: an ID token that is none
            raise Forged("no token") from None
        return self._answered(result, cache)

    def begin_device(self, scopes: list[str]) -> dict[str, Any]:
        """A code to type elsewhere: `user_code`, `verification_uri`, `expires_at`. Raises as `begin` does."""
        flow: dict[str, Any] = self._asked(self._app().initiate_device_flow, scopes)
        return _good(flow, "user_code")

    def finish_device(self, flow: dict[str, Any]) -> Answered:
        """Waits until somebody has typed the code, at most until it runs out. Raises as `finish` does."""
        cache = msal.SerializableTokenCache()
        return self._answered(self._asked(self._app(cache=cache).acquire_token_by_device_flow, flow), cache)

    def refresh(self, kept: str, scopes: list[str], *, anew: bool = False) -> Token:
        """A token out of a kept cache, refreshed when it has run out, or `anew` in any case.

        Raises Rejected (401, with OAuth's error for its code) when somebody has to sign in again, NotSent when the
        host does not answer.
        """
        cache = msal.SerializableTokenCache()
        cache.deserialize(kept)
        try:
            app = self._app(cache=cache)
        except NotSignedIn as exc:
            raise Rejected("No such registration", status=401, code=exc.code, message=exc.reason) from exc
        accounts = app.get_accounts()
        if len(accounts) != 1:
            raise Rejected("No account is signed in", status=401, code="no_account")
        result = self._asked(app.acquire_token_silent_with_error, scopes, accounts[0], force_refresh=anew)
        if not result:
            raise Rejected("Nothing is kept to refresh with", status=401, code="no_account")
        if "access_token" not in result:
            raise _refused(result)
        changed = cache.serialize() if cache.has_state_changed else None
        return Token(result["access_token"], int(result.get("expires_in", 0)), changed)

    def _answered(self, result: dict[str, Any], cache: msal.SerializableTokenCache) -> Answered:
        token = _good(result, "id_token")
        claims = proved(token["id_token"], self.registration, self._keys, self._door)
        return Answered(claims, cache.serialize(), scopes_of(result))

    def _app(self, *, cache: Any = None, exclude_scopes: list[str] | None = None) -> msal.ClientApplication:
        """MSAL, which looks the directory up the first time. Raises NotSent, NotSignedIn for an unknown one."""
        told = self.registration
        kind = msal.PublicClientApplication if told.credential == NOTHING else msal.ConfidentialClientApplication
        try:
            return self._asked(
                kind,
                told.client_id,
                client_credential=told.proof or None,
                authority=told.authority,
                token_cache=cache,
                http_client=self._door,
                http_cache=SHARED.setdefault(self._host, Memory()),
                instance_discovery=False,
                exclude_scopes=exclude_scopes,
            )
        except NotSent:
            raise
        except ValueError as exc:
            raise NotSignedIn("invalid_registration", str(exc)) from exc
        except Exception as exc:  # a discovery that says something else than Microsoft's: not believed for a day
            self._forget()
            raise NotSent("The sign-in host did not tell where it is asked") from exc

    def _asked(self, ask: Any, *args: Any, **kwargs: Any) -> Any:
        """Ask MSAL. Raises NotSent where the host did not answer what was asked."""
        try:
            return ask(*args, **kwargs)
        except UnsafeLink as exc:
            self._forget()
            log.error("The sign-in host %s names another one; nothing was sent there", self.registration.origin)
            raise NotSent("The sign-in host names another one") from exc
        except Busy as exc:
            raise NotSent(str(exc), retry_after=exc.retry_after) from exc
        except (requests.RequestException, HTTPError, OSError) as exc:
            raise NotSent("The sign-in host did not answer") from exc

    def _forget(self) -> None:
        SHARED.pop(self._host, None)


def scopes_of(result: Mapping[str, Any]) -> frozenset[str]:
    """What an access token allows: its `scp`, which an app-only token lacks, or else what came beside it."""
    token = result.get("access_token")
    if not token:
        return frozenset()
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:  # Graph's tokens are Graph's own; some are no JWT
        told = str(result.get("scope", ""))
    else:
        told = str(claims.get("scp", ""))
    return frozenset(name.rpartition("/")[2] for name in told.split()) - OF_SIGN_IN


def without_memory() -> None:
    """Forget what sign-in hosts told: for tests, whose hosts come and go."""
    SHARED.clear()
    KNOWN_KEYS.clear()


def _good(result: dict[str, Any], wanted: str) -> dict[str, Any]:
    if wanted not in result:
        wants_consent = result.get("suberror") == "consent_required"
        code = "consent_required" if wants_consent else str(result.get("error", "no_answer"))
        trace = str(result.get("correlation_id", ""))
        log.warning("Nobody was let in: %s correlation-id=%s", plain(code, limit=80), plain(trace, limit=80))
        raise NotSignedIn(code, str(result.get("error_description", "")), trace)
    return result


def _refused(result: Mapping[str, Any]) -> Rejected | NotSent:
    """Somebody has to act, or the host is only busy: it says so with names of its own, or with no name at all."""
    code = str(result.get("error", ""))
    if not code or code in {"temporarily_unavailable", "server_error", "service_unavailable"}:
        return NotSent("No token: the sign-in host is busy")
    words = str(result.get("error_description", ""))
    trace = str(result.get("correlation_id", ""))
    return Rejected("No token: sign-in is needed", status=401, code=code, message=words, client_request_id=trace)
