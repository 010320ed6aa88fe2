"""What all sessions of one POPMax share."""

import asyncio
import itertools
import ssl
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mailmax.base.units import MINUTE_S
from mailmax.hub.porter import Meet, let_in
from mailmax.popmax.ports import Hub
from mailmax.popmax.replies import Words
from mailmax.popmax.sizes import SentSizes
from mailmax.store.mailboxes.port import Store
from mailmax.wire.pop3.answers import Limits


def _never() -> bool:
    return False


def _ten_minutes() -> float:
    return 10.0 * MINUTE_S


@dataclass(frozen=True, slots=True)
class Options:
    """How this POPMax behaves."""

    claims: Path
    """Directory of the maildrop locks: ``run/maildrops`` of the node."""
    meet: Meet = let_in
    """Says what holds for a client before it is greeted."""
    offer_apop: Callable[[], bool] = _never
    """Tells whether banners carry an APOP challenge now."""
    needs_apop: Callable[[], bool] = _never
    """Tells whether passwords are refused now, so that APOP is the only way in."""
    apop_needs_tls: bool = True
    limits: Limits = field(default=Limits())
    login_idle_s: float = 60.0
    login_total_s: float = 3.0 * MINUTE_S
    idle_s: Callable[[], float] = _ten_minutes
    """How long a client may say nothing after login (RFC 1939 §3: ten minutes)."""
    stall_s: float = 30.0
    """How long a client may take nothing of a message that is being sent."""


class Member(Protocol):
    """A session, as the service sees it."""

    user_id: int
    credential_version: int

    def end(self, words: Words) -> None:
        """End at the next command boundary."""


@dataclass(slots=True)
class Room:
    """Collaborators, and who is here."""

    hub: Hub
    store: Store
    options: Options
    tls: ssl.SSLContext | None
    """For STLS; None: not offered."""
    sizes: SentSizes = field(default_factory=SentSizes)
    members: dict[int, Member] = field(default_factory=dict)
    chores: set["asyncio.Task[None]"] = field(default_factory=set)
    """Removals under way; the service waits for them when it stops."""
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def logins(self) -> Iterator[tuple[int, int]]:
        """Return user and credential version of everybody who is logged in."""
        for member in self.members.values():
            if member.user_id:
                yield member.user_id, member.credential_version

    def next_session(self) -> int:
        """Return a number that no other session of this process has."""
        return next(self._numbers)

    def carry_on(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        """Run something to its end, whatever becomes of the session."""
        task = asyncio.get_running_loop().create_task(work)
        self.chores.add(task)
        task.add_done_callback(self.chores.discard)
        return task
