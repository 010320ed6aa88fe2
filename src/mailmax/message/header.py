"""The header of a message or of a MIME part: where it ends, and its fields.

Theory:
    A header is a run of fields up to the first empty line. Fields are found by one
    linear pattern over the whole block; nothing is rewritten, and offsets are kept so
    that a caller can serve or cut the octets as they came. Lines that are no field
    (no colon, a space first) are passed over and stay where they are.

Rules:
    Never raises; never looks back in the input (possessive patterns).
    LF ends a line as CRLF does: foreign mail is read, not judged.

Limits:
    1 MiB of a header is parsed, 100 KiB of a field, 5,000 fields (TRUST 3; Postfix:
    100 KiB a field, Dovecot: 10 MB a field, 50 MB all); the rest is opaque octets.

Standards:
    RFC 5322 §2.1, §2.2, §2.2.3 (folding), §3.6, §4.5 (obsolete: space before colon).
"""

import re
from itertools import islice
from typing import NamedTuple

from mailmax.base.units import KIB, MIB

HEADER_LIMIT_OCTETS = MIB
FIELD_LIMIT_OCTETS = 100 * KIB
FIELDS_LIMIT = 5_000

# field-name = 1*ftext; a field body goes on while the next line begins with WSP.
_FIELD = re.compile(
    rb"\n([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)",
)
_FINDALL_OCTETS = 64 * KIB
_LINE_ENDS = b"\r\n\0"


class Field(NamedTuple):
    """One field by its place: ``octets[start:end]`` includes the last line's end."""

    name: bytes
    """As written."""
    start: int
    end: int


def find_end(octets: bytes, start: int = 0, end: int | None = None) -> int:
    """Return where the body begins: behind the empty line that ends the header.

    Returns:
        `end` when there is no empty line: all of it is header.
    """
    stop = len(octets) if end is None else end
    if octets.startswith((b"\r\n", b"\n"), start, stop):
        return start + (2 if octets[start] == 13 else 1)
    crlf = octets.find(b"\n\r\n", start, stop)
    bare = octets.find(b"\n\n", start, stop if crlf < 0 else crlf + 1)
    if bare >= 0:
        return bare + 2
    return stop if crlf < 0 else crlf + 3


def raw_fields(header: bytes) -> list[tuple[bytes, bytes]]:
    """Return (name, value) of each field in order, both as written, still folded."""
    if len(header) <= _FINDALL_OCTETS:
        return _FIELD.findall(b"\n" + header)[:FIELDS_LIMIT]
    block = b"\n" + header[:HEADER_LIMIT_OCTETS]
    return [
        (found[1], found[2][:FIELD_LIMIT_OCTETS])
        for found in islice(_FIELD.finditer(block), FIELDS_LIMIT)
    ]


def first_fields(header: bytes) -> dict[bytes, bytes]:
    """Return the first value of each field by its name in lower case."""
    return {name.lower(): value for name, value in reversed(raw_fields(header))}


def fields(header: bytes) -> list[Field]:
    """Return each field with its offsets in `header`."""
    block = b"\n" + header[:HEADER_LIMIT_OCTETS]
    size = len(block) - 1
    return [
        # The block is one octet ahead of the header; its next LF ends the field.
        Field(found[1], found.start(), min(found.end(), size))
        for found in islice(_FIELD.finditer(block), FIELDS_LIMIT)
    ]


def unfold(value: bytes) -> bytes:
    """Return a field's value as one line: line ends and NUL dropped, ends trimmed.

    Refs:
        RFC 5322 §2.2.3: unfolding removes the CRLF before WSP, and nothing else.
    """
    return value.translate(None, _LINE_ENDS).strip()
