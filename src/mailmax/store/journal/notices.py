"""How a reader learns what is committed, and a writer what has been passed.

Theory:
    The reader's process listens on ``run/<reader>.sock``. Each writer connects
    (again and again, while there is no reader), says hello with its journal and the
    committed position, and after each commit the new position. The reader answers
    with the position it has passed for good; what lies before is free.

    Positions are whole truths, not steps: only the last one counts, so a full socket
    buffer means that the next ones are left out, not that the commit waits.

    ::

        hello     "MMj1", directory's name (64), journal id (16), position
        position  segment (8), offset (8), record number (8)

Rules:
    The commit thread does one non-blocking send for a group, nothing else. All else
    on the writer's side is done by a thread of its own.
    Only processes that may open the socket (mode 0600) can say anything.

Limits:
    Connecting is tried every 50 ms, later every 250 ms.
"""

import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mailmax.store.atomic import make_directories

POSITION = struct.Struct("<QQQ")
HELLO = struct.Struct("<4s64s16sQQQ")
MAGIC = b"MMj1"

FIRST_RETRY_S = 0.05
LAST_RETRY_S = 0.25
READ_OCTETS = 65536


class Position(NamedTuple):
    """A place in a journal and the number of the record before it."""

    segment: int
    offset: int
    number: int


class WriterEnd:
    """The writer's side: tells positions, hears what has been passed."""

    def __init__(
        self,
        path: Path,
        introduce: tuple[str, bytes],
        position: Callable[[], Position],
        passed: Callable[[Position], None],
    ) -> None:
        """Start the thread.

        Args:
            path: The reader's socket.
            introduce: Name of the journal's directory, and the journal's id.
            position: What is committed now.
            passed: Called in the thread with what the reader has passed.
        """
        self._path = path
        self._introduce = introduce
        self._position = position
        self._passed = passed
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._rest = b""
        self._stale = False
        self._closing = False
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._work, name="notices", daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """Say the committed position, if there is somebody to hear it."""
        with self._lock:
            if self._socket is None:
                return
            if self._rest:
                self._stale = True
                return
            if not self._send(self._socket):
                os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """End the thread and the connection."""
        self._closing = True
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self._wake)

    def _send(self, connection: socket.socket) -> bool:
        """Send what was left, or the position; return whether it has gone."""
        frame = self._rest or POSITION.pack(*self._position())
        try:
            self._rest = frame[connection.send(frame) :]
        except BlockingIOError:
            self._rest = frame
        except OSError:
            self._rest = b""  # the thread will read the end of the connection
        return not self._rest

    def _work(self) -> None:
        retry = FIRST_RETRY_S
        while not self._closing:
            connection = self._connect()
            if connection:
                retry = FIRST_RETRY_S
                with connection, suppress(OSError):
                    self._converse(connection)
                with self._lock:
                    self._socket = None
            else:
                _poll(self._wake, retry)
                retry = min(2 * retry, LAST_RETRY_S)

    def _connect(self) -> socket.socket | None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _short(self._path) as path:
                connection.connect(path)
            connection.setblocking(False)
            with self._lock:
                self._rest, self._stale = b"", False
                name, journal = self._introduce
                connection.sendall(
                    HELLO.pack(MAGIC, name.encode(), journal, *self._position())
                )
                self._socket = connection
        except OSError:
            connection.close()
            return None
        return connection

    def _converse(self, connection: socket.socket) -> None:
        heard = b""
        while not self._closing:
            writable = select.POLLOUT if self._rest else 0
            poll = select.poll()
            poll.register(connection, select.POLLIN | writable)
            poll.register(self._wake, select.POLLIN)
            for fd, _ in poll.poll():
                if fd == self._wake:
                    os.eventfd_read(self._wake)
            self._flush(connection)
            with suppress(BlockingIOError):
                octets = connection.recv(READ_OCTETS)
                if not octets:
                    return
                heard = self._hear(heard + octets)

    def _flush(self, connection: socket.socket) -> None:
        with self._lock:
            if self._rest and not self._send(connection):
                return
            if self._stale:
                self._stale = False
                self._send(connection)

    def _hear(self, octets: bytes) -> bytes:
        last, rest = _last_position(octets)
        if last:
            self._passed(last)
        return rest


