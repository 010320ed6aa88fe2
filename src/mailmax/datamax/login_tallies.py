"""Logins as they pass through the hub: counted always, told while somebody looks.

Theory:
    Rooms tell the hub of their sessions and ask it who somebody is; nothing more is
    asked of them (manual 9.2). An addition for each; a line for each only while there
    is a watch.

Rules:
    What was typed as a name is shown escaped, a password never.

Manual: 9.2, 11.1 (Track Logins).
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mailmax.datamax.failing import FailedLogins
from mailmax.datamax.member import Member
from mailmax.datamax.presence import Guest
from mailmax.datamax.watches import Watch
from mailmax.hub.contract.logins import (
    LoginAccepted,
    LoginRefused,
    VerifyApop,
    VerifyLogin,
)
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.hub.contract.spying import LoginTotal, LoginTotals, TraceLine
from mailmax.observe.events import sessions
from mailmax.observe.events.catalogue import Event, describe
from mailmax.observe.events.kinds import Who
from mailmax.observe.tap import LONGEST_LINE

LoginAnswer = LoginAccepted | LoginRefused
TRACKED: Final = {"pop3": "popmax", "imap": "imapmax"}
"""What sessions and logins call their service, and its role."""
_FAILING: Final = {**TRACKED, "smtp": "smtpmax"}
"""At which services people log in."""


@dataclass(slots=True)
class _Tally:
    connections: int = 0
    logins: int = 0
    failed: int = 0


class LoginTallies:
    """Of POP3 and IMAP, since the hub started."""

    def __init__(self, watches: Callable[[], Sequence[Watch]]) -> None:
        """Begin at nothing.

        Args:
            watches: Returns who looks.
        """
        self._watches = watches
        self._since = time.time()
        self._failed = FailedLogins()
        self._tallies = {service: _Tally() for service in TRACKED.values()}

    def opened(self, member: Member, said: SessionOpened) -> None:
        """Somebody has come, or has logged in (that is told by `verified`).

        What is told again after joining again carries its moment.
        """
        role = TRACKED.get(said.service)
        if role is None or said.since or said.address:
            return
        guest = member.guest
        if guest is None or said.session in guest.sessions:
            return
        self._tallies[role].connections += 1
        who = Who(role, str(said.session), said.peer)
        self._tell(member, lambda: sessions.ClientConnected(who, said.service))

    def closed(self, member: Member, said: SessionClosed) -> None:
        """Somebody is gone."""
        known = member.guest.sessions.get(said.session) if member.guest else None
        role = TRACKED.get(known.service) if known is not None else None
        if known is None or role is None:
            return
        who = Who(role, str(said.session), known.peer, known.address)
        self._tell(member, lambda: sessions.ClientLeft(who))

    def verified(
        self,
        member: Member,
        request: VerifyLogin | VerifyApop,
        answer: LoginAnswer | Awaitable[LoginAnswer],
    ) -> LoginAnswer | Awaitable[LoginAnswer]:
        """Count a login when it is answered; return the answer, as it came."""
        if isinstance(answer, Awaitable):
            return self._await(member, request, answer)
        self._count(member, request, answer)
        return answer

    def totals(self, guests: Iterable[Guest]) -> LoginTotals:
        """Return how it is.

        Args:
            guests: Who is here.
        """
        every = [one for guest in guests for one in guest.sessions.values()]
        rows = []
        for service, role in TRACKED.items():
            tally = self._tallies[role]
            here = [one for one in every if one.service == service]
            rows.append(
                LoginTotal(
                    role,
                    len(here),
                    sum(bool(one.address) for one in here),
                    tally.connections,
                    tally.logins,
                    tally.failed,
                )
            )
        return LoginTotals(self._since, tuple(rows), self._failed.top())

    async def _await(
        self,
        member: Member,
        request: VerifyLogin | VerifyApop,
        answer: Awaitable[LoginAnswer],
    ) -> LoginAnswer:
        found = await answer
        self._count(member, request, found)
        return found

    def _count(
        self, member: Member, request: VerifyLogin | VerifyApop, answer: LoginAnswer
    ) -> None:
        service, way = "pop3", "APOP"
        if isinstance(request, VerifyLogin):
            service, way = request.service, "password"
        if isinstance(answer, LoginRefused) and service in _FAILING:
            self._failed.add(_FAILING[service], request.peer)
        role = TRACKED.get(service)
        if role is None:
            return
        tally = self._tallies[role]
        if isinstance(answer, LoginAccepted):
            tally.logins += 1
            who = Who(role, "", request.peer, answer.address)
            self._tell(member, lambda: sessions.LoggedIn(who, way))
        else:
            tally.failed += 1
            who, name = Who(role, "", request.peer), request.login_name
            why = answer.reason.lower().replace("_", " ")
            self._tell(member, lambda: sessions.LoginFailed(who, name, way, why))

    def _tell(self, member: Member, make: Callable[[], Event]) -> None:
        watches = self._watches()
        if not watches or member.guest is None:
            return
        event = make()
        who = event.who
        line = TraceLine(
            time.time(),
            who.service,
            member.guest.hello.node,
            who.session,
            who.peer,
            who.user,
            type(event).__name__,
            describe(event)[:LONGEST_LINE],
        )
        for watch in watches:
            watch.put(line)
