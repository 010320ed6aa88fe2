"""What all sessions of one POPMax share."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mailmax.base.units import MINUTE_S
from mailmax.hub.members import LoggedIn, Members
from mailmax.hub.porter import Meet, let_in
from mailmax.observe.counters import Counters
from mailmax.observe.dialogue import Watching, pop_error
from mailmax.popmax.ports import Hub
from mailmax.popmax.replies import Words
from mailmax.popmax.sizes import SentSizes
from mailmax.store.mailboxes.port import Store
from mailmax.wire.pop3.answers import Limits


def watched_by_nobody() -> Watching:
    """Return a trace of POPMax that somebody may come to."""
    return Watching("popmax", pop_error)


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
    watching: Watching = field(default_factory=watched_by_nobody)
    """Who watches the sessions."""


class Member(LoggedIn, Protocol):
    """A session, as the service sees it."""

    def end(self, words: Words) -> None:
        """End at the next command boundary."""

    def consider_watchers(self) -> None:
        """Begin to tell of itself, or stop."""


@dataclass(slots=True)
class Room:
    """Collaborators, and who is here."""

    hub: Hub
    store: Store
    options: Options
    tls: ssl.SSLContext | None
    """For STLS; None: not offered."""
    counters: Counters = field(default_factory=Counters)
    sizes: SentSizes = field(default_factory=SentSizes)
    members: Members[Member] = field(default_factory=Members)
    chores: set["asyncio.Task[None]"] = field(default_factory=set)
    """Removals under way; the service waits for them when it stops."""

    def carry_on(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        """Run something to its end, whatever becomes of the session."""
        task = asyncio.get_running_loop().create_task(work)
        self.chores.add(task)
        task.add_done_callback(self.chores.discard)
        return task
