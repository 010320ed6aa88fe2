"""Sessions of the web: opened, listed, ended. Units of work.

Limits:
    50 sessions of one user (the oldest ends), 300 characters of a browser's name.

Manual: 7.4.
"""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection

from mailmax.datamax import users
from mailmax.datamax.effect import Effect
from mailmax.datamax.numbered_pages import cut, place_of, rows_of
from mailmax.datamax.web import principals, tokens
from mailmax.datamax.web.factors import Factors
from mailmax.hub.contract.logins import LoginAccepted
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.web import (
    SYSTEM_ID,
    EndWebSessions,
    ListWebSessions,
    WebSessionOpened,
    WebSessionPage,
    WebSessionRow,
)
from mailmax.store.accounts import factor_units, units, web_units
from mailmax.store.accounts.schema import web_sessions

MOST_OF_ONE = 50
_LONGEST_AGENT = 300
_LONGEST_PEER = 45


class NotYet(Enum):
    """Why a right password alone opens no session."""

    CODE_WANTED = "the second factor is asked for"
    CODE_WRONG = "the second factor is wrong"
    CHANGED = "the account was changed just now"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where somebody comes from."""

    peer: str
    user_agent: str

    def columns(self) -> dict[str, str]:
        """Return what is kept of it."""
        agent = "".join(one for one in self.user_agent if one.isprintable())
        return {
            "peer": self.peer[:_LONGEST_PEER],
            "user_agent": agent[:_LONGEST_AGENT],
        }


def open_for_user(
    tx: Connection,
    accepted: LoginAccepted,
    code: str,
    visitor: Visitor,
    factors: Factors,
    now: float,
) -> WebSessionOpened | NotYet:
    """Open a session for whose password was right, and code, where one is wanted."""
    row = units.user_by_id(tx, accepted.user_id)
    if row is None or not _is_same(row, accepted):
        return NotYet.CHANGED
    left = -1
    if factors.is_wanted(tx, row.id):
        if not code:
            return NotYet.CODE_WANTED
        if not factors.takes(tx, row.id, code, now):
            return NotYet.CODE_WRONG
        left = factor_units.count_codes(tx, row.id)
    return _open(tx, row.id, row.credential_version, visitor, now, left)


def open_by_link(
    tx: Connection, token: str, visitor: Visitor, now: float
) -> WebSessionOpened | None:
    """Open a session of the system itself, once for a link."""
    if not web_units.use_link(tx, tokens.hash_token(token), now):
        return None
    return _open(tx, None, 0, visitor, now)


def list_sessions(
    tx: Connection, request: ListWebSessions, now: float
) -> WebSessionPage | Denied:
    """Return a page of who is signed in."""
    conditions = [
        web_units.is_open(now - principals.IDLE_S, now - principals.LONGEST_S)
    ]
    if request.address:
        user = users.find(tx, request.address)
        if isinstance(user, Denied):
            return user
        conditions.append(web_units.of_user(web_sessions, user.id))
    before = place_of(request.after)
    rows = web_units.page_of_sessions(
        tx, before, rows_of(request.limit) + 1, *conditions
    )
    kept, more = cut(rows, request.limit)
    shown = tuple(map(_view, kept))
    return WebSessionPage(shown, str(shown[-1].session_id) if more else "")


def end_sessions(tx: Connection, request: EndWebSessions) -> Effect | Denied:
    """End one, or all of a user but one."""
    user = users.find(tx, request.address) if request.address else None
    if isinstance(user, Denied):
        return user
    if request.session_id:
        row = web_units.find_session(tx, number=request.session_id)
        if row is None or (user is not None and row.user_id != user.id):
            number = f"session {request.session_id}"
            return Denied("not_found", "session_id", f"there is no {number}")
        web_units.delete_sessions(tx, [row.id])
        return Effect(row.id, principals=True)
    if user is None:
        why = "neither a session nor a user is named"
        return Denied("bad_value", "session_id", why, "name one of them")
    keep = min(max(request.keep_session_id, 0), web_units.HIGHEST)
    count = web_units.delete_sessions_of(tx, user.id, keep)
    return Effect(user.id, f"{count} ended", principals=True)


def end_by_token(tx: Connection, token_hash: bytes) -> Effect:
    """End the session of whoever signs out; every web role forgets it."""
    web_units.delete_session(tx, token_hash)
    return Effect(principals=True)


def _open(
    tx: Connection,
    user_id: int | None,
    version: int,
    visitor: Visitor,
    now: float,
    left: int = -1,
) -> WebSessionOpened:
    old = web_units.sessions_of(tx, user_id)
    if len(old) >= MOST_OF_ONE:
        web_units.delete_sessions(tx, old[: len(old) - MOST_OF_ONE + 1])
    token = tokens.make_token()
    web_units.insert_session(
        tx,
        token_hash=tokens.hash_token(token),
        user_id=user_id,
        credential_version=version,
        opened_at=now,
        seen_at=now,
        **visitor.columns(),
    )
    principal = principals.by_token(tx, token, now)
    if principal is None:
        raise AssertionError("a session that was just opened is not there")
    return WebSessionOpened(Secret(token), principal, left)


def _is_same(row: units.AnyRow, accepted: LoginAccepted) -> bool:
    is_able: bool = row.kind == "normal"
    return is_able and row.credential_version == accepted.credential_version


def _view(row: web_units.AnyRow) -> WebSessionRow:
    return WebSessionRow(
        row.id,
        row.user_id or SYSTEM_ID,
        row.address or principals.SYSTEM_NAME,
        row.opened_at,
        row.seen_at,
        principals.ends_at(row),
        row.peer,
        row.user_agent,
    )
