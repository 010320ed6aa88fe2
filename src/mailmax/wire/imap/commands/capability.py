"""CAPABILITY (RFC 3501 §6.1.1)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Capability:
    """What can this server do?"""


# capability = "CAPABILITY"  ; RFC 3501 §9
def parse(cursor: Cursor) -> Capability:
    """Read the arguments: there are none."""
    cursor.end()
    return Capability()
