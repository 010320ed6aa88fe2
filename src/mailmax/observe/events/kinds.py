"""What can be asked for, and whom an event is about.

Theory:
    One kind for one thing, whatever a service's dialog calls it: "User Entries" of
    SMTP, "All User Commands" of IMAP and "Commands Sent" of a trace are `COMMANDS`.

Manual: §4.3.1, §4.4.1, §4.5.2, §4.5.4, §9.2.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What can be asked for."""

    __hash__ = object.__hash__  # Enum's own is a call of Python: 0.2 us a look

    CONNECTIONS = auto()
    """Clients that come and go, and their logins; QueueMax: servers that it calls."""
    BANNED = auto()
    """Clients that were kept out: banned, blocked."""
    LOGINS = auto()
    """Every try to log in."""
    COMMANDS = auto()
    """Every command of a client, right or wrong."""
    VALID_COMMANDS = auto()
    """Commands that could be understood."""
    REPLIES = auto()
    """What a client was answered."""
    CONVERSATION = auto()
    """Every command and reply, without the content of mail."""
    ACTIVITY = auto()
    """What QueueMax says about a connection itself: greeting, EHLO, STARTTLS, QUIT."""
    ERRORS = auto()
    """What went wrong."""
    MAIL = auto()
    """Mail that was taken."""
    TRANSFERS = auto()
    """Messages that clients fetched or handed in."""
    STATISTICS = auto()
    """What a client of POP3 did in all, when it leaves."""
    INTERNAL = auto()
    """Steps that are nobody's business but a developer's."""
    CONTENT = auto()
    """The content of mail: private."""
    DNS = auto()
    """Questions to name servers, and their answers."""
    RETRIES = auto()
    """Mail that is put off and tried again."""
    FAILURES = auto()
    """Errors that make mail undeliverable."""
    DEAD_MAIL = auto()
    """What is put into the dead-mail folder."""


Kinds = frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Who:
    """Whom an event is about."""

    service: str
    """A role: ``smtpmax``, ``popmax``, ``imapmax`` or ``queuemax``."""
    session: str = ""
    """Different from all others of the service on this node; empty: none."""
    peer: str = ""
    """IP address of the client (of the server that QueueMax calls); empty: a Unix
    socket, or nobody."""
    user: str = ""
    """Address of who has logged in; empty: nobody has."""


QUEUE: Final = Who("queuemax")
"""QueueMax itself."""
