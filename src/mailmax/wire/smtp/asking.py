"""What the client asks of a server for a message and for a recipient, as words.

Theory:
    A parameter is sent where the server offers its extension, and only there; whether
    a message may go without one is decided before (`policy.asking`).

    ABNF (RFC 3461 §4): ``xtext = *( xchar / hexchar )`` with ``hexchar = "+" 2HEXDIG``
    in upper case; xchar is printable ASCII but ``+`` and ``=``. Addresses of type utf-8
    are in their 7-bit form already (RFC 6533 §3), as they were taken.

Standards:
    RFC 1870 (SIZE), RFC 6152 and RFC 3030 (BODY), RFC 6531 (SMTPUTF8), RFC 3461 §4
    (RET, ENVID, NOTIFY, ORCPT), RFC 6533 §3 (ORCPT of type utf-8), RFC 2852 §4 (BY),
    RFC 6710 §4 (MT-PRIORITY), RFC 8689 §2 (REQUIRETLS).
"""

from collections.abc import Container, Iterator
from typing import Final, NamedTuple

from mailmax.base.envelope import Recipient, Wishes

_PLAIN: Final = frozenset(chr(code) for code in range(33, 127)) - frozenset("+=")


class Asked(NamedTuple):
    """What is asked for a message behind its reverse-path."""

    size: int = 0
    """Octets; 0: it is not said."""
    body: str = "7BIT"
    smtputf8: bool = False
    wishes: Wishes | None = None
    by_s: int = 0
    """Seconds that are left, where `wishes` has a time."""


def mail_words(asked: Asked, offers: Container[str]) -> Iterator[str]:
    """Yield the parameters of MAIL in the order in which they are sent."""
    if asked.size and "SIZE" in offers:
        yield f"SIZE={asked.size}"
    if asked.body == "BINARYMIME":
        yield "BODY=BINARYMIME"
    elif asked.body != "7BIT" and "8BITMIME" in offers:
        yield "BODY=8BITMIME"
    if asked.smtputf8 and "SMTPUTF8" in offers:
        yield "SMTPUTF8"
    if asked.wishes is not None:
        yield from _wish_words(asked.wishes, asked.by_s, offers)


def _wish_words(wishes: Wishes, by_s: int, offers: Container[str]) -> Iterator[str]:
    if "DSN" in offers:
        if wishes.returns:
            yield f"RET={wishes.returns}"
        if wishes.envelope_id:
            yield f"ENVID={encode_xtext(wishes.envelope_id)}"
    if wishes.deliver_by_ms and "DELIVERBY" in offers:
        yield f"BY={by_s};{wishes.by_mode}"
    if wishes.priority and "MT-PRIORITY" in offers:
        yield f"MT-PRIORITY={wishes.priority}"
    if wishes.require_tls and "REQUIRETLS" in offers:
        yield "REQUIRETLS"


def recipient_words(recipient: Recipient, offers: Container[str]) -> Iterator[str]:
    """Yield the parameters of RCPT."""
    if "DSN" in offers:
        if recipient.notify:
            yield f"NOTIFY={recipient.notify}"
        if recipient.original:
            kind, _, address = recipient.original.partition(";")
            yield f"ORCPT={kind};{encode_xtext(address)}"


def encode_xtext(text: str) -> str:
    """Return text as xtext; what is not ASCII as its octets in UTF-8."""
    if _PLAIN.issuperset(text):
        return text
    return "".join(
        char if char in _PLAIN else "".join(f"+{one:02X}" for one in char.encode())
        for char in text
    )
