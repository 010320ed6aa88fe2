"""Notices to users: a box that is nearly full, forwards that wait (manual 4.1, 7.2).

Rules:
    What one says hangs on settings alone, not on what is left or was sent just now:
    written again after a crash, it has the same octets.

Standards:
    RFC 3834 §5 (auto-generated).
"""

from dataclasses import dataclass
from typing import NamedTuple

from mailmax.base.units import KIB, MIB
from mailmax.message import dates
from mailmax.message.composing import host, path, text_body, token


class Words(NamedTuple):
    """What a notice says."""

    subject: str
    """ASCII."""
    text: str
    """Lines that end in LF."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Whom it is for, and what it says."""

    to: str
    host: str
    """Our own name."""
    token: str
    """Unique: makes the Message-ID."""
    at_s: int
    words: Words


def write(notice: Notice) -> bytes:
    """Write the whole notice, with CRLF line ends."""
    us = host(notice.host)
    beginning = f"This is the mail system at {notice.host}.\n\n"
    encoding, body = text_body(beginning + notice.words.text)
    fields = [
        b"From: Mail System " + path(f"mailer-daemon@{us.decode()}"),
        b"To: " + path(notice.to),
        b"Subject: " + notice.words.subject.encode("ascii"),
        b"Date: " + dates.format_rfc5322(notice.at_s),
        b"Message-ID: <%b@%b>" % (token(notice.token), us),
        b"Auto-Submitted: auto-generated",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: " + encoding,
    ]
    return b"\r\n".join([*fields, b"", body])


def nearly_full(limit_octets: int, measure: str, threshold: int) -> Words:
    """Say that less than a threshold is left of a box.

    Args:
        limit_octets: Of the box.
        measure: ``percent`` or ``megabytes``.
        threshold: In that measure.
    """
    left = f"{threshold} percent" if measure == "percent" else f"{threshold} MB"
    return Words(
        "Your mailbox is nearly full",
        f"Your mail may come to {_shown(limit_octets)}; less than {left}\n"
        "of that is left. When nothing is left, mail for you is refused.\n\n"
        "Delete what you do not need, and empty the trash.\n",
    )


HELD_BACK = Words(
    "Your mail is not forwarded today",
    "You have sent, or had forwarded, as much as you may in one day. Mail that\n"
    "comes for you today stays in your mailbox, also where you keep no copy, and is\n"
    "not forwarded to other systems, neither now nor later.\n\n"
    "What comes tomorrow is forwarded again.\n",
)
"""Says that forwards are not made on a day, because of the daily limits."""


def _shown(octets: int) -> str:
    unit, name = (MIB, "MB") if octets >= MIB else (KIB, "kB")
    return f"{octets / unit:.1f} {name}".replace(".0 ", " ")
