"""Automatic answers: may a message be answered by itself, and what the answer is.

Theory:
    `read` takes what matters out of a message's header; `may_answer` decides;
    `write` makes the answer with our own generator, because what comes from a
    stranger goes into it: the subject is decoded, cleaned and encoded again, of
    message ids only what has the form of one is kept.

Rules:
    The answer goes to the envelope's sender and nowhere else: From and Reply-To of
    the message are never looked at (TRUST K3). Lists, reports, other automatic mail,
    spam and role addresses are never answered (RFC 3834 §2).
    No text can end a field or begin a line; lines stay below 998 octets
    (`composing`).

Limits:
    The first 256 KiB of a message are looked at for its header, 1,000 addresses in
    To and Cc; 200 characters of a subject, 20 references.

Standards:
    RFC 3834, RFC 5322 §3.6.4 (references), RFC 2919 and RFC 2369 (List-*).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from mailmax.base.address import lower_ascii, parse_address
from mailmax.base.units import KIB
from mailmax.message import address_list, dates, encoded_words
from mailmax.message.composing import host, path, phrase, text_body, token
from mailmax.message.header import find_end, raw_fields, unfold

HEADER_OCTETS = 256 * KIB
MOST_ADDRESSES = 1_000
SUBJECT_CHARACTERS = 200
MOST_REFERENCES = 20

_MESSAGE_ID = re.compile(rb"<[!-;=?-~]{1,250}>")
_WORD = re.compile(rb"[^\s;(]*")
_ADDRESSED = frozenset({b"to", b"cc", b"bcc", b"resent-to", b"resent-cc"})
_BULK = frozenset({b"bulk", b"list", b"junk", b"auto_reply"})
_MARKS = frozenset({b"x-autoreply", b"x-autorespond", b"x-auto-response-suppress"})
"""Fields that other systems put on what must not be answered (unless "none")."""

_NOBODY = frozenset(
    {"mailer-daemon", "listserv", "majordomo", "noreply", "no-reply", "donotreply"}
)
_ROLE_BEGIN = ("owner-",)
_ROLE_END = ("-request", "-owner", "-bounces", "-bounce", "-relay")


@dataclass(frozen=True, slots=True)
class Original:
    """What matters of a message."""

    is_automatic: bool
    subject: str
    message_id: bytes
    """With its brackets; empty when there is none of the right form."""
    references: Sequence[bytes]
    addressed: Sequence[tuple[str, str]]
    """Local part and domain of each address in To, Cc and the like."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An automatic answer."""

    from_address: str
    real_name: str
    to: str
    """The envelope's sender."""
    subject: str
    """Empty: made of the original's."""
    text: str
    """Lines that end in LF."""
    at_s: int
    token: str
    """Unique: makes the Message-ID."""
    host: str
    original: Original


def read(message: bytes) -> Original:
    """Take out of a message what matters to an answer; never raises."""
    part = message[:HEADER_OCTETS]
    found = [
        (name.lower(), value) for name, value in raw_fields(part[: find_end(part)])
    ]
    first = dict(reversed(found))
    parent = _ids(first.get(b"message-id", b""))[:1]
    before = _ids(first.get(b"references", b"") or first.get(b"in-reply-to", b""))
    subject = encoded_words.decode(unfold(first.get(b"subject", b"")))
    return Original(
        any(_is_automatic(name, value) for name, value in found),
        " ".join(subject[: 4 * SUBJECT_CHARACTERS].split()),
        parent[0] if parent else b"",
        (before + parent)[-MOST_REFERENCES:],
        list(islice(_addresses(found), MOST_ADDRESSES)),
    )


def may_answer(original: Original, reverse_path: str) -> bool:
    """Tell whether a message may be answered by itself (RFC 3834 §2).

    Args:
        original: The message.
        reverse_path: Its envelope's sender.
    """
    sender = parse_address(reverse_path)
    name = lower_ascii(sender.local)
    return (
        bool(sender.local and sender.domain)
        and not original.is_automatic
        and name not in _NOBODY
        and not name.startswith(_ROLE_BEGIN)
        and not name.endswith(_ROLE_END)
    )


def write(answer: Answer) -> bytes:
    """Write the whole answer, with CRLF line ends."""
    original = answer.original
    name = phrase(answer.real_name)
    encoding, body = text_body(answer.text)
    fields = [
        b"From: " + (name + b" " if name else b"") + path(answer.from_address),
        b"To: " + path(answer.to),
        b"Subject: " + _subject(answer),
        b"Date: " + dates.format_rfc5322(answer.at_s),
        b"Message-ID: <%b@%b>" % (token(answer.token), host(answer.host)),
    ]
    if original.message_id:
        fields.append(b"In-Reply-To: " + original.message_id)
    if original.references:
        fields.append(b"References: " + b"\r\n ".join(original.references))
    fields += [
        b"Auto-Submitted: auto-replied",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: " + encoding,
    ]
    return b"\r\n".join([*fields, b"", body])


def _is_automatic(name: bytes, value: bytes) -> bool:
    """Tell whether a field says that a program wrote this, or that many get it."""
    if name.startswith(b"list-"):
        return True
    found = _WORD.match(unfold(value).lower())
    word = found[0] if found else b""
    if name == b"auto-submitted":
        return word != b"no"
    if name == b"precedence":
        return word in _BULK
    if name == b"content-type":
        return word == b"multipart/report"
    if name == b"x-spam-flag":
        return word == b"yes"
    return name in _MARKS and word not in {b"none", b"no"}


def _addresses(found: Sequence[tuple[bytes, bytes]]) -> Sequence[tuple[str, str]]:
    return [
        (
            entry.local.decode("utf-8", "replace"),
            entry.domain.decode("utf-8", "replace"),
        )
        for name, value in found
        if name in _ADDRESSED
        for entry in address_list.parse(value)
        if entry.local and entry.domain
    ]


def _ids(value: bytes) -> list[bytes]:
    return _MESSAGE_ID.findall(value)


def _subject(answer: Answer) -> bytes:
    text = answer.subject or f"Auto: {answer.original.subject}"
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return encoded_words.encode(line[:SUBJECT_CHARACTERS])
