"""The spy: services are told what is wanted, watchers read what comes (SPY-1, SPY-2).

Theory:
    What is wanted of a service is the sum of its watches. It is told to each process
    of that service when it changes, and to one that comes later with its first beat;
    a process that has missed it hears it with its next.

Rules:
    Only administrators watch, or the web for them. A service's lines reach watches
    of that service alone.
    No login line, and no event, holds a password.

Manual: 9.2.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from mailmax.datamax.desk import Answer
from mailmax.datamax.login_tallies import LoginTallies
from mailmax.datamax.member import Member
from mailmax.datamax.watches import Watch, Watches
from mailmax.hub.contract.message import Denied, Done, Message
from mailmax.hub.contract.spying import (
    AskLogins,
    ReadTrace,
    StopTrace,
    TellTrace,
    TraceWanted,
    Want,
    Watching,
    WatchLogins,
    WatchTrace,
)
from mailmax.hub.contract.web import WEBADMIN
from mailmax.observe.events.categories import SPIED
from mailmax.observe.tap import EVERYBODY, read_choice
from mailmax.settings.field import BadValue

LOOK_S: Final = 30.0
_ENDED = Denied("not_found", "watch_id", "that watch has ended", "begin it again")
_TOO_MANY = Denied(
    "conflict", "", "too many are watching", "end some: each costs the services"
)
_NOT_YOURS = Denied(
    "not_allowed", "role", "only administrators may watch", "join as an administrator"
)
_LONGEST_FILTER = 320


class SpyDesk:
    """Answers who watches, and hears what services tell."""

    def __init__(self, members: Iterable[Member]) -> None:
        """Begin with nobody.

        Args:
            members: Who is here.
        """
        self._members = members
        self._watches = Watches()
        self._told: dict[Member, TraceWanted] = {}
        """What each process was told last."""
        self.logins = LoginTallies(self._watches.of_logins)

    def answers(self) -> dict[type, Any]:
        """Return who answers what, and hears of whom."""
        return {
            WatchTrace: self._watch,
            WatchLogins: self._watch_logins,
            ReadTrace: self._read,
            StopTrace: self._stop,
            AskLogins: self._totals,
            TellTrace: self._hear,
        }

    def greet(self, member: Member) -> None:
        """Tell a service what is wanted of it, unless it knows."""
        wanted = TraceWanted(tuple(map(_want, self._watches.of_service(member.role))))
        if self._told.get(member, _NOTHING) != wanted:
            self._told[member] = wanted
            member.tell(wanted)

    def left(self, member: Member) -> None:
        """Somebody is gone: who watched watches no more."""
        self._told.pop(member, None)
        self._tell(self._watches.end_of(member))

    async def end_unread(self) -> None:
        """End what nobody reads; for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            self._tell(self._watches.end_unread())

    # Administrators

    def _watch(self, member: Member, asked: WatchTrace) -> Answer:
        bad = self._bad_member(member) or _bad_events(asked)
        if bad is not None:
            return bad
        choice = read_choice(asked.address, asked.user, asked.session)
        if isinstance(choice, BadValue):
            return Denied("bad_value", choice.field, choice.reason, choice.cure)
        watch = self._watches.begin(member, asked, choice)
        self._tell({asked.service})
        running = sorted(
            one.label for one in self._members if one.role == asked.service
        )
        return Watching(watch.number, tuple(running))

    def _watch_logins(self, member: Member, _: WatchLogins) -> Answer:
        bad = self._bad_member(member)
        if bad is not None:
            return bad
        return Watching(self._watches.begin(member, None, EVERYBODY).number)

    def _bad_member(self, member: Member) -> Denied | None:
        if not _may_watch(member):
            return _NOT_YOURS
        return _TOO_MANY if self._watches.are_too_many else None

    def _read(self, member: Member, asked: ReadTrace) -> Answer:
        watch = self._watches.find(asked.watch_id, member)
        return _ENDED if watch is None else watch.read()

    def _stop(self, member: Member, asked: StopTrace) -> Answer:
        watch = self._watches.find(asked.watch_id, member)
        if watch is None:
            return _ENDED
        self._tell(self._watches.end([watch]))
        return Done()

    def _totals(self, member: Member, _: AskLogins) -> Answer:
        if not _may_watch(member):
            return _NOT_YOURS
        return self.logins.totals(
            one.guest for one in self._members if one.guest is not None
        )

    # Services

    def _tell(self, services: Iterable[str]) -> None:
        concerned = frozenset(services)
        for member in self._members:
            if member.role in concerned:
                self.greet(member)

    def _hear(self, member: Member, said: TellTrace) -> Message:
        watches = {one.number: one for one in self._watches.of_service(member.role)}
        for number, count in said.lost:
            if number in watches:
                watches[number].lose(count)
        for tapped in said.lines:
            for number in tapped.watches:
                if number in watches:
                    watches[number].put(tapped.line)
        return Done()


_NOTHING: Final = TraceWanted(())


def _may_watch(member: Member) -> bool:
    return member.is_administrator or member.role == WEBADMIN


def _want(watch: Watch) -> Want:
    asked = watch.asked
    if asked is None:
        raise AssertionError("logins are asked of no service")
    events = asked.events
    return Want(watch.number, events, asked.address, asked.user, asked.session)


def _bad_events(asked: WatchTrace) -> Denied | None:
    """Say what is wrong with what is to be watched; None when nothing is."""
    categories = SPIED.get(asked.service)
    if categories is None:
        return Denied(
            "not_found",
            "service",
            f"{asked.service[:40]!r} cannot be watched",
            f"watch one of {', '.join(sorted(SPIED))}",
        )
    known = [one.key for one in categories]
    choose = f"choose some of {', '.join(known)}"
    if not asked.events:
        return Denied("bad_value", "events", "none is chosen", choose)
    for event in asked.events:
        if event not in known:
            reason = f"{event[:40]!r} is none of {asked.service}"
            return Denied("bad_value", "events", reason, choose)
    if max(map(len, (asked.address, asked.user, asked.session))) > _LONGEST_FILTER:
        return Denied("bad_value", "filter", "it is too long", "give less")
    return None
