"""Pieces of mail that is made here: names, addresses, ids, text.

Rules:
    Nothing that is given can end a field, begin a line, or leave its brackets or
    quotes; lines stay below 998 octets.

Standards:
    RFC 5322 §3.2.4 (quoted strings), §3.6.4 (ids), RFC 6532 (addresses that are not
    ASCII), RFC 2045 §6.7 (quoted-printable).
"""

import binascii

from mailmax.message import encoded_words

_ADDRESS_OCTETS = 400
"""Longer than any there is (RFC 5321 §4.5.3.1)."""
_LINE_OCTETS = 76


def phrase(name: str) -> bytes:
    """Write a display name: a quoted string, or encoded words."""
    written = encoded_words.encode(name.strip())
    if not written or not name.isascii() or "=?" in name:
        return written
    return b'"' + written.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def path(address: str) -> bytes:
    """Write an address between angle brackets (RFC 6532 where it is not ASCII)."""
    clean = "".join(c for c in address if c.isprintable() and c not in "<>")
    octets = clean.encode("utf-8", "replace")[:_ADDRESS_OCTETS]
    return b"<" + octets.decode(errors="ignore").encode() + b">"


def token(text: str) -> bytes:
    """Write the left side of a message id: letters and digits."""
    return bytes(c for c in text.encode("ascii", "replace")[:100] if chr(c).isalnum())


def host(text: str) -> bytes:
    """Write a host name: what may stand in one."""
    octets = text.encode("ascii", "replace")[:255]
    return bytes(c for c in octets if chr(c).isalnum() or c in b".-") or b"localhost"


def text_body(text: str) -> tuple[bytes, bytes]:
    """Return the transfer encoding of a text in lines, and the encoded lines."""
    lines = text.removesuffix("\n").split("\n")
    octets = [line.encode("utf-8", "replace") for line in lines]
    if text.isascii() and all(len(line) <= _LINE_OCTETS for line in octets):
        return b"7bit", b"".join(line + b"\r\n" for line in octets)
    quoted = [
        binascii.b2a_qp(line, istext=False).replace(b"=\n", b"=\r\n") for line in octets
    ]
    return b"quoted-printable", b"".join(line + b"\r\n" for line in quoted)
