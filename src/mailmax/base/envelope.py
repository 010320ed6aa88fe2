"""The envelope: everything about a message that is not in the message.

Theory:
    SMTPMax makes one at end of data; it lies beside the body in the journal, and the
    filer and QueueMax act on it alone. It is a msgspec struct because it crosses
    processes; ``array_like`` keeps it small, so new fields go at the end and have a
    default.

Standards:
    RFC 5321 §2.3.1 (envelope and content), RFC 6152 (BODY=), RFC 6531 (SMTPUTF8).
"""

import msgspec

from mailmax.base.ids import NOBODY


class Origin(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Where a message first became durable; its name for ever (DESIGN 3.3).

    Kept through re-injection, so that (origin, final target) can tell a replay.
    """

    journal: bytes
    """Sixteen octets: `base.ids.JournalId`."""
    number: int
    """Record number in that journal; never restarts."""


class Recipient(msgspec.Struct, frozen=True, array_like=True):
    """One forward-path and what was known of it at RCPT."""

    address: str
    """As given, without brackets; domain in lower-case A-labels or UTF-8."""
    user_id: int = NOBODY
    """The local user it was resolved to; NOBODY when it goes to the queue."""
    folder: str = ""
    """Mailbox to file into; empty is INBOX."""


class Client(msgspec.Struct, frozen=True, array_like=True):
    """Who handed the message in."""

    address: str = ""
    """IP address in text form; empty for mail made here."""
    helo: str = ""
    protocol: str = ""
    """The Received "with" word: ESMTPSA, LMTP and so on (RFC 3848)."""
    user_id: int = NOBODY
    """The authenticated user."""


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """Reverse-path, recipients, and the facts found on the way."""

    reverse_path: str
    """Without brackets; empty is the null reverse-path."""
    recipients: tuple[Recipient, ...]
    received_at_ms: int
    """Unix time in milliseconds; becomes INTERNALDATE."""
    client: Client = Client()
    body_type: str = "8BITMIME"
    """7BIT, 8BITMIME or BINARYMIME."""
    smtputf8: bool = False
    origin: Origin | None = None
    """None while the record's own place is the origin."""
    step: str = ""
    """Where filing goes on for mail that the filer itself made or changed."""
    facts: dict[str, str] = {}
    """Verdicts found before 250; keys are dotted names."""
    return_path_octets: int = 0
    """Length of the Return-Path line at the head of the body; QueueMax sends from
    behind it."""
