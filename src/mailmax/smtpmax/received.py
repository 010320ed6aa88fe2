"""The two lines that SMTPMax writes in front of every message.

    Return-Path: <reverse-path>
    Received: from … by … with … id …; date

Standards:
    RFC 5321 §4.4 (trace), RFC 3848 and RFC 6531 §4.3 (the "with" word).
"""

from typing import NamedTuple

from mailmax.base.address import Address
from mailmax.message import received


class Arrival(NamedTuple):
    """How a message came in."""

    helo: str
    peer: str
    protocol: str
    unix_s: int


def protocol_word(
    *, lmtp: bool, extended: bool, smtputf8: bool, encrypted: bool, logged_in: bool
) -> str:
    """Name the protocol as RFC 3848 wants it in Received."""
    if not extended:
        return "SMTP"
    base = "LMTP" if lmtp else "SMTP" if smtputf8 else "ESMTP"
    prefix = "UTF8" if smtputf8 else ""
    return prefix + base + "S" * encrypted + "A" * logged_in


def return_path(reverse_path: Address | None) -> bytes:
    """Write the Return-Path line."""
    path = "" if reverse_path is None else str(reverse_path)
    return f"Return-Path: <{path}>\r\n".encode()


def received_line(
    arrival: Arrival, by: str, mail_id: str, recipient: str, priority: int = 0
) -> bytes:
    """Write the Received line; `recipient` only when there is one alone."""
    return received.write(
        helo=arrival.helo,
        address=arrival.peer,
        by=by,
        protocol=arrival.protocol,
        mail_id=mail_id,
        recipient=recipient,
        unix_s=arrival.unix_s,
        priority=priority,
    )


def has_too_many_hops(chunks: list[bytes], limit: int) -> bool:
    """Tell whether a body that begins with our line was through too many hosts.

    Counting words is enough for nearly all mail; only what may be over the limit is
    read field by field.
    """
    head = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    end = head.find(b"\r\n\r\n")
    fields = head[: end + 2] if end >= 0 else head
    if fields.lower().count(b"\nreceived") <= limit + 1:
        return False
    return received.count_hops(fields) > limit + 1
