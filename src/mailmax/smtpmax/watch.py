"""The watch over sessions: who dawdles, and who is worth telling the hub about.

Theory:
    The conversation ends sessions that say nothing. A client that says one octet now
    and then would stay for ever; so every few seconds each session's progress is
    compared with what it was. Whole lines are progress of a command, octets are
    progress of a message.
    Most sessions last some milliseconds; the hub hears of those that were here twice.

Limits:
    A command must be whole within the time that silence may last; a message must
    come with 100 octets a second, taken over three minutes (TRUST 3).
"""

import asyncio

from mailmax.smtpmax.room import Options, Room
from mailmax.smtpmax.session import SmtpSession

LOOK_S = 2.0
SLOWEST_OCTETS_S = 100


class Watch:
    """Looks at all sessions now and then."""

    def __init__(self, room: Room) -> None:
        """Prepare; `start` begins to look."""
        self._room = room
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look from now on."""
        self._timer = self._room.loop.call_later(LOOK_S, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now = self._room.loop.time()
        for member in tuple(self._room.members.values()):
            if isinstance(member, SmtpSession):
                look_at(member, now, self._room.options)
        self.start()


def look_at(session: SmtpSession, now: float, options: Options) -> None:
    """Note a session's progress; end it when it makes too little."""
    machine = session.machine
    progress, since = session.watched
    if not since:
        session.watched = (machine.progress, now)
        return
    if not session.is_told:
        session.tell_presence()
    made = machine.progress - progress
    if machine.is_answering or not machine.is_receiving:
        enough = made > 0 or machine.is_answering or not machine.backlog
        patience = session.command_idle_s
    else:
        enough = made >= SLOWEST_OCTETS_S * (now - since)
        patience = options.data_idle_s
        if now - since < patience:
            return
    if enough:
        session.watched = (machine.progress, now)
    elif now - since > patience:
        session.time_out()
