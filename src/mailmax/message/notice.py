"""The notice that a box is nearly full (manual 4.1).

Rules:
    What it says hangs on the limit and the threshold alone, not on what is left just
    now: written again after a crash, it has the same octets.

Standards:
    RFC 3834 §5 (auto-generated).
"""

from dataclasses import dataclass

from mailmax.base.units import KIB, MIB
from mailmax.message import dates
from mailmax.message.composing import host, path, text_body, token


@dataclass(frozen=True, slots=True)
class Notice:
    """Whom it is for, and what it says."""

    to: str
    host: str
    """Our own name."""
    token: str
    """Unique: makes the Message-ID."""
    at_s: int
    limit_octets: int
    measure: str
    """``percent`` or ``megabytes``."""
    threshold: int


def write(notice: Notice) -> bytes:
    """Write the whole notice, with CRLF line ends."""
    us = host(notice.host)
    encoding, body = text_body(_words(notice))
    fields = [
        b"From: Mail System " + path(f"mailer-daemon@{us.decode()}"),
        b"To: " + path(notice.to),
        b"Subject: Your mailbox is nearly full",
        b"Date: " + dates.format_rfc5322(notice.at_s),
        b"Message-ID: <%b@%b>" % (token(notice.token), us),
        b"Auto-Submitted: auto-generated",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: " + encoding,
    ]
    return b"\r\n".join([*fields, b"", body])


def _words(notice: Notice) -> str:
    is_part = notice.measure == "percent"
    left = f"{notice.threshold} percent" if is_part else f"{notice.threshold} MB"
    return (
        f"This is the mail system at {notice.host}.\n\n"
        f"Your mail may come to {_shown(notice.limit_octets)}; less than {left}\n"
        "of that is left. When nothing is left, mail for you is refused.\n\n"
        "Delete what you do not need, and empty the trash.\n"
    )


def _shown(octets: int) -> str:
    unit, name = (MIB, "MB") if octets >= MIB else (KIB, "kB")
    return f"{octets / unit:.1f} {name}".replace(".0 ", " ")
