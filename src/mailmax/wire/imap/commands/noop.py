"""NOOP (RFC 3501 §6.1.2)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Noop:
    """Tell me what is new."""


# noop = "NOOP"  ; RFC 3501 §9
def parse(cursor: Cursor) -> Noop:
    """Read the arguments: there are none."""
    cursor.end()
    return Noop()
