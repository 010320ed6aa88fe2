"""How responses look on the wire, and what CAPA lists.

Rules:
    A response code says what kind of trouble it is, for clients; the words are for
    people. Words are ours and ASCII; nothing that a client sent is echoed.

Standards:
    RFC 1939 §3 (+OK, -ERR), RFC 2449 §6-§8 (CAPA, [IN-USE]), RFC 3206 ([SYS/TEMP],
    [SYS/PERM], [AUTH]), RFC 5034 §6 (SASL), RFC 2595 §4 (STLS).
"""

from enum import Enum

from mailmax.wire.pop3.states import State


class Code(Enum):
    """Extended response codes."""

    NONE = b""
    AUTH = b"[AUTH] "
    IN_USE = b"[IN-USE] "
    SYS_TEMP = b"[SYS/TEMP] "
    SYS_PERM = b"[SYS/PERM] "


def encode_ok(text: str) -> bytes:
    """Write a positive response."""
    return b"+OK %s\r\n" % text.encode("ascii", "replace") if text else b"+OK\r\n"


def encode_err(text: str, code: Code = Code.NONE) -> bytes:
    """Write a negative response."""
    return b"-ERR %s%s\r\n" % (code.value, text.encode("ascii", "replace"))


_ALWAYS = (
    b"+OK Capability list follows\r\n"
    b"TOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nEXPIRE NEVER\r\n"
    b"IMPLEMENTATION MailMax\r\n"
)


def encode_capabilities(state: State, *, may_login: bool, offers_tls: bool) -> bytes:
    """Write the answer to CAPA.

    USER, SASL and STLS are listed while they can be used; IMPLEMENTATION without a
    version.
    """
    lines = [_ALWAYS]
    if may_login:
        lines.append(b"USER\r\nSASL PLAIN\r\n")
    if offers_tls and state is not State.TRANSACTION:
        lines.append(b"STLS\r\n")
    lines.append(b".\r\n")
    return b"".join(lines)
