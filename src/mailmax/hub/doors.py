"""The doors of one role: its rooms say how they serve, sockets come and go.

Theory:
    A room says once for each service how a session is made (`serve`). A door is a
    listener on one socket: those that were bound before the start (LMTP's Unix
    socket) stand open from `start` on, those of the database are opened and closed by
    `hub.listening`. What is closed lives on until its last session has ended.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from socket import socket

from mailmax.hub.contract.rows import ListenerRow
from mailmax.hub.entrance import Entrance, Names
from mailmax.net.conversation import Session
from mailmax.net.listener import Admission, Listener, WaterMarks

CLOSING_GRACE_S = 60.0
"""How long a session may go on with its command at a door that was closed."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How a room serves one service."""

    make_session: Callable[[Entrance], Session]
    idle_s: float
    """Silence before a client is timed out; sessions may change it."""
    tls: ssl.SSLContext | None = None
    """Spoken from the first octet."""
    refusal: bytes = b""
    """The line for a client that is one too many."""


class Doors:
    """Every listener of a process."""

    def __init__(
        self,
        names: Names,
        admission: Admission | None = None,
        bound: Mapping[str, Sequence[socket]] | None = None,
    ) -> None:
        """Prepare, on the running loop.

        Args:
            names: What sessions call us.
            admission: Who is let in; shared by all doors.
            bound: Sockets by service, open from the start to the end.
        """
        self.names = names
        self.admission = admission or Admission()
        self._bound = bound or {}
        self._servings: dict[str, Serving] = {}
        self._standing: list[Listener] = []
        self._movable: dict[int, Listener] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def serve(self, service: str, serving: Serving) -> None:
        """Say how a service is served; before any of its doors is open."""
        self._servings[service] = serving

    def serves(self, service: str) -> bool:
        """Tell whether some room here serves that."""
        return service in self._servings

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        listeners = (*self._standing, *self._movable.values())
        return sum(listener.connections for listener in listeners)

    def start(self) -> None:
        """Open the doors whose sockets were bound before."""
        for service, sockets in self._bound.items():
            for sock in sockets:
                if not self.serves(service):
                    sock.close()
                    continue
                listener = self._make(service, sock)
                listener.start()
                self._standing.append(listener)

    def open(self, row: ListenerRow, sock: socket) -> Listener:
        """Accept at one more door."""
        listener = self._make(row.service, sock, row.binding_id, marks_of(row))
        self._movable[row.listener_id] = listener
        listener.start()
        return listener

    def close(self, listener_id: int) -> None:
        """Accept no more there; its sessions end at their next command boundary."""
        listener = self._movable.pop(listener_id, None)
        if listener is None:
            return
        listener.close()
        closing = asyncio.get_running_loop().create_task(listener.stop(CLOSING_GRACE_S))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def stop(self, grace_s: float) -> None:
        """Close every door; cut off who is still here after the grace time."""
        listeners = (*self._standing, *self._movable.values())
        closing = tuple(self._closing)
        await asyncio.gather(*(listener.stop(grace_s) for listener in listeners))
        if closing:
            await asyncio.wait(closing, timeout=grace_s)
            for task in closing:
                task.cancel()

    def _make(
        self,
        service: str,
        sock: socket,
        binding_id: int = 0,
        marks: WaterMarks | None = None,
    ) -> Listener:
        serving = self._servings[service]
        entrance = Entrance(service, self.names, binding_id)
        return Listener(
            sock,
            lambda: serving.make_session(entrance),
            idle_s=serving.idle_s,
            tls=serving.tls,
            admission=self.admission,
            refusal=serving.refusal,
            marks=marks,
            binding_id=binding_id,
        )


def marks_of(row: ListenerRow) -> WaterMarks:
    """Return when accepting pauses at that door."""
    return WaterMarks(row.low_water, row.high_water, row.step)
