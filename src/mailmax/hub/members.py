"""Who is here: the sessions of a room, and the credentials they logged in under.

See Also:
    `hub.open_logins`, which compares them with the accounts (TRUST G9).
"""

import itertools
from collections.abc import Iterator
from typing import Protocol, TypeVar

from mailmax.hub.contract.logins import CredentialChanged


class LoggedIn(Protocol):
    """A session, as far as its login goes."""

    user_id: int
    """0 before login."""
    credential_version: int


MemberT = TypeVar("MemberT", bound=LoggedIn)


class Members(dict[int, MemberT]):
    """Sessions by number."""

    def __init__(self) -> None:
        """Begin with nobody."""
        super().__init__()
        self._numbers = itertools.count(1)

    def next_number(self) -> int:
        """Return a number that no other session of this process has."""
        return next(self._numbers)

    def logins(self) -> Iterator[tuple[int, int]]:
        """Return user and credential version of everybody who is logged in."""
        for member in self.values():
            if member.user_id:
                yield member.user_id, member.credential_version

    def of_user(self, user_id: int) -> list[MemberT]:
        """Return the sessions of one user."""
        return [member for member in self.values() if member.user_id == user_id]

    def outdated(self, changed: CredentialChanged) -> list[MemberT]:
        """Return a user's sessions under older credentials."""
        return [
            member
            for member in self.of_user(changed.user_id)
            if member.credential_version < changed.credential_version
        ]
