"""Following the tables: which doors of this role are open on this computer.

Theory:
    With each version of the tables the doors that are wanted are compared with those
    that there are. What must close closes at once; what must open is asked of the
    source of sockets, and the version is acknowledged when it has answered. A door
    that cannot be opened is in *trouble*: it is tried again, slower and slower, and
    stops nobody else. An address that this computer does not have is *elsewhere*.

    The hub is told how the doors are before a version is acknowledged, and once a
    second, when that has changed.

Rules:
    A door that moves (another port) is closed first, so that two may change places.

Manual: 5.1, 5.5, 5.6; DESIGN 2.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mailmax.hub.contract.bindings import DoorState, DoorStates, DoorView
from mailmax.hub.contract.message import Message
from mailmax.hub.contract.rows import ListenerRow
from mailmax.hub.doors import Doors, marks_of
from mailmax.hub.tables import Tables
from mailmax.net.listener import Listener
from mailmax.net.place import Place, Trouble
from mailmax.net.sources import Source
from mailmax.settings.listener import default_port

LOOK_S = 1.0
LONGEST_PAUSE_S = 30.0
_NO_TLS = "there is no certificate: see docs/howto/certificate.md"

_log = logging.getLogger("mailmax.listening")


class Hub(Protocol):
    """The hub's client, as far as it is needed here."""

    @property
    def tables(self) -> Tables:
        """What was pushed."""

    def on_tables(self, callback: Callable[[], Awaitable[None] | None]) -> None:
        """Call back with each version of the tables."""

    def tell(self, notice: Message) -> None:
        """Say something that is not answered."""


@dataclass(frozen=True, slots=True)
class Listens:
    """What a role listens for."""

    services: tuple[str, ...]
    limit: str
    """The system setting that says how many clients are let in."""
    base_port: int = 0
    """Of this node: added to every default port."""


@dataclass(slots=True, eq=False)
class _Door:
    """One listener that is wanted here."""

    row: ListenerRow
    place: Place
    listener: Listener | None = None
    state: DoorState = "opening"
    reason: str = ""
    pause_s: float = LOOK_S
    due: float = 0.0

    def take(self, row: ListenerRow) -> None:
        """Act by new numbers."""
        if self.listener is not None and row != self.row:
            self.listener.set_marks(marks_of(row))
        self.row = row


class Listening:
    """Opens and closes the doors of a role."""

    def __init__(
        self,
        hub: Hub,
        doors: Doors,
        source: Source,
        listens: Listens,
    ) -> None:
        """Prepare.

        Args:
            hub: Joined, with the bindings among its topics.
            doors: Where they open.
            source: Gives sockets.
            listens: What this role is, and where it runs.
        """
        self._hub = hub
        self._doors = doors
        self._source = source
        self._listens = listens
        self._known: dict[int, _Door] = {}
        self._told: tuple[DoorView, ...] | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_over = False
        self._loop = asyncio.get_running_loop()

    async def start(self) -> None:
        """Open what is wanted now, and follow every change."""
        self._hub.on_tables(self._follow)
        opening = self._follow()
        if opening is not None:
            await opening
        self._source.settle()
        self._task = self._loop.create_task(self._look_often())

    async def stop(self) -> None:
        """Follow no more; the doors are closed by who owns them."""
        self._is_over = True
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    # Changes

    def _follow(self) -> Awaitable[None] | None:
        """Act by the tables as they are now."""
        if self._is_over:
            return None
        self._follow_limits()
        wanted = self._wanted()
        for number, door in tuple(self._known.items()):
            if wanted.get(number) != door.place:
                self._close(number, door)
        rows = self._hub.tables.doors.listeners
        missing: list[_Door] = []
        for number, place in wanted.items():
            known = self._known.get(number)
            if known is None:
                self._known[number] = _Door(rows[number], place)
                missing.append(self._known[number])
            else:
                known.take(rows[number])
        if missing:
            return self._open_all(missing)
        self._tell()
        return None

    def _follow_limits(self) -> None:
        admission = self._doors.admission
        setting = self._hub.tables.setting
        admission.max_per_address = setting("connections_per_address")
        admission.max_connections = setting(self._listens.limit)

    def _wanted(self) -> Mapping[int, Place]:
        """Return where each listener of ours is to be."""
        tables = self._hub.tables
        bindings = tables.doors.bindings
        return {
            row.listener_id: Place(
                bindings[row.binding_id].address, self._port_of(row, tables)
            )
            for row in tables.doors.listeners.values()
            if row.is_open
            and row.service in self._listens.services
            and row.binding_id in bindings
        }

    def _port_of(self, row: ListenerRow, tables: Tables) -> int:
        if row.port:
            return row.port
        return self._listens.base_port + default_port(row.service, tables.setting)

    def _close(self, number: int, door: _Door) -> None:
        del self._known[number]
        self._doors.close(number)
        if all(other.place != door.place for other in self._known.values()):
            self._source.close(door.place)

    # Opening

    async def _open_all(self, doors: Sequence[_Door]) -> None:
        await asyncio.gather(*(self._open(door) for door in doors))
        self._tell()

    async def _open(self, door: _Door) -> None:
        row = door.row
        if not self._doors.serves(row.service):
            self._in_trouble(door, "trouble", _NO_TLS)
            return
        first = next(o for o in self._known.values() if o.place == door.place)
        if first is not door and first.state in {"opening", "open"}:
            reason = f"{first.row.service} listens there already"
            self._in_trouble(door, "trouble", reason)
            return
        found = await self._source.open(door.place)
        is_wanted = self._known.get(row.listener_id) is door
        if isinstance(found, Trouble):
            if is_wanted:
                state: Any = "elsewhere" if found.is_elsewhere else "trouble"
                self._in_trouble(door, state, found.reason)
            return
        if not is_wanted:
            found.close()
            if all(other.place != door.place for other in self._known.values()):
                self._source.close(door.place)
            return
        door.listener = self._doors.open(door.row, found)
        door.state, door.reason, door.pause_s = "open", "", LOOK_S

    def _in_trouble(self, door: _Door, state: DoorState, reason: str) -> None:
        if door.reason != reason:
            _log.warning(
                "%s does not listen on %s: %s", door.row.service, door.place, reason
            )
        door.state, door.reason = state, reason
        door.due = self._loop.time() + door.pause_s
        door.pause_s = min(door.pause_s * 2, LONGEST_PAUSE_S)

    # Once a second

    async def _look_often(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            now = self._loop.time()
            due = [
                door
                for door in self._known.values()
                if door.state in {"trouble", "elsewhere"} and door.due <= now
            ]
            await self._open_all(due)

    def _tell(self) -> None:
        views = tuple(_view(door) for door in self._known.values())
        if views != self._told:
            self._told = views
            self._hub.tell(DoorStates(views, self._listens.base_port))


def _view(door: _Door) -> DoorView:
    listener = door.listener
    return DoorView(
        door.row.listener_id,
        door.place.port,
        door.state,
        door.reason,
        0 if listener is None else listener.connections,
        listener is not None and listener.is_paused,
    )
