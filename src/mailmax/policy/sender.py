"""What a reverse-path and a recipient are to us: facts that `policy.relay` wants."""

from typing import Protocol

from mailmax.policy.recipients import NoUser
from mailmax.policy.relay import From, To

_TO = {
    NoUser.UNKNOWN: To.UNKNOWN,
    NoUser.PASSED_ON: To.PASSED_ON,
    NoUser.ELSEWHERE: To.REMOTE,
    NoUser.ON_MEMBER: To.ON_MEMBER,
    NoUser.DISABLED: To.DISABLED,
    NoUser.UNSURE: To.UNSURE,
}


class Owner(Protocol):
    """A user, as far as this goes: `hub.contract.rows.UserRow`."""

    @property
    def user_id(self) -> int:
        """The user's number."""

    @property
    def is_disabled(self) -> bool:
        """No mail, no login."""


def sender_kind(owner: Owner | NoUser | None, user_id: int = 0) -> From:
    """Say what a reverse-path is.

    Args:
        owner: Of `policy.recipients.resolve`; None is the null reverse-path.
        user_id: Who logged in; 0: nobody.
    """
    if owner is None:
        return From.NULL
    if isinstance(owner, NoUser):
        return From.UNKNOWN if owner is NoUser.UNKNOWN else From.REMOTE
    if user_id:
        return From.USER if owner.user_id == user_id else From.FOREIGN
    return From.UNKNOWN if owner.is_disabled else From.USER


def recipient_kind(owner: Owner | NoUser) -> To:
    """Say what a recipient is."""
    if isinstance(owner, NoUser):
        return _TO[owner]
    return To.DISABLED if owner.is_disabled else To.USER
