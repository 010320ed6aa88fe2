"""ID (RFC 2971 §3)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.types.malformed import Malformed

MOST_PAIRS = 30
"""RFC 2971 §3.3: not more than 30 pairs."""


@dataclass(frozen=True, slots=True)
class Id:
    """What the client says of itself."""

    pairs: tuple[tuple[bytes, bytes | None], ...]


# id             = "ID" SP id-params-list
# id-params-list = "(" *(string SP nstring) ")" / nil
def parse(cursor: Cursor) -> Id:
    """Read the pairs."""
    cursor.space()
    pairs: list[tuple[bytes, bytes | None]] = []
    if not cursor.take(b"("):
        if cursor.word() != b"NIL":
            raise Malformed("list or NIL expected")
    elif not cursor.take(b")"):
        while True:
            name = cursor.string()
            cursor.space()
            pairs.append((name, cursor.nstring()))
            if not cursor.take(b" "):
                break
        cursor.require(b")")
    cursor.end()
    if len(pairs) > MOST_PAIRS:
        raise Malformed("too many ID pairs")
    return Id(tuple(pairs))
