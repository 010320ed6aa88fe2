"""Mailbox names: modified UTF-7 on the wire, plain text inside.

Theory:
    Decoding is strict, so that a name has one spelling only and comes back in LIST as
    it was given: printable ASCII must stand for itself, base64 must be canonical,
    surrogates must be paired, and no control character may hide in it (TRUST E6). A
    name that breaks this cannot exist: the answer is ``NO [CANNOT]``.

    INBOX in any case is ``INBOX``; other names keep their case (RFC 3501 §5.1).

Standards:
    RFC 3501 §5.1, §5.1.3 (modified UTF-7); RFC 5530 (CANNOT).
"""

import binascii

from mailmax.wire.imap.types.malformed import Unacceptable

LONGEST_OCTETS = 1024
"""A name in UTF-8; file systems and other servers stop at 255 to 1,000."""


def decode_mailbox_name(name: bytes) -> str:
    """Return the text of a mailbox name, with ``INBOX`` in upper case.

    Raises:
        Unacceptable: No mailbox can have this name.
    """
    text = decode_modified_utf7(name)
    if len(text.encode()) > LONGEST_OCTETS:
        raise Unacceptable("mailbox name too long", "CANNOT")
    return canonical(text)


def canonical(text: str) -> str:
    """Write INBOX, alone or as the first level, in upper case."""
    first, slash, rest = text.partition("/")
    return f"INBOX{slash}{rest}" if first.upper() == "INBOX" else text


def decode_modified_utf7(name: bytes) -> str:
    """Return the text behind modified UTF-7.

    Raises:
        Unacceptable: It is not canonical modified UTF-7.
    """
    if b"&" not in name:
        return _direct(name)
    head, *tail = name.split(b"&")
    pieces = [_direct(head)]
    for part in tail:
        shifted, dash, direct = part.partition(b"-")
        if not dash:
            raise Unacceptable("unterminated & in mailbox name", "CANNOT")
        pieces.append(_unshift(shifted) if shifted else "&")
        pieces.append(_direct(direct))
    text = "".join(pieces)
    if encode_modified_utf7(text) != name:
        raise Unacceptable("mailbox name is not canonical modified UTF-7", "CANNOT")
    return text


def encode_modified_utf7(text: str) -> bytes:
    """Write text in modified UTF-7; the inverse of `decode_modified_utf7`."""
    if text.isascii() and "&" not in text and text.isprintable():
        return text.encode()
    pieces: list[bytes] = []
    waiting: list[str] = []
    for char in text:
        if not " " <= char <= "~":
            waiting.append(char)
            continue
        _shift(waiting, pieces)
        pieces.append(b"&-" if char == "&" else char.encode())
    _shift(waiting, pieces)
    return b"".join(pieces)


def _shift(waiting: list[str], pieces: list[bytes]) -> None:
    if waiting:
        utf16 = "".join(waiting).encode("utf-16-be", "surrogatepass")
        base64 = binascii.b2a_base64(utf16, newline=False)
        pieces.append(b"&" + base64.rstrip(b"=").replace(b"/", b",") + b"-")
        waiting.clear()


def _unshift(shifted: bytes) -> str:
    if b"/" in shifted or b"=" in shifted:
        raise Unacceptable("mailbox name is not modified UTF-7", "CANNOT")
    padded = shifted.replace(b",", b"/") + b"=" * (-len(shifted) % 4)
    try:
        text = binascii.a2b_base64(padded, strict_mode=True).decode("utf-16-be")
    except ValueError:
        raise Unacceptable("mailbox name is not modified UTF-7", "CANNOT") from None
    if any(char < "\xa0" for char in text):
        # ASCII must stand for itself; controls must not stand at all.
        raise Unacceptable("mailbox name is not modified UTF-7", "CANNOT")
    return text


def _direct(octets: bytes) -> str:
    try:
        text = octets.decode("ascii")
    except ValueError:
        raise Unacceptable("mailbox name is not modified UTF-7", "CANNOT") from None
    if not text.isprintable():
        raise Unacceptable("control character in mailbox name", "CANNOT")
    return text
