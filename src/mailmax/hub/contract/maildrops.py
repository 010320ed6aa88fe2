"""What administrators ask of POPMax, through the hub: who has a maildrop (USR-11).

Manual: 10 (Unlock Box), 12.
"""

from typing import Literal

from mailmax.hub.contract.message import Denied, Message, Request


class MaildropView(Message, frozen=True, array_like=True, tag=192):
    """Who has, or had, a maildrop."""

    state: Literal["free", "held", "ghost", "freed"]
    """ghost: a note was left by a process that is gone; freed: held until now."""
    peer: str = ""
    """The client's IP address."""
    since: float = 0.0
    """Unix time; 0: not known."""
    pid: int = 0


class UnlockMaildrop(
    Request[MaildropView | Denied], frozen=True, array_like=True, tag=193
):
    """End the POP3 session that has this user's maildrop."""

    address: str
    only_show: bool = False
    """Say who has it, and leave it."""


class FreeMaildrop(
    Request[MaildropView | Denied], frozen=True, array_like=True, tag=194
):
    """Hub to POPMax: the same, by the user's number."""

    user_id: int
    only_show: bool = False
