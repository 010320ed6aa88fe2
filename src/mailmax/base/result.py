"""Decisions as values: what policy answers and rooms put into words.

Theory:
    A refusal is not an error. `policy` returns one of these; each room's
    ``replies.py`` maps the reason to the words of its protocol. A test walks every
    reason and requires a row in every table that may meet it.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Reason(Enum):
    """Why something was refused or put off; named after what happened."""

    UNKNOWN_USER = auto()
    USER_DISABLED = auto()
    RELAY_DENIED = auto()
    MAILBOX_FULL = auto()
    MESSAGE_TOO_LARGE = auto()
    TOO_MANY_RECIPIENTS = auto()
    SENDER_NOT_ALLOWED = auto()
    SENDER_BANNED = auto()
    CLIENT_BANNED = auto()
    AUTHENTICATION_REQUIRED = auto()
    AUTHENTICATION_FAILED = auto()
    ENCRYPTION_REQUIRED = auto()
    TOO_MANY_ATTEMPTS = auto()
    TOO_MANY_CONNECTIONS = auto()
    MAILDROP_IN_USE = auto()
    TOO_MANY_HOPS = auto()
    HUB_AWAY = auto()
    STORE_TROUBLE = auto()
    STORAGE_FULL = auto()
    FILER_BEHIND = auto()
    SERVICE_SUSPENDED = auto()
    CLIENT_LISTED = auto()
    """A block list says so; the detail is its words."""
    CLIENT_NAMELESS = auto()
    CLIENT_NAME_UNSURE = auto()
    """The DNS could not say whether it has a name."""
    SENDER_DOMAIN_UNKNOWN = auto()
    SENDER_DOMAIN_NO_MAIL = auto()
    """It says that it takes no mail."""
    SENDER_DOMAIN_UNSURE = auto()
    TARPITTED = auto()
    """It tried too many recipients that do not exist."""
    SESSION_OVER = auto()
    """The connection has brought all that it may."""
    SESSION_LIMIT = auto()
    """The message would be too much for the connection."""
    DAILY_LIMIT = auto()
    HOLD_TOO_LONG = auto()
    """It was to be held for longer than mail is."""
    TOO_LATE = auto()
    """The time is over by which it was to be there."""
    INFECTED = auto()
    """A virus was found in it; the detail is its name."""
    SCANNER_AWAY = auto()
    NOT_SCANNABLE = auto()
    """It cannot be looked at for viruses; the detail says why."""
    MEMBER_SILENT = auto()
    """A system of the cluster that may know the recipient is not heard of."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Go on."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, and asking again will not help."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Deferral:
    """Not now; ask again later."""

    reason: Reason
    detail: str = ""


Decision = Accepted | Refusal | Deferral
