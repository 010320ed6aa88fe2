r"""Foreign text in reports: one line, nothing that acts, of a bounded length.

Rules:
    What leaves here has no control character, no line end, and no unpaired surrogate.

Limits:
    1 KiB of a remote reply (TRUST C2), 320 characters of an address; lines of 76
    where there are spaces, of 240 characters (four octets each) where there are none.

Standards:
    RFC 5322 §2.1.1 (998 octets), RFC 6533 §3 (``\x{E4}``).
"""

from mailmax.base.units import KIB

DIAGNOSTIC_LIMIT = KIB
HARD_CHARACTERS = 240
_ADDRESS_LIMIT = 320
_LINE_OCTETS = 76
_SPECIAL_IN_UTF8 = frozenset("+=\\")


def shown(text: str) -> str:
    """Make text safe to be shown in one line."""
    return "".join(c if c.isprintable() else " " for c in text[: 4 * KIB]).strip()


def ascii_only(text: str, special: frozenset[str] = frozenset()) -> bytes:
    r"""Make text safe for a field: one line of ASCII, the rest as ``\x{…}``.

    Args:
        text: Any.
        special: ASCII that is written so, too.
    """
    return b"".join(
        c.encode()
        if " " <= c <= "~" and c not in special
        else b" "
        if ord(c) < 32 or 127 <= ord(c) < 161
        else b"\\x{%X}" % ord(c)
        for c in text[: 4 * KIB]
    ).strip()


def field(name: str, kind: str, value: str) -> bytes:
    """Write one field, folded; nothing when the value is empty."""
    special = _SPECIAL_IN_UTF8 if kind == "utf-8" else frozenset[str]()
    clean = ascii_only(value, special)[:DIAGNOSTIC_LIMIT].decode()
    if not clean:
        return b""
    head = f"{name}: {kind}; " if kind else f"{name}: "
    return "\r\n\t".join(wrapped(head + clean)).encode() + b"\r\n"


def wrapped(text: str) -> list[str]:
    """Cut text at spaces into lines; a word too long for any line is cut itself."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and len(line) + len(word) >= _LINE_OCTETS:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
        while len(line) > HARD_CHARACTERS:
            lines.append(line[:HARD_CHARACTERS])
            line = line[HARD_CHARACTERS:]
    return [*lines, line] if line else lines


def split_original(original: str) -> tuple[str, str]:
    """Return type and address of an ORCPT; a bare address has the usual type."""
    kind, mark, address = original.partition(";")
    is_atom = bool(kind) and all(c.isalnum() or c == "-" for c in kind)
    if not mark or not is_atom or not kind.isascii():
        kind, address = "rfc822", original
    return ("utf-8" if not address.isascii() else kind.lower()), address.strip()


def address_type(address: str) -> str:
    """Return the type of an address of ours."""
    return "rfc822" if address.isascii() else "utf-8"


def path(text: str) -> bytes:
    """Write an address between angle brackets of a header field (RFC 6532)."""
    clean = "".join(c for c in text[:_ADDRESS_LIMIT] if c.isprintable())
    octets = clean.translate({60: None, 62: None}).encode("utf-8", "replace")
    return octets[:_ADDRESS_LIMIT]


def host(text: str) -> bytes:
    """Write a host's name."""
    octets = text.encode("ascii", "replace")[:255]
    return bytes(c for c in octets if chr(c).isalnum() or c in b".-") or b"localhost"


def word(text: str) -> bytes:
    """Keep letters and digits."""
    return bytes(c for c in text.encode("ascii", "replace")[:100] if chr(c).isalnum())
