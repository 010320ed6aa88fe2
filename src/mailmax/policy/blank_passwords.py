"""What a user without a password may do.

Rules:
    Nobody sends by a blank password: a filter or a fresh POP or IMAP login may let
    mail through, a login that proves nothing may not. "Any password will do" holds
    for trusted addresses only.

Manual: 4.1, 6.2; DECISIONS 15.
"""

from enum import Enum

READING = frozenset({"pop3", "imap"})


class Entry(Enum):
    """What becomes of a login without a password to check."""

    REFUSED = "not at all"
    FILLING = "the password given becomes the user's"
    OPEN = "whatever was given"


def may_enter(policy: str, service: str, *, is_trusted: bool) -> Entry:
    """Decide on a login of a user without a password.

    Args:
        policy: The setting that holds: disable, fill or none.
        service: smtp, pop3 or imap.
        is_trusted: The client's address is.
    """
    if service not in READING:
        return Entry.REFUSED
    if policy == "fill":
        return Entry.FILLING
    if policy == "none" and is_trusted:
        return Entry.OPEN
    return Entry.REFUSED
