"""The states of a POP3 session and the one table of moves between them.

Theory:
    RFC 1939 knows three states. The substates that its rules imply are spelt out, so
    that "PASS only right after USER" is a row and not an if::

        AUTHORIZATION --USER--> NAMED --PASS--> TRANSACTION --QUIT--> UPDATE -> CLOSED
                 |  ^ `--AUTH--> EXCHANGE ---------^
                 v  |
               HANDSHAKE (STLS)

    A row says where a positive and a negative answer lead, and where the session
    stands while the answer is awaited.

Rules:
    A verb that has no row in a state is answered by the machine, never by a room.

Standards:
    RFC 1939 §3-§7, RFC 2449 §5 (CAPA), RFC 2595 §4 (STLS), RFC 5034 §4 (AUTH).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class State(Enum):
    """Where a session stands."""

    AUTHORIZATION = auto()
    NAMED = auto()
    """AUTHORIZATION, and the last command was a USER answered +OK."""
    EXCHANGE = auto()
    """AUTHORIZATION, inside AUTH: lines are SASL responses."""
    HANDSHAKE = auto()
    """STLS was answered +OK: what is read now belongs to TLS."""
    TRANSACTION = auto()
    UPDATE = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Move:
    """One row: what follows a command."""

    ok: State
    err: State
    during: State | None = None
    """Where the session stands until it is answered; None: where it was."""


_A, _N, _T = State.AUTHORIZATION, State.NAMED, State.TRANSACTION
_BYE = Move(State.CLOSED, State.CLOSED)
_STAY = Move(_T, _T)

_BEFORE_LOGIN: Mapping[bytes, Move] = {
    b"USER": Move(_N, _A),
    b"APOP": Move(_T, _A),
    b"AUTH": Move(_T, _A, State.EXCHANGE),
    b"STLS": Move(State.HANDSHAKE, _A),
    b"CAPA": Move(_A, _A),
    b"QUIT": _BYE,
}

MOVES: Mapping[State, Mapping[bytes, Move]] = {
    State.AUTHORIZATION: _BEFORE_LOGIN,
    State.NAMED: {**_BEFORE_LOGIN, b"PASS": Move(_T, _A), b"CAPA": Move(_N, _N)},
    State.TRANSACTION: {
        b"STAT": _STAY,
        b"LIST": _STAY,
        b"UIDL": _STAY,
        b"RETR": _STAY,
        b"TOP": _STAY,
        b"DELE": _STAY,
        b"RSET": _STAY,
        b"NOOP": _STAY,
        b"CAPA": _STAY,
        b"QUIT": Move(State.CLOSED, State.CLOSED, State.UPDATE),
    },
    State.EXCHANGE: {},
    State.HANDSHAKE: {},
    State.UPDATE: {},
    State.CLOSED: {},
}
"""State, verb, row."""

VERBS = frozenset(verb for moves in MOVES.values() for verb in moves)
