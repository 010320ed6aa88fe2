"""Local deliveries to be tried again: how the filer and QueueMax speak of them.

Theory:
    Mail for a user who stays locked, or whose mailbox is in trouble, may not wait in
    a journal (DESIGN 5). It goes round::

        filer     stuck after N tries: into filer.0, step "again N+1"
        QueueMax  keeps it; when its time has come: into queuemax.0, as it is
        filer     files it, or it is stuck again: step "again N+2" ...

    The origin stays, so what was filed already is not filed again; the step is part
    of the queue's keys, so a replay of the same round is known there, and a new round
    is a new entry. Counting the rounds in the step makes the retry table end them.

    A forward may be refused by a full box in every round, as in the first; so it says
    of itself that it is one, and who gets the mail then.

    What nobody may be told of, should it end, says that it has no end (`endless`). It
    goes to the filer alone, whatever a person does with it in the queue.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.ids import UserId

_WORD: Final = "again "
_REASON: Final = "again.reason"
_MEND: Final = "again.mend"
_FORWARD: Final = "again.forward"
_ENDLESS: Final = "again.endless"
_DIGITS: Final = 10


def tries_of(step: str) -> int:
    """Return how often filing was tried; 0 for any other step."""
    digits = step.removeprefix(_WORD) if step.startswith(_WORD) else ""
    if 0 < len(digits) <= _DIGITS and digits.isascii() and digits.isdigit():
        return int(digits)
    return 0


def stuck(
    envelope: Envelope,
    origin: Origin,
    recipients: tuple[Recipient, ...],
    reason: str,
    *,
    mend: bool = False,
    instead_of: Sequence[UserId] | None = None,
) -> Envelope:
    """Return the envelope that asks for another try later.

    Args:
        envelope: Of the message that could not be filed.
        origin: Of the message.
        recipients: Local ones, with their users.
        reason: Why it could not be filed; for the sender and for lists.
        mend: The mailbox was not recovered after a crash: it may know the message
            without having its octets.
        instead_of: It is a forward, and these keep no copy of their own; None: the
            recipients were promised it.
    """
    facts = {**envelope.facts, _REASON: reason}
    facts.pop(_FORWARD, None)
    if instead_of is not None:
        facts[_FORWARD] = " ".join(map(str, instead_of))
    if mend:
        facts[_MEND] = "yes"
    return msgspec.structs.replace(
        envelope,
        recipients=recipients,
        origin=origin,
        step=f"{_WORD}{tries_of(envelope.step) + 1}",
        facts=facts,
    )


def reason_of(envelope: Envelope) -> str:
    """Return why the message could not be filed."""
    return envelope.facts.get(_REASON, "")


def must_mend(envelope: Envelope) -> bool:
    """Tell whether the mailbox has still to be recovered."""
    return _MEND in envelope.facts


def forward_of(envelope: Envelope) -> Sequence[UserId] | None:
    """Return who keep no copy because of this forward; None: it is not one."""
    text = envelope.facts.get(_FORWARD)
    return None if text is None else [UserId(int(one)) for one in text.split()]


def endless(envelope: Envelope) -> Envelope:
    """Return the envelope of what is tried until it succeeds, whatever is set."""
    facts = {**envelope.facts, _ENDLESS: "yes"}
    return msgspec.structs.replace(envelope, facts=facts)


def is_endless(envelope: Envelope) -> bool:
    """Tell whether no number of tries ends it."""
    return _ENDLESS in envelope.facts
