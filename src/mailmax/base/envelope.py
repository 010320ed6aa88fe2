"""The envelope: everything about a message that is not in the message.

Theory:
    SMTPMax makes one at end of data; it lies beside the body in the journal, and the
    filer and QueueMax act on it alone. It is a msgspec struct because it crosses
    processes; ``array_like`` keeps it small, so new fields go at the end and have a
    default.

Standards:
    RFC 5321 §2.3.1 (envelope and content), RFC 6152 (BODY=), RFC 6531 (SMTPUTF8),
    RFC 3461 (DSN), RFC 4865 (FUTURERELEASE), RFC 2852 (DELIVERBY), RFC 6710
    (MT-PRIORITY), RFC 8689 (REQUIRETLS).
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
    notify: str = ""
    """What the sender wants to hear of (RFC 3461 §4.1): ``NEVER``, or some of SUCCESS,
    FAILURE and DELAY with commas between; empty: it was not said."""
    original: str = ""
    """ORCPT, decoded: ``rfc822;bob@example.org`` (RFC 3461 §4.2)."""


class Client(msgspec.Struct, frozen=True, array_like=True):
    """Who handed the message in."""

    address: str = ""
    """IP address in text form; empty for mail made here."""
    helo: str = ""
    protocol: str = ""
    """The Received "with" word: ESMTPSA, LMTP and so on (RFC 3848)."""
    user_id: int = NOBODY
    """The authenticated user."""


class Wishes(msgspec.Struct, frozen=True, array_like=True):
    """What the sender asks of all who pass the message on."""

    envelope_id: str = ""
    """ENVID, decoded (RFC 3461 §4.4)."""
    returns: str = ""
    """What a report of failure brings back: FULL, HDRS; empty: it was not said."""
    hold_until_ms: int = 0
    """Unix time in milliseconds before which it is not to leave (RFC 4865)."""
    deliver_by_ms: int = 0
    """Unix time in milliseconds until which it is to be there; 0: any (RFC 2852)."""
    by_mode: str = ""
    """What follows when it is late: R (return) or N (notify); with T: trace."""
    priority: int = 0
    """From -9 to 9 (RFC 6710)."""
    require_tls: bool = False
    """Rather not at all than over a line that is not proved (RFC 8689)."""


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
    wishes: Wishes | None = None
    """None: it was handed in without any."""
