r"""Delivery status notifications: what became of a message, for people and programs.

Theory:
    Three parts: words for people, fields for programs, and the header of the message
    it is about (or all of it). Our own generator, because foreign text (addresses,
    replies of remote hosts) goes into fields: each passes through one function that
    leaves no control character and no foreign octet.

Rules:
    No text can end a field, begin a line or meet the boundary. Lines stay below 998
    octets. Deviation: RFC 6533 §3 - non-ASCII addresses are written in the 7-bit
    form ``utf-8;…\x{E4}…`` in message/delivery-status, which every reader takes.

Limits:
    50 KiB of the header are returned, 1 KiB of a remote reply (TRUST C2).

Standards:
    RFC 3464, RFC 3461 §6, RFC 6522 (multipart/report), RFC 3463 (status codes),
    RFC 3834 §5 (Auto-Submitted), RFC 6533 §3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from mailmax.base.units import KIB
from mailmax.message import dates
from mailmax.message.header import find_end

HEADER_LIMIT_OCTETS = 50 * KIB
DIAGNOSTIC_LIMIT = KIB
_ADDRESS_LIMIT = 320
_LINE_OCTETS = 76
_HARD_OCTETS = 900
_HARD_CHARACTERS = 240
"""Four octets each at most, and still below 998."""
_NO_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n") + b"\x7f"


class Action(Enum):
    """RFC 3464 §2.3.3."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What became of the message for one recipient."""

    address: str
    action: Action
    status: str
    """RFC 3463 code, such as ``5.1.1``."""
    diagnostic: str = ""
    """The remote host's reply, or our own words."""
    remote_mta: str = ""
    """Who said so; empty when it was us."""
    original: str = ""
    """ORCPT address without its type, when it was given (RFC 3461 §4.2)."""
    retry_until_s: int | None = None
    """Until when delivery is tried, for a delay."""


@dataclass(frozen=True, slots=True)
class Report:
    """A message, and what became of it."""

    host: str
    """Our own name (Reporting-MTA)."""
    sender: str
    """From address of the report, such as ``mailer-daemon@host``."""
    reverse_path: str
    """Whom it is for."""
    token: str
    """Unguessable and unique: makes the Message-ID and the boundary."""
    now_s: int
    arrived_s: int
    recipients: Sequence[RecipientStatus]
    content: bytes
    """The message it is about, or its header."""
    envelope_id: str = ""
    """ENVID of the transaction (RFC 3461 §4.4)."""
    return_full: bool = False
    """RET=FULL: send the whole message back."""


_SUBJECTS = {
    Action.FAILED: "Undelivered mail: it could not be delivered",
    Action.DELAYED: "Delayed mail: delivery is still being tried",
    Action.DELIVERED: "Mail was delivered",
    Action.RELAYED: "Mail was passed on",
}
_WORDS = {
    Action.FAILED: "could not be delivered",
    Action.DELAYED: "has not been delivered yet; it is still being tried",
    Action.DELIVERED: "was delivered",
    Action.RELAYED: "was passed on to a host that may send no confirmation",
}


def write(report: Report) -> bytes:
    """Write the whole report, with CRLF line ends."""
    people = _for_people(report)
    programs = _for_programs(report)
    returned_type, returned = _returned(report)
    boundary = _boundary(report.token, people + programs + returned)
    host = _host(report.host)
    mark = b"--" + boundary
    eight_bit = not (people.isascii() and returned.isascii())
    return b"".join((
        b"From: Mail Delivery System <", _address(report.sender), b">\r\n",
        b"To: <", _address(report.reverse_path), b">\r\n",
        b"Subject: ", _SUBJECTS[_worst(report)].encode(), b"\r\n",
        b"Date: ", dates.format_rfc5322(report.now_s), b"\r\n",
        b"Message-ID: <", _word(report.token), b"@", host, b">\r\n",
        b"Auto-Submitted: auto-replied\r\n",
        b"MIME-Version: 1.0\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status;\r\n",
        b'\tboundary="', boundary, b'"\r\n',
        b"Content-Transfer-Encoding: 8bit\r\n" if eight_bit else b"",
        b"\r\n", mark, b"\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\n",
        _transfer(people), b"\r\n", people, b"\r\n", mark, b"\r\n",
        b"Content-Type: message/delivery-status\r\n\r\n",
        programs, b"\r\n", mark, b"\r\n",
        b"Content-Type: ", returned_type, b"\r\n",
        _transfer(returned), b"\r\n", returned, b"\r\n", mark, b"--\r\n",
    ))  # fmt: skip


def _worst(report: Report) -> Action:
    found = {one.action for one in report.recipients}
    return next((action for action in Action if action in found), Action.FAILED)


def _transfer(content: bytes) -> bytes:
    return b"" if content.isascii() else b"Content-Transfer-Encoding: 8bit\r\n"


def _boundary(token: str, content: bytes) -> bytes:
    """Return a boundary that does not occur in the content."""
    boundary = b"=_" + (_word(token)[:40] or b"report")
    number = 0
    while b"--" + boundary in content:
        number += 1
        boundary = b"=_%d_" % number + _word(token)[:40]
    return boundary


