"""Text in header fields: RFC 2047 words, both ways.

Theory:
    Decoding finds encoded words by one linear pattern wherever they stand (mailers
    put them inside quotes and without spaces). White space between two of them is
    dropped; neighbours of one charset are joined as octets first, because mailers
    cut in the middle of a character.

Rules:
    Never raises; unknown charsets come out with U+FFFD; UTF-7 is never decoded.
    Never called on an addr-spec before it is split (TRUST B5).

Standards:
    RFC 2047 §2 (length 75), §4 (B, Q), §5, §6.2; RFC 2231 §5 (language suffix).
"""

import binascii
import re

from mailmax.message import charsets

_WORD = re.compile(rb"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,60})?\?([bBqQ])\?([^?\r\n]*+)\?=")
_Q_OCTET = re.compile(rb"=([0-9A-Fa-f]{2})")
_CHUNK_OCTETS = 45
"""45 octets are 60 of base64: with ``=?utf-8?b?`` and ``?=`` 72, below the limit."""


def decode(value: bytes) -> str:
    """Return a field's unfolded value as text."""
    if b"=?" not in value:
        return value.decode() if value.isascii() else charsets.guess(value)
    text: list[str] = []
    pending: list[bytes] = []
    charset = b""
    position = 0
    for found in _WORD.finditer(value):
        between = value[position : found.start()]
        name = found[1].lower()
        if pending and (between.strip() or name != charset):
            text.append(charsets.decode(b"".join(pending), charset))
            pending = []
        if between.strip() or position == 0:
            text.append(charsets.guess(between))
        pending.append(_octets(found[2], found[3]))
        charset = name
        position = found.end()
    if pending:
        text.append(charsets.decode(b"".join(pending), charset))
    text.append(charsets.guess(value[position:]))
    return "".join(text)


def _octets(encoding: bytes, content: bytes) -> bytes:
    if encoding in b"qQ":
        content = content.replace(b"_", b" ")
        return _Q_OCTET.sub(lambda found: binascii.unhexlify(found[1]), content)
    content = content.translate(None, b" \t=")
    # A last sextet alone says nothing; padding is put right rather than refused.
    if len(content) % 4 == 1:
        content = content[:-1]
    try:
        return binascii.a2b_base64(content + b"=" * (-len(content) % 4))
    except binascii.Error:
        return content


def encode(text: str) -> bytes:
    """Write text for an unstructured field; folded when it needs more than a line.

    Printable ASCII stays as it is (unless it could be read as an encoded word);
    control characters become spaces, so no text can end the field.
    """
    clean = "".join(c if c.isprintable() else " " for c in text)
    if clean.isascii() and "=?" not in clean:
        return clean.encode("ascii")
    words = [
        b"=?utf-8?b?" + binascii.b2a_base64(chunk, newline=False) + b"?="
        for chunk in _chunks(clean)
    ]
    return b"\r\n ".join(words)


def _chunks(text: str) -> list[bytes]:
    """Cut text into UTF-8 pieces that end between characters (RFC 2047 §5)."""
    pieces: list[bytes] = []
    piece = b""
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > _CHUNK_OCTETS:
            pieces.append(piece)
            piece = b""
        piece += octets
    if piece:
        pieces.append(piece)
    return pieces
