"""Values with parameters: Content-Type, Content-Disposition.

Theory:
    ``main; name=value; …`` is read by one linear pattern after comments are taken
    out. BODYSTRUCTURE shows parameters as they were written; `joined` gives what
    people see: continuations joined, charsets and encoded words decoded.

Limits:
    128 parameters (TRUST 3); what follows is left out.

Standards:
    RFC 2045 §5.1, RFC 2183 §2, RFC 2231 §3 (continuations), §4 (charsets).
"""

import binascii
import re
from itertools import islice
from typing import NamedTuple

from mailmax.message import charsets, encoded_words
from mailmax.message.header import unfold

PARAMETERS_LIMIT = 128

_PARAMETER = re.compile(
    rb";\s*+([^\s;=\"()<>@,:\\/\[\]?]++)\s*+=\s*+"
    rb'(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"?+|([^\s;"]*+))[^;]*+',
    re.DOTALL,
)
_COMMENT = re.compile(
    rb'("[^"\\]*+(?:\\.[^"\\]*+)*+"?+)|\([^()"\\]*+(?:\\.[^()"\\]*+)*+\)', re.DOTALL
)
_COMMENT_DEPTH = 5
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_SECTION = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*?))?")


class Value(NamedTuple):
    """A main value and its parameters, in order, as written."""

    main: bytes
    """Lower case."""
    parameters: tuple[tuple[bytes, bytes], ...]
    """Names in lower case; values without quotes."""

    def get(self, name: bytes) -> bytes | None:
        """Return the first parameter of that name."""
        for key, value in self.parameters:
            if key == name:
                return value
        return None


def parse(raw: bytes) -> Value:
    """Read a field's value, folded or not; never raises."""
    value = unfold(raw)
    for _ in range(_COMMENT_DEPTH if b"(" in value else 0):
        value, changed = _COMMENT.subn(lambda found: found[1] or b" ", value)
        if not changed:
            break
    main, semicolon, _ = value.partition(b";")
    if not semicolon:
        return Value(main.strip().lower(), ())
    found = islice(_PARAMETER.finditer(value, len(main)), PARAMETERS_LIMIT)
    return Value(
        main.strip().lower(),
        tuple((one[1].lower(), _content(one)) for one in found),
    )


def _content(found: re.Match[bytes]) -> bytes:
    if found[2] is None:
        return found[3]
    return _ESCAPE.sub(rb"\1", found[2]) if b"\\" in found[2] else found[2]


def joined(value: Value) -> dict[str, str]:
    """Return parameters as text: continuations joined, charsets decoded.

    An extended parameter wins over a plain one of the same name (RFC 2231 §4); the
    first of two equal ones wins. Encoded words in plain values are decoded although
    RFC 2047 §5 forbids them, because every mail reader does.
    """
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for raw_name, content in value.parameters:
        name = charsets.guess(raw_name)
        section = _SECTION.fullmatch(name)
        if section is None:
            plain.setdefault(name, encoded_words.decode(content))
        else:
            number = int(section[2] or 0)
            extended = section[2] is None or section[3] == "*"
            pieces.setdefault(section[1], {}).setdefault(number, (content, extended))
    return plain | {name: _join(found) for name, found in pieces.items()}


def _join(pieces: dict[int, tuple[bytes, bool]]) -> str:
    """Join the sections of one parameter, in order, gaps passed over."""
    charset = b""
    octets = b""
    for place, number in enumerate(sorted(pieces)):
        content, extended = pieces[number]
        if extended and place == 0 and content.count(b"'") >= 2:
            charset, _, content = content.split(b"'", 2)
        octets += _unquoted(content) if extended else content
    return charsets.decode(octets, charset) if charset else charsets.guess(octets)


def _unquoted(content: bytes) -> bytes:
    return _PERCENT.sub(lambda found: binascii.unhexlify(found[1]), content)
