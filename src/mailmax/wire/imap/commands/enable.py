"""ENABLE (RFC 5161 §3.1)."""

from dataclasses import dataclass

from mailmax.wire.imap.codec.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Enable:
    """Switch extensions on."""

    capabilities: tuple[bytes, ...]
    """Upper case; unknown ones are ignored (RFC 5161 §3.1)."""


# enable     = "ENABLE" 1*(SP capability)
# capability = atom  ; RFC 5161 §4
def parse(cursor: Cursor) -> Enable:
    """Read the names of extensions."""
    cursor.space()
    names = [cursor.word()]
    while cursor.take(b" "):
        names.append(cursor.word())
    cursor.end()
    return Enable(tuple(names))
