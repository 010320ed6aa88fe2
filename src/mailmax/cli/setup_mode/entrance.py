"""Who may use the wizard: whoever has the link of the console.

Theory:
    A link holds a token that works once: it gives the browser a cookie, and the console
    another link. Whoever comes by that one has the wizard then, and the former browser
    has it no more: a link that somebody else was quicker to use is noticed, and of no
    use to them.

Rules:
    Tokens are compared in constant time. After `MOST_TRIES` wrong ones nobody enters
    any more (TRUST I4).
"""

import hmac
import secrets

from mailmax.webadmin.rest.exchange import Exchange

MOST_TRIES = 5
_TOKEN_OCTETS = 24
_NAME = "mailmax_setup"


class Entrance:
    """The token, and the cookie of the browser that has used one."""

    def __init__(self) -> None:
        """Let nobody in yet."""
        self.token = secrets.token_urlsafe(_TOKEN_OCTETS)
        """Of the link that works now."""
        self._cookie = ""
        self._wrong = 0

    @property
    def is_shut(self) -> bool:
        """Too many wrong tokens have been tried."""
        return self._wrong >= MOST_TRIES

    def enter(self, token: str) -> str:
        """Return a cookie for the right token, which is spent then; else nothing."""
        if self.is_shut or not _is_same(token, self.token):
            self._wrong += 1
            return ""
        self.token = secrets.token_urlsafe(_TOKEN_OCTETS)
        self._cookie = secrets.token_urlsafe(_TOKEN_OCTETS)
        return self._cookie

    def cookie_of(self, exchange: Exchange) -> str:
        """Return the cookie of a browser that is in; else nothing."""
        given = exchange.cookie(_name(exchange))
        return given if self._cookie and _is_same(given, self._cookie) else ""


def set_cookie(cookie: str, exchange: Exchange) -> str:
    """Return the value of Set-Cookie."""
    secure = "; Secure" if exchange.is_encrypted else ""
    return f"{_name(exchange)}={cookie}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _name(exchange: Exchange) -> str:
    return f"__Host-{_NAME}" if exchange.is_encrypted else _NAME


def _is_same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
