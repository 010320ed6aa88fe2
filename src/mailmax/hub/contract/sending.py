"""Counting what a user sends in a day (USR-3)."""

from mailmax.hub.contract.message import Done, Message, Request


class SendingRefused(Message, frozen=True, array_like=True, tag=24):
    """The user has sent all that may be sent today."""


class CountSending(
    Request[Done | SendingRefused], frozen=True, array_like=True, tag=25
):
    """A user with a daily limit sends one message: count it, or say no (USR-3)."""

    user_id: int
    octets: int
