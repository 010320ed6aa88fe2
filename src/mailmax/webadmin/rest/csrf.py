"""Changes come from our own pages, or with an API key.

Theory:
    A browser adds the cookie to requests that other sites make it send, but such a
    site cannot read our answers, nor set our header without being asked for (CORS,
    which we never grant). The token is derived from the session's, so nothing is kept.

Standards: RFC 6454 (origin), Fetch Metadata.
"""

import base64
import hashlib
import hmac
from http import HTTPStatus

from mailmax.hub.contract.web import KEY_PREFIX
from mailmax.webadmin.rest.exchange import Exchange
from mailmax.webadmin.rest.problems import Problem

HEADER = "x-csrf-token"
_PURPOSE = b"mailmax csrf"
_OURS = frozenset({"", "same-origin", "none"})


def csrf_token(session: str) -> str:
    """Return the token of a session; empty without one."""
    if not session:
        return ""
    mac = hmac.digest(session.encode(), _PURPOSE, hashlib.sha256)
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def check_csrf(exchange: Exchange, token: str) -> None:
    """Refuse what another site has a browser send.

    Args:
        exchange: A request that changes something.
        token: Of the session or key by which it comes; empty: neither.

    Raises:
        Problem: It is not ours.
    """
    if token.startswith(KEY_PREFIX):
        return
    headers = exchange.headers
    scheme = "https" if exchange.is_encrypted else "http"
    own = f"{scheme}://{headers.get('host', '')}".lower()
    if headers.get("origin", own).lower() != own:
        raise _foreign("another site has sent this", "origin")
    if headers.get("sec-fetch-site", "") not in _OURS:
        raise _foreign("another site has sent this", "sec-fetch-site")
    given = headers.get(HEADER, "").encode("latin-1", "replace")
    if token and not hmac.compare_digest(given, csrf_token(token).encode()):
        raise _foreign("the token against forged requests is missing", HEADER)


def _foreign(detail: str, field: str) -> Problem:
    hint = "send the csrf_token that GET /api/v1/session gives"
    return Problem(HTTPStatus.FORBIDDEN, "csrf", detail, field, hint)
