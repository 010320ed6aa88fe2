"""What the filer asks of a store and hears from it: deliveries, and deeds done once."""

import msgspec

from mailmax.base.envelope import Origin
from mailmax.base.ids import Uid, UserId
from mailmax.store.mailboxes.values import NewMessage

ORIGINS = 16_384
"""A mailbox knows the origins of so many deliveries, the newest ones (TRUST D5)."""


class Delivery(msgspec.Struct):
    """A message for one user, as the filer files it."""

    user_id: UserId
    home: str
    """The user's directory below the mail root, as the hub gave it; opaque."""
    folder: str
    """Name; empty is INBOX; a missing one is created."""
    message: NewMessage
    limit_octets: int = 0
    """Of a copy that nobody was promised: it is not filed where all the user's mail
    would come to more. 0: no limit."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a delivery."""

    uid: Uid
    """0 when it was put aside."""
    duplicate: bool = False
    """It was there already: a replay."""
    locked: bool = False
    """It was put aside: another process holds the user (try again in a moment), or
    there is `trouble` with this user alone (try again later)."""
    full: bool = False
    """It was not filed and will not be: there is no room (`Delivery.limit_octets`)."""
    trouble: str = ""
    """What is wrong with this user's mail; to be told to an operator."""


class Deed(msgspec.Struct, frozen=True):
    """Something that is done for a user only now and then: an answer, a notice."""

    what: bytes
    """Its name: what is the same thing has the same name."""
    at_s: float
    """When it would be done (Unix time)."""
    rest_s: float
    """How long it is not done again."""
    origin: Origin
    """Of the message that is the cause."""
    until_rearmed: bool = False
    """Nor is it done again before `Store.rearm`; and that it was done is durable."""
