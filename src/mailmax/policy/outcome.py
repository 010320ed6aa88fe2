"""What came of one try for one recipient.

Theory:
    A reply of the remote server, or our own finding, becomes an `Outcome`: which of
    three, an enhanced status code, and words fit for reports, logs and lists.

Rules:
    The remote's words are a stranger's: `printable` leaves graphic ASCII and spaces,
    everything else is written as its number, at most 1 KiB (TRUST C2).

Standards:
    RFC 5321 §4.2.1 (first digit), §4.5.3.1.10 (552 to RCPT means 452), RFC 3463
    (status codes).
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

TEXT_OCTETS = 1024
_WANTS_LOGIN = frozenset({530, 534, 535, 538})


class Result(Enum):
    """The three ways in which a try can end."""

    DELIVERED = auto()
    TRANSIENT = auto()
    PERMANENT = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went for one recipient."""

    result: Result
    status: str
    """RFC 3463: ``5.1.1``."""
    text: str
    """Printable, one line."""
    host: str = ""
    """The server that said it; empty for our own findings."""
    code: int = 0
    """The reply code; 0 for our own findings."""
    is_told_on: bool = False
    """The server took over the duty of telling the sender (RFC 3461 §5.2.1)."""
    is_final: bool = False
    """The server keeps the recipient's mailbox: it was asked by LMTP."""


def transient(status: str, text: str, host: str = "") -> Outcome:
    """Return our own finding that it may work later."""
    return Outcome(Result.TRANSIENT, status, text, host)


def permanent(status: str, text: str, host: str = "") -> Outcome:
    """Return our own finding that it will never work."""
    return Outcome(Result.PERMANENT, status, text, host)


def judge_reply(code: int, lines: tuple[bytes, ...], host: str) -> Outcome:
    """Return what a reply means to a recipient.

    Args:
        code: Three digits; classes 2, 4 and 5 mean what RFC 5321 §4.2.1 says,
            anything else is out of order and may be better another time.
        lines: Texts of the reply's lines, without code and CRLF.
        host: Who said it.
    """
    text = printable(b" ".join(lines))
    match code // 100:
        case 2:
            return Outcome(Result.DELIVERED, _status(text, 2), text, host, code)
        case 5:
            return Outcome(Result.PERMANENT, _status(text, 5), text, host, code)
        case 4:
            return Outcome(Result.TRANSIENT, _status(text, 4), text, host, code)
        case _:
            return Outcome(Result.TRANSIENT, "4.5.0", text, host, code)


def judge_rcpt(code: int, lines: tuple[bytes, ...], host: str) -> Outcome:
    """Return what a reply to RCPT means: 552 is an old way to say 452."""
    if code == 552 and not b" ".join(lines).startswith((b"5.2.2", b"5.3.4")):
        return judge_reply(452, lines, host)
    return judge_reply(code, lines, host)


def at_own_host(outcome: Outcome) -> Outcome:
    """Return what a reply means of a host that the administrator named.

    That it wants a login, or TLS, can be mended: mail waits for it.

    Refs:
        RFC 4954 §6 (530, 534, 535, 538).
    """
    if outcome.code not in _WANTS_LOGIN:
        return outcome
    return replace(outcome, result=Result.TRANSIENT, status="4.7.0")


def printable(octets: bytes) -> str:
    r"""Return a stranger's text as one safe line: ``\x1b`` for ESC, and so on."""
    kept = octets[:TEXT_OCTETS]
    if kept.isascii() and (plain := kept.decode("ascii")).isprintable():
        return plain
    text = "".join(
        chr(octet) if 32 <= octet < 127 else f"\\x{octet:02x}" for octet in kept
    )
    return text[:TEXT_OCTETS]


def _status(text: str, kind: int) -> str:
    """Return the enhanced code that a reply begins with, when it fits its class."""
    word = text.split(" ", 1)[0]
    parts = word.split(".")
    if (
        len(parts) == 3
        and parts[0] == str(kind)
        and all(part.isdigit() and part.isascii() and len(part) <= 3 for part in parts)
    ):
        return word
    return f"{kind}.0.0"
