r"""IMAP strings as ready octets: quoted where that is allowed, literal elsewhere.

Rules:
    NUL is dropped: no form of string may carry it (RFC 3501 §4.3, CHAR8).
    Octets above 127, CR and LF make a literal; ``"`` and ``\`` are escaped.

Standards:
    RFC 3501 §4.3, §9 (quoted, literal, nstring).
"""

NIL = b"NIL"

# TEXT-CHAR without the quoted-specials: what needs no thought between quotes.
_PLAIN = bytes(c for c in range(1, 128) if c not in b'\r\n"\\')
_QUOTABLE = bytes(c for c in range(1, 128) if c not in b"\r\n")


def string(value: bytes) -> bytes:
    """Write a string (RFC 3501 §9)."""
    odd = value.translate(None, _PLAIN)
    if not odd:
        return b'"' + value + b'"'
    if b"\0" in odd:
        value = value.replace(b"\0", b"")
    if value.translate(None, _QUOTABLE):
        return b"{%d}\r\n%b" % (len(value), value)
    return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def nstring(value: bytes | None) -> bytes:
    """Write a string, or NIL for None."""
    return NIL if value is None else string(value)
