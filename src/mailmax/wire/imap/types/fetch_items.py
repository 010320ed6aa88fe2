"""What FETCH can be asked for.

Theory:
    Everything that reads the body is a `BodySection`; RFC822 and its sisters are
    sections under another label (RFC 3501 §6.4.5). The rest are attributes that lie
    in columns.
"""

from dataclasses import dataclass
from enum import Enum


class Attribute(Enum):
    """Data items that need no body."""

    FLAGS = b"FLAGS"
    UID = b"UID"
    INTERNALDATE = b"INTERNALDATE"
    RFC822_SIZE = b"RFC822.SIZE"
    ENVELOPE = b"ENVELOPE"
    BODY = b"BODY"
    BODYSTRUCTURE = b"BODYSTRUCTURE"
    MODSEQ = b"MODSEQ"


@dataclass(frozen=True, slots=True)
class Section:
    """A place in a message (RFC 3501 §9 section)."""

    part: tuple[int, ...] = ()
    """Part numbers; empty is the message itself."""
    what: str = ""
    """Empty (all), HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, MIME or TEXT."""
    fields: tuple[bytes, ...] = ()
    """Names of header fields as given."""


@dataclass(frozen=True, slots=True)
class BodySection:
    """Octets of a message."""

    section: Section
    label: bytes
    """What the response calls it, origin included."""
    peek: bool = False
    offset: int = 0
    length: int | None = None
    """Octets from `offset` on; None: all."""


FetchItem = Attribute | BodySection
