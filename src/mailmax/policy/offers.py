"""May this message go to that server, by what it offers in EHLO.

Rules:
    Nothing is converted: a message that a server cannot take as it is goes back to
    its sender with the reason. Addresses whose domain alone is not ASCII are written
    as A-labels for servers without SMTPUTF8.

Standards:
    RFC 1870 §6 (SIZE), RFC 6152 §3 (8BITMIME), RFC 6531 §3.2 and §3.5 (SMTPUTF8),
    RFC 3030 §3 and RFC 2045 §2.8 (NUL), RFC 3463 (5.3.4, 5.6.3, 5.6.7, 5.6.9).
"""

import re
from collections.abc import Mapping
from typing import Final

import idna

from mailmax.policy.outcome import Outcome, permanent

_QUOTED: Final = re.compile(r'\A"(?:[^"\\]|\\.)*"(?=@)')
"""A quoted local part (RFC 5321 §4.1.2): what stands in it ends no path."""


def check_size(offers: Mapping[str, str], size: int) -> Outcome | None:
    """Return a refusal where the server says that it takes no such size."""
    limit_text = offers.get("SIZE", "")
    if not (limit_text.isascii() and limit_text.isdigit() and len(limit_text) <= 15):
        return None
    limit = int(limit_text)
    if 0 < limit < size:
        return permanent(
            "5.3.4", f"the message has {size} octets, the server takes {limit}"
        )
    return None


def check_eight_bit(offers: Mapping[str, str]) -> Outcome | None:
    """Return a refusal of a message that is not all ASCII."""
    if "8BITMIME" in offers:
        return None
    return permanent("5.6.3", "the message has 8-bit content, the server takes 7-bit")


def check_wide_header(offers: Mapping[str, str], header: bytes) -> Outcome | None:
    """Return a refusal of a message sent with SMTPUTF8 whose header needs that."""
    if "SMTPUTF8" in offers or header.isascii():
        return None
    return permanent("5.6.9", "the server takes no internationalised header")


def takes_binary(offers: Mapping[str, str]) -> bool:
    """Tell whether the server takes any octets, counted (RFC 3030 §3)."""
    return "BINARYMIME" in offers and "CHUNKING" in offers


def check_nul(content: bytes) -> Outcome | None:
    """Return a refusal of content with NUL, which DATA may not carry.

    A server that drops it could see an end of data where there is none (TRUST A3).
    """
    if b"\0" in content:
        return permanent("5.6.3", "the message has octets that mail cannot carry (NUL)")
    return None


def spell_address(address: str, offers: Mapping[str, str]) -> str | Outcome:
    """Return an address as this server takes it, or why it cannot.

    Args:
        address: Of the envelope; the null reverse-path is empty.
        offers: Keywords of EHLO.
    """
    bare = _QUOTED.sub("", address)
    if not address.isprintable() or "<" in bare or ">" in bare:
        return permanent("5.1.3", "the address cannot be sent")
    if address.isascii() or "SMTPUTF8" in offers:
        return address
    local, _, domain = address.rpartition("@")
    if local.isascii():
        try:
            return f"{local}@{idna.encode(domain).decode('ascii')}"
        except (idna.IDNAError, UnicodeError):
            pass
    return permanent("5.6.7", "the server takes no internationalised addresses")
