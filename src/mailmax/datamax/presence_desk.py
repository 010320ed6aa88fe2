"""What services tell of themselves: that they are here, and who is with them (HUB-3).

Manual: 2.2, 4.1.
"""

import time
from typing import Any

from mailmax.datamax.desk import Answer
from mailmax.datamax.member import Member
from mailmax.datamax.presence import GuestBook
from mailmax.datamax.spy import SpyDesk
from mailmax.hub.contract.message import Done
from mailmax.hub.contract.presence import Presence, SessionClosed, SessionOpened


class PresenceDesk:
    """Writes it into the guest book."""

    def __init__(self, book: GuestBook, spy: SpyDesk) -> None:
        """Take what it needs.

        Args:
            book: Where it is written.
            spy: Hears of it, too.
        """
        self._book = book
        self._spy = spy

    def answers(self) -> dict[type, Any]:
        """Return who hears what, and of whom."""
        return {
            Presence: self._presence,
            SessionOpened: self._session_opened,
            SessionClosed: self._session_closed,
        }

    def _presence(self, member: Member, said: Presence) -> Answer:
        if member.guest is not None:
            member.guest.ready = said.ready
            member.guest.told_sessions = said.sessions
            member.guest.stalls = said.stalls
            member.guest.block_lists = said.block_lists
            member.guest.trouble = said.trouble
            self._spy.greet(member)
        return Done()

    def _session_opened(self, member: Member, said: SessionOpened) -> None:
        if member.guest is not None:
            self._spy.logins.opened(member, said)
            self._book.session_opened(member.guest, said, time.time())

    def _session_closed(self, member: Member, said: SessionClosed) -> None:
        if member.guest is not None:
            self._spy.logins.closed(member, said)
            member.guest.sessions.pop(said.session, None)