def _for_people(report: Report) -> bytes:
    lines = [f"This is the mail system at {_host(report.host).decode()}.", ""]
    for action in Action:
        chosen = [one for one in report.recipients if one.action is action]
        if not chosen:
            continue
        lines += [f"Your message {_WORDS[action]}:", ""]
        for one in chosen:
            lines.append(f"  <{_shown(one.address)[:_HARD_CHARACTERS]}>")
            said = _shown(one.diagnostic)[:DIAGNOSTIC_LIMIT]
            lines += [f"    {line}" for line in _wrapped(said)]
            if one.retry_until_s is not None:
                until = dates.format_rfc5322(one.retry_until_s).decode()
                lines.append(f"    It will be tried until {until}.")
            lines.append("")
    return "\r\n".join([*lines, ""]).encode("utf-8", "replace")


def _for_programs(report: Report) -> bytes:
    blocks = [
        [
            _field("Original-Envelope-Id", "", report.envelope_id),
            _field("Reporting-MTA", "dns", _host(report.host).decode()),
            _field("Arrival-Date", "", _date(report.arrived_s)),
        ]
    ]
    for one in report.recipients:
        kind = "smtp" if one.remote_mta else "x-mailmax"
        until = "" if one.retry_until_s is None else _date(one.retry_until_s)
        blocks.append(
            [
                _field("Original-Recipient", _type_of(one.original), one.original),
                _field("Final-Recipient", _type_of(one.address), one.address),
                _field("Action", "", one.action.value),
                _field("Status", "", _status(one)),
                _field("Remote-MTA", "dns", one.remote_mta),
                _field("Diagnostic-Code", kind, one.diagnostic),
                _field("Will-Retry-Until", "", until),
            ]
        )
    return b"\r\n".join(b"".join(block) for block in blocks)


def _status(one: RecipientStatus) -> str:
    parts = one.status.split(".")
    if len(parts) == 3 and all(
        p.isdigit() and p.isascii() and len(p) < 4 for p in parts
    ):
        return one.status
    return {Action.FAILED: "5.0.0", Action.DELAYED: "4.0.0"}.get(one.action, "2.0.0")


def _date(unix_s: int) -> str:
    return dates.format_rfc5322(unix_s).decode()


def _type_of(address: str) -> str:
    return "rfc822" if address.isascii() else "utf-8"


def _field(name: str, kind: str, value: str) -> bytes:
    """Write one field, folded; nothing when the value is empty."""
    clean = _ascii(value)[:DIAGNOSTIC_LIMIT].decode()
    if not clean:
        return b""
    head = f"{name}: {kind}; " if kind else f"{name}: "
    return "\r\n\t".join(_wrapped(head + clean)).encode() + b"\r\n"


def _wrapped(text: str) -> list[str]:
    """Cut text at spaces into lines; a word too long for any line is cut itself."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and len(line) + len(word) >= _LINE_OCTETS:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
        while len(line) > _HARD_CHARACTERS:
            lines.append(line[:_HARD_CHARACTERS])
            line = line[_HARD_CHARACTERS:]
    return [*lines, line] if line else lines


def _shown(text: str) -> str:
    """Make text safe to be shown in one line."""
    return "".join(c if c.isprintable() else " " for c in text[: 4 * KIB]).strip()


def _ascii(text: str) -> bytes:
    r"""Make text safe for a field: one line of ASCII, the rest as ``\x{…}``."""
    return b"".join(
        c.encode() if " " <= c <= "~" else b" " if ord(c) < 161 else b"\\x{%X}" % ord(c)
        for c in text[: 4 * KIB]
    ).strip()


def _address(text: str) -> bytes:
    """Write an address between angle brackets of a header field (RFC 6532)."""
    clean = "".join(c for c in text[:_ADDRESS_LIMIT] if c.isprintable())
    octets = clean.translate({60: None, 62: None}).encode("utf-8", "replace")
    return octets[:_ADDRESS_LIMIT]


def _host(text: str) -> bytes:
    octets = text.encode("ascii", "replace")[:255]
    return bytes(c for c in octets if chr(c).isalnum() or c in b".-") or b"localhost"


def _word(text: str) -> bytes:
    return bytes(c for c in text.encode("ascii", "replace")[:100] if chr(c).isalnum())


def _returned(report: Report) -> tuple[bytes, bytes]:
    """Return the third part's type and content (RFC 6522 §3)."""
    if report.return_full:
        return b"message/rfc822", report.content
    header = report.content[: min(find_end(report.content), HEADER_LIMIT_OCTETS)]
    lines = header.translate(None, _NO_CONTROLS).split(b"\n")
    folded = [
        b"\r\n ".join(
            line[start : start + _HARD_OCTETS]
            for start in range(0, len(line), _HARD_OCTETS)
        )
        for line in lines
        if line
    ]
    return b"text/rfc822-headers", b"".join(line + b"\r\n" for line in folded)
