"""What a part says once its transfer encoding and charset are taken off.

Rules:
    Never raises: octets that are no base64 or quoted-printable are read as far as
    they are (TRUST D-4, D-6).
    Linear, and in steps: a thread that decodes much lets others go on meanwhile.

Standards:
    RFC 2045 §6.7 (quoted-printable), §6.8 (base64); RFC 3516 (BINARY).
"""

import binascii
from collections.abc import Iterator

from mailmax.base.units import KIB
from mailmax.message import charsets
from mailmax.message.header import unfold
from mailmax.message.part import Part, Tree

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OCTETS_OF_CHARACTER = 4
"""UTF-8 in base64, or one quoted octet, and a little more."""
_STEP_OCTETS = 256 * KIB
_NO_BASE64 = bytes(c for c in range(256) if c not in _BASE64 + b"=")


def encoding(part: Part) -> bytes:
    """Return a part's transfer encoding in lower case; empty is none."""
    return unfold(part.fields.get(b"content-transfer-encoding", b"")).lower()


def decode(octets: bytes, name: bytes) -> bytes:
    """Take a transfer encoding off; an unknown one leaves the octets as they are."""
    if name == b"quoted-printable":
        return b"".join(map(binascii.a2b_qp, _lines(octets)))
    return _base64(octets) if name == b"base64" else octets


def _base64(octets: bytes) -> bytes:
    """Read several runs one after another, each alone: padding may be in the middle."""
    found: list[bytes] = []
    left = b""
    for begin in range(0, len(octets), _STEP_OCTETS):
        step = octets[begin : begin + _STEP_OCTETS].translate(None, _NO_BASE64)
        *runs, left = (left + step).split(b"=")
        found.append(b"".join(map(_run, filter(None, runs))))
        whole = len(left) & ~3
        found.append(binascii.a2b_base64(left[:whole]))
        left = left[whole:]
    found.append(_run(left))
    return b"".join(found)


def _lines(octets: bytes) -> Iterator[bytes]:
    """Yield pieces of many whole lines: no quoted octet is torn."""
    begin = 0
    while begin < len(octets):
        end = octets.find(b"\n", begin + _STEP_OCTETS) + 1 or len(octets)
        yield octets[begin:end]
        begin = end


def _run(clean: bytes) -> bytes:
    if len(clean) % 4 == 1:
        clean = clean[:-1]  # six bits alone say nothing
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def is_encoded_message(part: Part) -> bool:
    """Tell whether it is a message that is encoded, which RFC 2046 §5.2.1 forbids.

    Several readers decode and show it all the same; the scan has not looked inside.
    """
    return part.is_message and encoding(part) in {b"base64", b"quoted-printable"}


def octets(tree: Tree, part: Part) -> bytes:
    """Return a part's content without its transfer encoding."""
    return decode(tree.octets[part.body_start : part.end], encoding(part))


def text(tree: Tree, part: Part) -> str:
    """Return a text part's content as text."""
    return _read(part, octets(tree, part))


def beginning_of_text(tree: Tree, part: Part, characters: int) -> tuple[str, bool]:
    """Return a text part's content up to some length, and whether there is more."""
    stop = part.body_start + _OCTETS_OF_CHARACTER * characters
    if part.end <= stop:
        whole = text(tree, part)
        return whole[:characters], len(whole) > characters
    found = decode(tree.octets[part.body_start : stop], encoding(part))
    return _read(part, _without_torn_character(found))[:characters], True


def _without_torn_character(octets: bytes) -> bytes:
    """Return octets without a last character of UTF-8 that may be torn."""
    for back, octet in enumerate(octets[:-4:-1], 1):
        if octet < 0x80:
            break
        if octet >= 0xC0:
            return octets[:-back]
    return octets


def _read(part: Part, found: bytes) -> str:
    for name, value in part.content_type.parameters:
        if name == b"charset":
            if charsets.codec(value) in {None, "ascii"}:
                break
            return charsets.decode(found, value)
    return charsets.guess(found)
