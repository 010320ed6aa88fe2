"""Counting what a user sends in a day, and what the user's forwards send on (USR-3).

Theory:
    SMTPMax asks before it takes a message. The filer knows limits and counts from the
    tables (`rows.DayRow`) and asks nobody before it sends: it counts, and tells in
    batches what it has counted. The answer is what the hub has, all that the users
    handed in themselves included.

Manual: 7.1, 7.2; TRUST K7.
"""

from typing import Final

import msgspec

from mailmax.hub.contract.message import Denied, Done, Message, Request
from mailmax.hub.contract.rows import DayRow

MOST_TOLD: Final = 1_000
"""Users in one `CountForwards`."""


class SendingRefused(Message, frozen=True, array_like=True, tag=24):
    """The user has sent all that may be sent today."""


class CountSending(
    Request[Done | SendingRefused], frozen=True, array_like=True, tag=25
):
    """A user with a daily limit sends one message: count it, or say no (USR-3)."""

    user_id: int
    octets: int


class Forwarded(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the forwards of a user have sent."""

    user_id: int
    messages: int
    octets: int


class DayOfUser(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A user's day as the hub has it now."""

    user_id: int
    day: DayRow


class ForwardsCounted(Message, frozen=True, array_like=True, tag=140):
    """The days of those users who are still there."""

    rows: tuple[DayOfUser, ...]


class CountForwards(
    Request[ForwardsCounted | Denied], frozen=True, array_like=True, tag=141
):
    """This has been sent on: count it, whatever the limits are."""

    rows: tuple[Forwarded, ...]
