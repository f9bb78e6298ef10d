"""The ways to a token: by way of a browser, by a code typed elsewhere, and without anybody by refreshing."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any, Final

import jwt
import msal
import requests
from urllib3.exceptions import HTTPError

from portal.graph.errors import NotSent, Rejected, UnsafeLink
from portal.graph.identity.door import Door
from portal.graph.identity.proofs import Claims, Forged, Keys, proved
from portal.graph.identity.registration import NOTHING, Registration

# The answer comes in the address, not in a form: no browser would send the session along with a form from elsewhere
# (SameSite). A code in an address is good once, for seconds, and for whoever holds the PKCE verifier.
warnings.filterwarnings("ignore", message="response_mode='form_post' is recommended")

OF_SIGN_IN: Final = {"openid", "profile", "email", "offline_access"}
OF_AN_ANSWER = ("state", "code", "error", "error_description")
"""What of a browser's answer MSAL is given: the rest, which anybody can write, it would trust to be well formed."""

SHARED: dict[tuple[str, str], dict[str, Any]] = {}
"""What MSAL remembers of each sign-in host: its discovery, and how long it wants to be left alone."""
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
        of_keys = (registration.origin, registration.sandbox_root, registration.directory)
        self._keys = KNOWN_KEYS.setdefault(of_keys, Keys(registration, self._door))

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
        except (ValueError, RuntimeError) as exc:  # MSAL: state, nonce or auth_time is not ours; its text has claims
            raise Forged("another state, nonce or time of sign-in") from exc
        except (LookupError, TypeError, AttributeError) as exc:  # MSAL: an ID token that is none
            raise Forged("no token") from exc
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
        app = self._app(cache=cache)
        accounts = app.get_accounts()
        if len(accounts) != 1:
            raise Rejected("No account is signed in", status=401, code="no_account")
        result = self._asked(app.acquire_token_silent_with_error, scopes, accounts[0], force_refresh=anew)
        if not result or "access_token" not in result:
            raise _refused(result or {})
        changed = cache.serialize() if cache.has_state_changed else None
        return Token(result["access_token"], int(result.get("expires_in", 0)), changed)

    def _answered(self, result: dict[str, Any], cache: msal.SerializableTokenCache) -> Answered:
        token = _good(result, "id_token")
        claims = proved(token["id_token"], self.registration, self._keys)
        return Answered(claims, cache.serialize(), scopes_of(result))

    def _app(self, *, cache: Any = None, exclude_scopes: list[str] | None = None) -> msal.ClientApplication:
        told = self.registration
        remembered = SHARED.setdefault((told.origin, told.sandbox_root), {})
        kind = msal.PublicClientApplication if told.credential == NOTHING else msal.ConfidentialClientApplication
        return self._asked(
            kind,
            told.client_id,
            client_credential=told.proof or None,
            authority=told.authority,
            token_cache=cache,
            http_client=self._door,
            http_cache=remembered,
            instance_discovery=False,
            exclude_scopes=exclude_scopes,
        )

    def _asked(self, ask: Any, *args: Any, **kwargs: Any) -> Any:
        """Ask MSAL. Raises NotSent where the host did not answer, NotSignedIn where it knows no such directory."""
        try:
            return ask(*args, **kwargs)
        except (requests.RequestException, HTTPError, OSError, UnsafeLink) as exc:
            raise NotSent("The sign-in host did not answer") from exc
        except (JSONDecodeError, msal.exceptions.MsalServiceError) as exc:
            raise NotSent("The sign-in host is busy") from exc
        except ValueError as exc:
            if isinstance(ask, type):  # MSAL looks the directory up when its application is made
                raise NotSignedIn("invalid_registration", str(exc)) from exc
            raise


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
        raise NotSignedIn(code, str(result.get("error_description", "")), str(result.get("correlation_id", "")))
    return result


def _refused(result: Mapping[str, Any]) -> Rejected | NotSent:
    """Somebody has to act, or the host is only busy: it says so with names of its own, or with no name at all."""
    code = str(result.get("error", ""))
    if not code or code in {"temporarily_unavailable", "server_error", "service_unavailable"}:
        return NotSent("No token: the sign-in host is busy")
    words = str(result.get("error_description", ""))
    trace = str(result.get("correlation_id", ""))
    return Rejected("No token: sign-in is needed", status=401, code=code, message=words, client_request_id=trace)
