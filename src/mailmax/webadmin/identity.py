"""Who asks: from a cookie or an API key to a principal.

Theory:
    The hub knows the tokens; what it said of one is remembered here for a short while
    (`REMEMBER_S`), and forgotten when it says that something has changed.

Limits:
    10,000 tokens are remembered.

Standards: RFC 6265bis (cookie prefixes), RFC 6750 §2.1 (bearer).
"""

import time
from collections.abc import Callable
from dataclasses import replace

from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.web import (
    KEY_PREFIX,
    REMEMBER_S,
    Actor,
    Nobody,
    Principal,
    PrincipalsChanged,
    WhoIs,
)
from mailmax.webadmin import authorize
from mailmax.webadmin.rest.call import Caller, Hub
from mailmax.webadmin.rest.exchange import Exchange
from mailmax.webadmin.rest.problems import of_refused

_MOST = 10_000
_LONGEST_TOKEN = 200
_NAME = "mailmax_session"


def cookie_name(*, is_encrypted: bool) -> str:
    """Return what the session's cookie is called."""
    return f"__Host-{_NAME}" if is_encrypted else _NAME


def cookie_of(token: str, *, is_encrypted: bool) -> str:
    """Return the value of Set-Cookie; an empty token takes the cookie away."""
    name = cookie_name(is_encrypted=is_encrypted)
    secure = "; Secure" if is_encrypted else ""
    age = "" if token else "; Max-Age=0"
    return f"{name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{age}"


class Identity:
    """Says who asks."""

    def __init__(self, hub: Hub, now: Callable[[], float] = time.monotonic) -> None:
        """Remember nobody yet.

        Args:
            hub: Knows the tokens.
            now: A clock.
        """
        self._hub = hub
        self._now = now
        self._known: dict[str, tuple[float, Principal]] = {}

    def forget(self, changed: PrincipalsChanged) -> None:
        """Take up that sessions or keys have changed or ended."""
        if not (changed.session_ids or changed.key_ids):
            self._known.clear()
            return
        self._known = {
            token: (until, one)
            for token, (until, one) in self._known.items()
            if one.session_id not in changed.session_ids
            and one.key_id not in changed.key_ids
        }

    async def identify(self, exchange: Exchange) -> Caller:
        """Return who asks; `Anonymous` without a session or key.

        Raises:
            Problem: There is an API key, and it opens nothing.
        """
        token = _token_of(exchange)
        if not token:
            return Caller()
        signed = await self._ask(token, exchange.peer)
        if signed is not None:
            caller = caller_of(signed, token, exchange.peer)
            return replace(caller, forget=lambda: self._drop(token))
        if token.startswith(KEY_PREFIX):
            raise of_refused(authorize.Refused.UNKNOWN)
        return Caller()

    def _drop(self, token: str) -> None:
        self._known.pop(token, None)

    async def _ask(self, token: str, peer: str) -> Principal | None:
        until, known = self._known.get(token, (0.0, None))
        if known is not None and self._now() < until:
            return known
        self._known.pop(token, None)
        answer = await self._hub.ask(WhoIs(Secret(token), peer))
        if isinstance(answer, Nobody) or not isinstance(answer, Principal):
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[token] = (self._now() + REMEMBER_S, answer)
        return answer


def _token_of(exchange: Exchange) -> str:
    scheme, _, bearer = exchange.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = bearer.strip()
        is_key = token.startswith(KEY_PREFIX)
        if not is_key or len(token) > _LONGEST_TOKEN or not token.isascii():
            raise of_refused(authorize.Refused.UNKNOWN)
        return token
    token = exchange.cookie(cookie_name(is_encrypted=exchange.is_encrypted))
    is_key = token.startswith(KEY_PREFIX)
    is_one = len(token) <= _LONGEST_TOKEN and token.isascii() and not is_key
    return token if is_one else ""


def caller_of(signed: Principal, token: str, peer: str) -> Caller:
    """Make a caller of what the hub said."""
    actor = Actor(signed.session_id, signed.key_id, peer)
    return Caller(_principal_of(signed), actor, token, signed)


def _principal_of(signed: Principal) -> authorize.Principal:
    scopes = signed.scopes if signed.key_id else None
    if signed.is_system:
        return authorize.SystemAdministrator(signed.name, scopes)
    if signed.domains:
        domains = frozenset(name.lower() for name in signed.domains)
        others = frozenset(name.lower() for name in signed.other_names)
        return authorize.DomainAdministrator(signed.name, domains, scopes, others)
    return authorize.User(signed.name, scopes)
