"""Who is told what of a delivery: NOTIFY and ORCPT of a recipient.

Theory:
    A sender asks per recipient: NEVER, or some of SUCCESS, FAILURE, DELAY. Who asks
    for nothing hears of failures and delays. What was asked travels with the message
    where it is sent on, whole or without SUCCESS (`policy.forwarding` says which).

Rules:
    Reports go to the envelope's reverse-path and to nobody else; to a null one, none.
    Mail of programs with a real reverse-path is reported on as any other: RFC 3834 is
    about answers, and a sender that does not want reports has the null path for that.
    SUCCESS taken from a lone SUCCESS leaves NEVER: nothing else was asked for.
    Mail made here asks for NEVER (RFC 3464 §2, RFC 3834 §3.3).

Standards:
    RFC 3461 §4.1, §4.2, §5.2.7; RFC 5321 §4.5.5; RFC 2852 §4.1.
"""

from enum import Enum

import msgspec

from mailmax.base.envelope import Envelope, Recipient

NEVER = "NEVER"


class Event(Enum):
    """What a sender may want to hear of."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DELAY = "DELAY"


_UNSAID = frozenset({Event.FAILURE.value, Event.DELAY.value})


def wants(recipient: Recipient, event: Event) -> bool:
    """Tell whether the sender wants to hear of that."""
    return event.value in _asked(recipient)


def hears_of_relaying(envelope: Envelope, recipient: Recipient) -> bool:
    """Tell whether the sender wants to hear that it was passed on.

    Who set a time with the trace modifier follows the way, unless NEVER was said.

    Refs:
        RFC 2852 §4.1.
    """
    wishes = envelope.wishes
    if wishes is not None and wishes.by_mode.endswith("T"):
        return NEVER not in _asked(recipient)
    return wants(recipient, Event.SUCCESS)


def without_success(recipient: Recipient) -> Recipient:
    """Return what is asked of further addresses where success is told of here."""
    if not wants(recipient, Event.SUCCESS):
        return recipient
    rest = [word for word in recipient.notify.split(",") if word.strip() != "SUCCESS"]
    return msgspec.structs.replace(recipient, notify=",".join(rest) or NEVER)


def sent_on(recipient: Recipient, address: str) -> Recipient:
    """Return the recipient that takes another's place on the further way.

    Args:
        recipient: Whom the sender named, and what was asked.
        address: Where the message is sent on to.

    Refs:
        RFC 3461 §4.2: who adds an ORCPT names the address that the message came for.
    """
    kind = "rfc822" if recipient.address.isascii() else "utf-8"
    original = recipient.original or f"{kind};{recipient.address}"
    return Recipient(address, notify=recipient.notify, original=original)


def _asked(recipient: Recipient) -> frozenset[str]:
    if not recipient.notify:
        return _UNSAID
    return frozenset(word.strip() for word in recipient.notify.upper().split(","))
