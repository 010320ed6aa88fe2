"""The hall: IMAP's four states, and where each command is legal and leads.

Theory:
    Not authenticated, authenticated, selected, logout. A command out of its state is
    answered ``BAD`` by the machine. What a tagged answer does to the state is data
    here: `on_ok` after OK, `on_no` after NO (a SELECT that fails leaves no mailbox
    open).

Standards:
    RFC 3501 §3 (states), §6 (commands).
"""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """Where a session stands."""

    NOT_AUTHENTICATED = "not authenticated"
    AUTHENTICATED = "authenticated"
    SELECTED = "selected"
    LOGOUT = "logout"


_NEW = frozenset({State.NOT_AUTHENTICATED})
_USER = frozenset({State.AUTHENTICATED, State.SELECTED})
_OPEN = frozenset({State.SELECTED})
_ANY = _NEW | _USER


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a command is legal, and where its answer leads (None: stay)."""

    legal: frozenset[State]
    on_ok: State | None = None
    on_no: State | None = None


RULES: dict[bytes, Rule] = {
    b"CAPABILITY": Rule(_ANY),
    b"NOOP": Rule(_ANY),
    b"LOGOUT": Rule(_ANY, State.LOGOUT),
    b"ID": Rule(_ANY),
    b"STARTTLS": Rule(_NEW),
    b"AUTHENTICATE": Rule(_NEW, State.AUTHENTICATED),
    b"LOGIN": Rule(_NEW, State.AUTHENTICATED),
    b"ENABLE": Rule(_USER),
    b"SELECT": Rule(_USER, State.SELECTED, State.AUTHENTICATED),
    b"EXAMINE": Rule(_USER, State.SELECTED, State.AUTHENTICATED),
    b"CREATE": Rule(_USER),
    b"DELETE": Rule(_USER),
    b"RENAME": Rule(_USER),
    b"SUBSCRIBE": Rule(_USER),
    b"UNSUBSCRIBE": Rule(_USER),
    b"LIST": Rule(_USER),
    b"LSUB": Rule(_USER),
    b"NAMESPACE": Rule(_USER),
    b"STATUS": Rule(_USER),
    b"APPEND": Rule(_USER),
    b"IDLE": Rule(_USER),
    b"CHECK": Rule(_OPEN),
    b"CLOSE": Rule(_OPEN, State.AUTHENTICATED),
    b"UNSELECT": Rule(_OPEN, State.AUTHENTICATED),
    b"EXPUNGE": Rule(_OPEN),
    b"SEARCH": Rule(_OPEN),
    b"FETCH": Rule(_OPEN),
    b"STORE": Rule(_OPEN),
    b"COPY": Rule(_OPEN),
    b"MOVE": Rule(_OPEN),
    b"UID EXPUNGE": Rule(_OPEN),
    b"UID SEARCH": Rule(_OPEN),
    b"UID FETCH": Rule(_OPEN),
    b"UID STORE": Rule(_OPEN),
    b"UID COPY": Rule(_OPEN),
    b"UID MOVE": Rule(_OPEN),
}
