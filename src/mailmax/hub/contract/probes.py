"""A test message to a user of ours, and how it arrives (manual 1.4: the wizard's end).

Theory:
    The hub writes it, and the filer hands it out as it does all mail that is made here:
    through the queue, the rules and the filing. Then it is looked for in the user's
    mailboxes.

Rules:
    What is shown of a mailbox is a message whose octets are those that the hub wrote,
    every one of them. So nobody reads another's mail by this, whatever number is
    guessed: what could be read is known already, and only where it lies is new.

Limits:
    10 a minute to a user, 60 in all; 500 are remembered, for an hour or until the hub
    ends.
"""

from typing import Final, Literal

import msgspec

from mailmax.hub.contract.message import Denied, Message, Request
from mailmax.hub.contract.rules import RuleScope

MOST_PATIENCE_MS: Final = 8_000
"""Of one question: a service has ten seconds for an answer."""

ProbeLanguage = Literal["en", "de"]

ProbeState = Literal["waiting", "delivered", "diverted", "removed"]
"""``diverted``: rules or forwards leave no copy in the user's mailboxes; ``removed``:
it was there."""

ProbeReason = Literal["", "discarded", "forwarded", "program", "moving", "queue"]
"""Why it is not there: rules discard it; it is forwarded and no copy kept; a program of
a rule is asked first; the mail of the domain is being moved; QueueMax does not run."""


class ProbeSent(Message, frozen=True, array_like=True, tag=480):
    """It is taken, durably."""

    probe_id: str
    message_id: str
    """With its brackets."""
    sent_at: float
    """Unix time."""


class SendProbe(Request[ProbeSent | Denied], frozen=True, array_like=True, tag=481):
    """Send a test message to a user."""

    address: str
    language: ProbeLanguage = "en"
    """In which it is written."""


class FiredRule(msgspec.Struct, frozen=True, array_like=True):
    """A rule that decides over it."""

    scope: RuleScope
    name: str


class ProbeSeen(Message, frozen=True, array_like=True, tag=482):
    """Where it is."""

    state: ProbeState
    mailbox: str = ""
    uid: int = 0
    took_ms: int = -1
    """From when it was sent until it was there; -1: not known."""
    reason: ProbeReason = ""
    addresses: tuple[str, ...] = ()
    """Where the user has it forwarded to."""
    rules: tuple[FiredRule, ...] = ()
    octets: bytes = b""
    """All of it, as it lies there."""


class AskProbe(Request[ProbeSeen | Denied], frozen=True, array_like=True, tag=483):
    """Has it arrived?"""

    address: str
    probe_id: str
    patience_ms: int = 0
    """How long to wait for it, `MOST_PATIENCE_MS` at most."""


# Hub to the filer


class Probe(msgspec.Struct, frozen=True, array_like=True):
    """A test message."""

    user_id: int
    text: bytes
    """Whole, with CRLF line ends; its first line is its Return-Path."""
    at_ms: int
    """Unix time; becomes INTERNALDATE."""


class ProbeTaken(Message, frozen=True, array_like=True, tag=484):
    """The queue has it, durably."""


class PostProbe(Request[ProbeTaken | Denied], frozen=True, array_like=True, tag=485):
    """Hand this out."""

    probe: Probe


class SeekProbe(Request[ProbeSeen | Denied], frozen=True, array_like=True, tag=486):
    """Look for this in the user's mailboxes."""

    probe: Probe
    patience_ms: int = 0
