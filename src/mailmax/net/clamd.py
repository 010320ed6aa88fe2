"""One scan by clamd: a connection, a stream, an answer.

Rules:
    Every way in which it can fail is an `Answer` of trouble; nothing is raised but by
    a bug. One deadline covers connecting, sending and the answer, however slowly the
    octets go (TRUST J10).
"""

import asyncio
import time
from typing import Final

from mailmax.net.dial import Dialer
from mailmax.net.link import Link
from mailmax.settings.host_port import split_host_port
from mailmax.wire.clamd.client import ScanMachine
from mailmax.wire.clamd.reply import Answer, Outcome

CONNECT_S: Final = 10.0

_dialer = Dialer(connect_s=CONNECT_S)


class Exchange:
    """One stream to one clamd."""

    __slots__ = ("_deadline", "_link", "_machine", "_trouble")

    def __init__(self) -> None:
        """Prepare; `open` connects."""
        self._machine = ScanMachine()
        self._link = Link(self._machine)
        self._deadline = 0.0
        self._trouble: Answer | None = None

    async def open(self, address: str, timeout_s: float) -> None:
        """Connect; the deadline runs from here.

        Args:
            address: Path of a socket, or ``HOST:PORT``.
            timeout_s: For all that follows, until `extend`.
        """
        self.extend(timeout_s)
        host, port = split_host_port(address) or (address, 0)
        try:
            async with asyncio.timeout_at(self._deadline):
                await _dialer.dial(self._link, host, port, is_configured=True)
        except (OSError, TimeoutError):
            self._fail("it cannot be reached")
        else:
            if self.has_failed:  # given up while it was being connected
                self._link.abort()

    def extend(self, timeout_s: float) -> None:
        """Let the deadline run anew from now: the client was slow, not clamd."""
        self._deadline = asyncio.get_running_loop().time() + timeout_s

    @property
    def has_failed(self) -> bool:
        """There will be no answer that counts."""
        return self._trouble is not None

    async def send(self, octets: bytes) -> None:
        """Send some, and wait until most of it has left."""
        if self._trouble is not None:
            return
        self._machine.send(octets)
        try:
            await self._link.drain(self._deadline)
        except (OSError, TimeoutError) as error:
            self._give_up(error)

    async def finish(self) -> Answer:
        """End the stream; return the answer."""
        if self._trouble is None:
            self._machine.end()
            try:
                answer: Answer = await self._link.event(self._deadline)
            except (OSError, TimeoutError) as error:
                self._give_up(error)
            else:
                self._link.close()
                return answer
        return self._trouble or Answer(Outcome.TROUBLE, "it does not answer")

    def abort(self) -> None:
        """Nobody wants the answer any more, even if it is only being connected."""
        self._fail("it was given up")

    def _give_up(self, error: Exception) -> None:
        """Take what clamd said before it hung up, or say that it failed."""
        said = self._machine.next_event()
        if isinstance(said, Answer) and said.outcome is Outcome.UNSCANNED:
            self._trouble = said
            self._link.abort()
        elif isinstance(error, TimeoutError):
            self._fail("it does not answer in time")
        else:
            self._fail(said.words if isinstance(said, Answer) else "it hung up")

    def _fail(self, words: str) -> None:
        self._trouble = Answer(Outcome.TROUBLE, words)
        self._link.abort()


async def reload(address: str) -> bool:
    """Tell clamd to read its definitions again; return whether it will.

    Args:
        address: Path of a socket, or ``HOST:PORT``.
    """
    return await _ask(address, b"RELOAD") == b"RELOADING"


async def ask_version(address: str) -> str:
    """Return what clamd says of itself and its signatures; empty: it says nothing.

    Args:
        address: Path of a socket, or ``HOST:PORT``.
    """
    return (await _ask(address, b"VERSION")).decode("ascii", "replace")


def signatures_at(version: str) -> float:
    """Return the Unix time of the signatures that a version names; 0: it names none.

    Args:
        version: As ``ClamAV 1.0.7/27500/Sat Jan  4 09:41:01 2025``, in local time.
    """
    try:
        return time.mktime(time.strptime(version.rpartition("/")[2].strip()))
    except (ValueError, OverflowError):
        return 0.0


async def _ask(address: str, command: bytes) -> bytes:
    """Return the answer to a command without arguments; empty where none is whole."""
    host, port = split_host_port(address) or (address, 0)
    try:
        async with asyncio.timeout(CONNECT_S):
            if port:
                reader, writer = await asyncio.open_connection(host, port)
            else:
                reader, writer = await asyncio.open_unix_connection(host)
            try:
                writer.write(b"z" + command + b"\0")
                return (await reader.readuntil(b"\0"))[:-1]
            finally:
                writer.close()
    except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError):
        return b""
