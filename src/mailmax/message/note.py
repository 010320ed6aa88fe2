"""Notes that a rule sends to whom the mail was for (manual 8.2.5).

Rules:
    As in `message.autoreply`: no text can end a field or begin a line, and what comes
    from the message is only an id of the right form.

Standards:
    RFC 3834 §5 (auto-generated), RFC 5322 §3.6.4 (references).
"""

from dataclasses import dataclass

from mailmax.message import dates, encoded_words
from mailmax.message.composing import host, path, phrase, text_body, token

SUBJECT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Note:
    """A note."""

    from_address: str
    real_name: str
    to: str
    subject: str
    text: str
    at_s: int
    token: str
    """Unique: makes the Message-ID."""
    host: str
    about: bytes = b""
    """Message id of the mail that is the cause, with its brackets; empty: none."""


def write(note: Note) -> bytes:
    """Write the whole note, with CRLF line ends."""
    name = phrase(note.real_name)
    encoding, body = text_body(note.text.replace("\r\n", "\n"))
    line = " ".join(
        "".join(c if c.isprintable() else " " for c in note.subject).split()
    )
    fields = [
        b"From: " + (name + b" " if name else b"") + path(note.from_address),
        b"To: " + path(note.to),
        b"Subject: " + encoded_words.encode(line[:SUBJECT_CHARACTERS]),
        b"Date: " + dates.format_rfc5322(note.at_s),
        b"Message-ID: <%b@%b>" % (token(note.token), host(note.host)),
    ]
    if note.about:
        fields += [b"In-Reply-To: " + note.about, b"References: " + note.about]
    fields += [
        b"Auto-Submitted: auto-generated",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: " + encoding,
    ]
    return b"\r\n".join([*fields, b"", body])
