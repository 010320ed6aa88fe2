"""A test message: what an administrator sends a user to see that mail arrives.

Rules:
    What it says hangs on what is given alone. Its first line is its Return-Path, as of
    all mail that is filed (RFC 5321 §4.4): the null one, so that nobody answers it.

Standards:
    RFC 5322 §3.6, RFC 3834 §5 (auto-generated).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from mailmax.message import dates, encoded_words
from mailmax.message.composing import host, path, text_body, token

RETURN_PATH: Final = b"Return-Path: <>\r\n"
_LONGEST: Final = 400


class _Words(NamedTuple):
    subject: str
    text: str


_WORDS: Final = {
    "en": _Words(
        "Test message from {system}",
        "This is a test message of the mail system {system}\n"
        "({host}).\n"
        "\n"
        "Sent: {at}\n"
        "To:   {to}\n"
        "\n"
        "Its administration, or you yourself, had it sent to see that mail\n"
        "arrives. It went through the queue, the rules and the filing as mail\n"
        "does, and now lies in your mailbox.\n"
        "\n"
        "There is nothing to do. You may delete it.\n",
    ),
    "de": _Words(
        "Testnachricht von {system}",
        "Dies ist eine Testnachricht des Mailsystems {system}\n"
        "({host}).\n"
        "\n"
        "Gesendet: {at}\n"
        "An:       {to}\n"
        "\n"
        "Die Verwaltung oder Sie selbst haben sie senden lassen, um zu sehen,\n"
        "dass Mail ankommt. Sie ging wie andere Mail durch Warteschlange, Regeln\n"
        "und Ablage und liegt nun in Ihrem Postfach.\n"
        "\n"
        "Es ist nichts zu tun. Sie können sie löschen.\n",
    ),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What is in one."""

    to: str
    sender: str
    """Address of the postmaster."""
    host: str
    """Our own name."""
    system: str
    """What the system is called."""
    token: str
    """Unique, letters and digits: makes the Message-ID."""
    at_s: int
    language: Literal["en", "de"]


def message_id(letter: Letter) -> str:
    """Return its Message-ID, with the brackets."""
    return f"<test.{token(letter.token).decode()}@{host(letter.host).decode()}>"


def write(letter: Letter) -> bytes:
    """Write the whole message, with CRLF line ends."""
    words = _WORDS[letter.language]
    said = {
        "system": _plain(letter.system),
        "host": host(letter.host).decode(),
        "at": f"{datetime.fromtimestamp(letter.at_s, UTC):%Y-%m-%d %H:%M:%S} UTC",
        "to": _plain(letter.to),
    }
    encoding, body = text_body(words.text.format_map(said))
    fields = [
        b"From: Mail System " + path(letter.sender),
        b"To: " + path(letter.to),
        b"Subject: " + encoded_words.encode(words.subject.format_map(said)),
        b"Date: " + dates.format_rfc5322(letter.at_s),
        b"Message-ID: " + message_id(letter).encode(),
        b"Auto-Submitted: auto-generated",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Language: " + letter.language.encode(),
        b"Content-Transfer-Encoding: " + encoding,
    ]
    return RETURN_PATH + b"\r\n".join([*fields, b"", body])


def _plain(text: str) -> str:
    """Return text that stays in its line."""
    return "".join(c if c.isprintable() else " " for c in text[:_LONGEST])
