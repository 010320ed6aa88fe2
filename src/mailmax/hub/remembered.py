"""What a service has told of itself, to be told again after joining again."""

import time
from collections.abc import Iterator

import msgspec

from mailmax.hub.contract.bindings import DoorStates
from mailmax.hub.contract.message import Message
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.hub.contract.visitors import TarpitHit

MOST_MISSED = 1_000


class Remembered:
    """Open sessions, how the doors are, and whom the hub should keep out."""

    def __init__(self) -> None:
        """Begin with none."""
        self._sessions: dict[int, SessionOpened] = {}
        self._doors: DoorStates | None = None
        self._missed: dict[TarpitHit, None] = {}

    @property
    def sessions(self) -> int:
        """How many sessions are open."""
        return len(self._sessions)

    def note(self, notice: Message) -> None:
        """Remember a notice, if it is one that lasts."""
        if isinstance(notice, SessionOpened):
            self._note_session(notice)
        elif isinstance(notice, SessionClosed):
            self._sessions.pop(notice.session, None)
        elif isinstance(notice, DoorStates):
            self._doors = notice

    def _note_session(self, opened: SessionOpened) -> None:
        """Remember since when it is open, so that it is no new one when told again."""
        known = self._sessions.get(opened.session)
        since = opened.since or (known.since if known is not None else time.time())
        self._sessions[opened.session] = msgspec.structs.replace(opened, since=since)

    def missed(self, notice: Message) -> None:
        """The hub is away: remember what it must hear all the same."""
        if isinstance(notice, TarpitHit) and len(self._missed) < MOST_MISSED:
            self._missed[notice] = None

    def notices(self) -> Iterator[Message]:
        """Yield all that holds now."""
        yield from self._sessions.values()
        if self._doors is not None:
            yield self._doors
        missed, self._missed = self._missed, {}
        yield from missed
