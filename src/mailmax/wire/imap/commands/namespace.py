"""NAMESPACE (RFC 2342 §5)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Namespace:
    """Where do mailboxes begin?"""


# namespace = "NAMESPACE"  ; RFC 2342 §8
def parse(cursor: Cursor) -> Namespace:
    """Read the arguments: there are none."""
    cursor.end()
    return Namespace()
