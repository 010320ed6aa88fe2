"""What a port announces in its answer to EHLO or LHLO.

Standards:
    RFC 2920 (PIPELINING), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8),
    RFC 2034 (ENHANCEDSTATUSCODES), RFC 3030 (CHUNKING), RFC 9422 (LIMITS), RFC 3207
    (STARTTLS), RFC 4954 (AUTH).
"""

from dataclasses import dataclass
from functools import lru_cache

from mailmax.wire.sasl.mechanisms import MECHANISMS
from mailmax.wire.smtp.replies import Reply
from mailmax.wire.smtp.states import Mode

_AUTH = "AUTH " + " ".join(name.decode() for name in MECHANISMS)


@dataclass(frozen=True, slots=True)
class Offers:
    """One port."""

    hostname: str
    mode: Mode = Mode.RELAY
    size_limit: int = 0
    """Octets of the largest message; 0 announces no number (RFC 1870 §4)."""
    tls: bool = False
    """There is a certificate: STARTTLS is offered until the line is encrypted."""
    recipients: int = 1000


@lru_cache(64)
def greet_extended(offers: Offers, *, encrypted: bool, may_log_in: bool) -> Reply:
    """Give the answer to EHLO or LHLO, with all keywords."""
    lines = [
        offers.hostname,
        "PIPELINING",
        f"SIZE {offers.size_limit}",
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
        "CHUNKING",
        f"LIMITS RCPTMAX={offers.recipients}",
    ]
    if offers.tls and not encrypted:
        lines.append("STARTTLS")
    if may_log_in and offers.mode is not Mode.LMTP:
        lines.append(_AUTH)
    return Reply(250, "", "\n".join(lines))
