"""LIST and LSUB (RFC 3501 §6.3.8, §6.3.9).

Theory:
    Reference and pattern stay in modified UTF-7: both are matched against encoded
    names, so a pattern that is no name (``&*``) simply matches nothing.
"""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class List:
    """Which mailboxes are there?"""

    reference: bytes
    pattern: bytes
    subscribed: bool = False
    """LSUB."""


# list = "LIST" SP mailbox SP list-mailbox
def parse(cursor: Cursor) -> List:
    """Read LIST's arguments."""
    return List(*_arguments(cursor))


# lsub = "LSUB" SP mailbox SP list-mailbox
def parse_lsub(cursor: Cursor) -> List:
    """Read LSUB's arguments."""
    return List(*_arguments(cursor), subscribed=True)


def _arguments(cursor: Cursor) -> tuple[bytes, bytes]:
    cursor.space()
    reference = cursor.astring()
    cursor.space()
    pattern = cursor.list_mailbox()
    cursor.end()
    return reference, pattern
