"""CHECK (RFC 3501 §6.4.1)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Check:
    """Housekeeping, please; the same as NOOP here."""


# check = "CHECK"  ; RFC 3501 §9
def parse(cursor: Cursor) -> Check:
    """Read the arguments: there are none."""
    cursor.end()
    return Check()