class Owner:
    """A writer as the reader sees it."""

    def __init__(self, connection: socket.socket) -> None:
        """Own a connection that has not said hello yet."""
        self.socket = connection
        self.name = ""
        self.journal = b""
        self.told: Position | None = None
        self.answered = False
        """Whether it knows what it had been passed when it came."""
        self._heard = b""

    def hear(self) -> bool:
        """Read what it said; return False when it has gone."""
        try:
            octets = self.socket.recv(READ_OCTETS)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._heard += octets
        sound = bool(octets)
        if sound and not self.journal and len(self._heard) >= HELLO.size:
            sound = self._greet()
        if self.journal:
            last, self._heard = _last_position(self._heard)
            self.told = last or self.told
        return sound

    def tell(self, passed: Position) -> None:
        """Say what has been passed; a full or closed socket is no matter here."""
        with suppress(OSError):
            self.socket.send(POSITION.pack(*passed))

    def _greet(self) -> bool:
        magic, name, journal, *position = HELLO.unpack_from(self._heard)
        if magic != MAGIC:
            return False
        self.name = name.rstrip(b"\0").decode("ascii", "replace")
        self.journal = journal
        self.told = Position(*position)
        self._heard = self._heard[HELLO.size :]
        return True


class Board:
    """The reader's side: who is there, and what each has committed."""

    def __init__(self, path: Path) -> None:
        """Listen.

        Raises:
            OSError: The socket could not be made.
        """
        make_directories(path.parent)
        self.owners: dict[int, Owner] = {}
        self._epoll = select.epoll()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.setblocking(False)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.woken = False
        self._path = path
        with suppress(FileNotFoundError):
            path.unlink()
        with _short(path) as name:
            self._listener.bind(name)
        path.chmod(0o600)
        self._listener.listen(64)
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(self._wake, select.EPOLLIN)

    def wait(self, timeout: float) -> bool:
        """Wait for something to be heard; any thread may do it."""
        return bool(self._epoll.poll(timeout, 1))

    def wake(self) -> None:
        """End a `wait` of another thread."""
        os.eventfd_write(self._wake, 1)

    def hear(self) -> tuple[list[Owner], list[Owner]]:
        """Take in all that was said; return who spoke and who has gone."""
        spoke, gone = [], []
        for fd, _ in self._epoll.poll(0):
            if fd == self._listener.fileno():
                self._accept()
            elif fd == self._wake:
                os.eventfd_read(fd)
                self.woken = True
            elif self.owners[fd].hear():
                spoke.append(self.owners[fd])
            else:
                owner = self.owners.pop(fd)
                owner.socket.close()
                gone.append(owner)
        return spoke, gone

    def close(self) -> None:
        """Stop listening; writers keep trying."""
        for owner in self.owners.values():
            owner.socket.close()
        self._listener.close()
        self._epoll.close()
        os.close(self._wake)
        with suppress(OSError):
            self._path.unlink()

    def _accept(self) -> None:
        """Take a writer in; where there is no room just now, it is asked again."""
        with suppress(OSError):
            connection, _ = self._listener.accept()
            try:
                connection.setblocking(False)
                self._epoll.register(connection, select.EPOLLIN)
            except BaseException:
                connection.close()
                raise
            self.owners[connection.fileno()] = Owner(connection)


class _short:  # noqa: N801 - used as a function
    """A name for a socket that fits into sun_path, however deep it lies."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> str:
        self._fd = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._fd}/{self._path.name}"

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)


def _last_position(octets: bytes) -> tuple[Position | None, bytes]:
    whole = len(octets) // POSITION.size * POSITION.size
    if not whole:
        return None, octets
    last = Position(*POSITION.unpack_from(octets, whole - POSITION.size))
    return last, octets[whole:]


def _poll(fd: int, timeout: float) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    poll.poll(timeout * 1000)
