"""The Received line: writing one, counting those that are there.

Rules:
    Whatever a client said of itself can neither end the field nor the line: control
    characters and octets above ASCII go, parentheses and angle brackets with them
    (they would open comments and paths), and each word has a bound. An address that
    this would change is left out: what was left of it may be somebody else's.
    Lines stay below 998 octets (RFC 5322 §2.1.1).

Standards:
    RFC 5321 §4.4 (time-stamp-line), §6.3 (loops); RFC 3848 (with); RFC 6531 §4.3;
    RFC 6710 §4 (PRIORITY).
"""

from mailmax.message import dates
from mailmax.message.header import find_end, raw_fields

_WORD_OCTETS = 255
_PATH_OCTETS = 320
_PLAIN = bytes(c for c in range(33, 127) if c not in b'()<>;\\"')
_TEXT = bytes(c for c in range(256) if c not in _PLAIN)


def write(  # noqa: PLR0913 - the clauses of one line, in their order
    *,
    helo: str,
    address: str,
    by: str,
    protocol: str,
    mail_id: str,
    recipient: str,
    unix_s: int,
    zone_minutes: int = 0,
    priority: int = 0,
) -> bytes:
    """Write one Received field, folded, with its CRLF.

    Args:
        helo: What the client said in HELO or EHLO.
        address: IP address in text form; empty when there was no connection.
        by: Our own host name.
        protocol: The "with" word: SMTP, ESMTPS, LMTP, … (RFC 3848).
        mail_id: Our id of the message; empty leaves the clause out.
        recipient: Forward-path without brackets; empty leaves the clause out (more
            than one recipient must not be told of each other).
        unix_s: Time of the last dot.
        zone_minutes: Offset of the local zone from UTC.
        priority: Of the message; 0, the usual one, leaves the clause out.
    """
    literal = _word(address)
    if ":" in address:
        literal = b"IPv6:" + literal
    client = _word(helo) or b"unknown"
    line = b"Received: from " + client
    if literal:
        line += b" ([" + literal + b"])"
    line += b"\r\n\tby " + (_word(by) or b"localhost")
    line += b" with " + (_word(protocol) or b"SMTP")
    if mail_id:
        line += b" id " + _word(mail_id)
    path = _word(recipient, _PATH_OCTETS)
    if path and path.decode() == recipient:
        line += b"\r\n\tfor <" + path + b">"
    if priority:
        line += b"\r\n\tPRIORITY %d" % priority
    return line + b";\r\n\t" + dates.format_rfc5322(unix_s, zone_minutes) + b"\r\n"


def _word(text: str, limit: int = _WORD_OCTETS) -> bytes:
    return text.encode("ascii", "replace").translate(None, _TEXT)[:limit]


def count_hops(octets: bytes) -> int:
    """Return how many Received fields a message's header has (RFC 5321 §6.3)."""
    header = octets[: find_end(octets)]
    return sum(name.lower() == b"received" for name, _ in raw_fields(header))
