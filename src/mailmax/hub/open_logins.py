"""Open sessions and passwords that were changed while the hub could not say so.

Theory:
    `CredentialChanged` is pushed once, to who is joined (DESIGN 2). A service whose
    link was down, or whose login was on its way at that moment, never hears it. So it
    asks: on joining and with every beat of the hub's client (15 s) it says under which
    credential versions its sessions were let in, and hears of those that hold no more
    as if they were changed now. This finds changes by any way, a restored database
    too.

Rules:
    Each user and version is said once, however many sessions there are. The hub
    cannot answer now: it is asked again at the next beat.

Limits:
    Not more often than every 10 s, where the DataMax timeout makes beats shorter.
    5,000 users: five questions of 1,000, asked together; 8 ms of the hub.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from mailmax.hub.contract.logins import (
    MOST_COMPARED,
    ChangedLogins,
    CompareLogins,
    CredentialChanged,
)

EVERY_S = 10.0

Held = Callable[[], Iterable[tuple[int, int]]]
"""Returns user id and credential version of every session that is logged in."""


class OpenLogins:
    """A service's logins, compared with the hub's accounts."""

    def __init__(
        self,
        ask: Callable[[CompareLogins], Awaitable[Any]],
        tell: Callable[[CredentialChanged], None],
    ) -> None:
        """Prepare.

        Args:
            ask: Asks the hub; fails when it is away.
            tell: Ends the sessions of a user under older credentials.
        """
        self._ask = ask
        self._tell = tell
        self._held: list[Held] = []
        self._due = float("-inf")

    def add(self, held: Held) -> None:
        """Compare these logins too."""
        self._held.append(held)

    def joined(self) -> None:
        """Whatever was changed meanwhile was not told: compare at the next beat."""
        self._due = float("-inf")

    async def compare(self, now: float) -> None:
        """Compare if it is time to.

        Args:
            now: Seconds, monotonic.
        """
        if now < self._due:
            return
        held = sorted({login for source in self._held for login in source()})
        answers = await asyncio.gather(
            *(
                self._ask(CompareLogins(tuple(held[begin : begin + MOST_COMPARED])))
                for begin in range(0, len(held), MOST_COMPARED)
            ),
            return_exceptions=True,
        )
        found = [one for one in answers if isinstance(one, ChangedLogins)]
        if len(found) == len(answers):
            self._due = now + EVERY_S
        for answer in found:
            for changed in answer.rows:
                self._tell(changed)
