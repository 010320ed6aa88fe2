"""The states of an SMTP session, and which command is legal in which.

Theory:
    A session is in one state. A command that is legal there is given to the room;
    a positive reply moves the session on, any other leaves it where it is (a refused
    DATA or BDAT ends the transaction). A command out of order gets the answer that
    its row names. RSET, HELO and EHLO end a transaction from anywhere; NOOP, VRFY,
    EXPN, HELP and QUIT are always legal and move nothing.

Standards:
    RFC 5321 §4.1.4 (order of commands), RFC 3030 §2 (BDAT), RFC 3207 §4, RFC 4954 §4,
    RFC 2033 §4 (LMTP), RFC 1985 §5 (ETRN), RFC 6409 §4.3 (submission wants a login).
"""

from enum import Enum, auto

import msgspec

from mailmax.wire.smtp.replies import Reply


class Mode(Enum):
    """What a port is for."""

    RELAY = auto()
    """Port 25: mail from the world."""
    SUBMISSION = auto()
    """Ports 587 and 465: mail from users, who log in."""
    LMTP = auto()


class State(Enum):
    """Where a session is."""

    GREETING = auto()
    """Connected; the banner is not said yet."""
    START = auto()
    """No HELO or EHLO yet."""
    READY = auto()
    """No transaction is open."""
    MAIL = auto()
    """A reverse-path is known."""
    RCPT = auto()
    """At least one recipient is accepted."""
    DATA = auto()
    """Mail data is coming, up to the lone dot."""
    CHUNKS = auto()
    """At least one BDAT was taken, not the last."""
    CLOSED = auto()


class Row(msgspec.Struct, frozen=True):
    """One command's line of the table."""

    legal: frozenset[State]
    leads_to: State
    otherwise: Reply
    """The answer out of order."""


IN_TRANSACTION = frozenset({State.MAIL, State.RCPT, State.DATA, State.CHUNKS})
_GREETED = frozenset(State) - {State.GREETING, State.DATA, State.CLOSED}


def _row(legal: frozenset[State] | State, leads_to: State, otherwise: str) -> Row:
    states = frozenset({legal}) if isinstance(legal, State) else legal
    return Row(states, leads_to, Reply(503, "5.5.1", otherwise))


_RECEIVING = frozenset({State.MAIL, State.RCPT})
_CHUNKING = frozenset({State.RCPT, State.CHUNKS})
_HELLO = _row(_GREETED, State.READY, "Not now")

TRANSITIONS: dict[bytes, Row] = {
    b"HELO": _HELLO,
    b"EHLO": _HELLO,
    b"LHLO": _HELLO,
    b"STARTTLS": _row(State.READY, State.START, "STARTTLS not possible now"),
    b"AUTH": _row(State.READY, State.READY, "AUTH not possible now"),
    b"MAIL": _row(State.READY, State.MAIL, "MAIL not possible now"),
    b"RCPT": _row(_RECEIVING, State.RCPT, "RCPT needs MAIL first"),
    b"DATA": _row(State.RCPT, State.DATA, "DATA needs a recipient first"),
    b"BDAT": _row(_CHUNKING, State.CHUNKS, "BDAT needs a recipient first"),
    b"ETRN": _row(State.READY, State.READY, "ETRN not possible now"),
}
"""The rows whose command depends on the state."""

HELLO_FIRST = Reply(503, "5.5.1", "Say EHLO first")
LOGIN_FIRST = Reply(530, "5.7.0", "Log in first")
"""MAIL on a submission port before AUTH (RFC 6409 §4.3, RFC 4954 §6)."""
LOGGED_IN_ALREADY = Reply(503, "5.5.1", "You are logged in already")
