"""What a service has told of itself, to be told again after joining again."""

from collections.abc import Iterator

from mailmax.hub.contract.bindings import DoorStates
from mailmax.hub.contract.message import Message
from mailmax.hub.contract.presence import SessionClosed, SessionOpened


class Remembered:
    """Open sessions, and how the doors are."""

    def __init__(self) -> None:
        """Begin with none."""
        self._sessions: dict[int, SessionOpened] = {}
        self._doors: DoorStates | None = None

    @property
    def sessions(self) -> int:
        """How many sessions are open."""
        return len(self._sessions)

    def note(self, notice: Message) -> None:
        """Remember a notice, if it is one that lasts."""
        if isinstance(notice, SessionOpened):
            self._sessions[notice.session] = notice
        elif isinstance(notice, SessionClosed):
            self._sessions.pop(notice.session, None)
        elif isinstance(notice, DoorStates):
            self._doors = notice

    def notices(self) -> Iterator[Message]:
        """Yield all that holds now."""
        yield from self._sessions.values()
        if self._doors is not None:
            yield self._doors
