"""What a port announces in its answer to EHLO or LHLO.

Standards:
    RFC 2920 (PIPELINING), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8),
    RFC 2034 (ENHANCEDSTATUSCODES), RFC 3030 (CHUNKING), RFC 9422 (LIMITS), RFC 3207
    (STARTTLS), RFC 4954 (AUTH), RFC 3461 (DSN), RFC 2852 (DELIVERBY), RFC 6710
    (MT-PRIORITY), RFC 1985 (ETRN), RFC 8689 (REQUIRETLS), RFC 4865 (FUTURERELEASE).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from mailmax.wire.sasl.mechanisms import MECHANISMS
from mailmax.wire.smtp.replies import Reply
from mailmax.wire.smtp.states import Mode

_MINUTE_S = 60
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
def greet_extended(
    offers: Offers, *, encrypted: bool, may_log_in: bool, hold: str = ""
) -> Reply:
    """Give the answer to EHLO or LHLO, with all keywords.

    Args:
        offers: What the port is.
        encrypted: The line is.
        may_log_in: AUTH is offered.
        hold: The line of FUTURERELEASE; empty where it is not offered.
    """
    lines = [
        offers.hostname,
        "PIPELINING",
        f"SIZE {offers.size_limit}",
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
        "CHUNKING",
        f"LIMITS RCPTMAX={offers.recipients}",
        "DSN",
        "DELIVERBY",
        "MT-PRIORITY",
    ]
    if offers.mode is Mode.RELAY:
        lines.append("ETRN")  # not where users hand in (RFC 6409 §7)
    if encrypted:
        lines.append("REQUIRETLS")
    if hold:
        lines.append(hold)
    if offers.tls and not encrypted:
        lines.append("STARTTLS")
    if may_log_in and offers.mode is not Mode.LMTP:
        lines.append(_AUTH)
    return Reply(250, "", "\n".join(lines))


def future_release(longest_s: int, now_s: float) -> str:
    """Give the line of FUTURERELEASE: the longest time, and until when (RFC 4865 §4).

    The moment is that of a whole minute, so that the line stays the same for a while.
    """
    until_s = int(now_s + longest_s) // _MINUTE_S * _MINUTE_S
    until = datetime.fromtimestamp(until_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"FUTURERELEASE {longest_s} {until}"
