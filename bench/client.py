"""Clients for load: one protocol class, driven by generators.

Theory:
    A dialogue is a generator: it yields (octets to send, is_complete) and is sent
    what came back. `is_complete` looks at the octets received so far and says
    whether the answer is whole. No task and no stream per session, so that the load
    costs little beside the server on the same cores.
"""

import asyncio
from collections.abc import Callable, Generator
from typing import cast

Complete = Callable[[bytearray], bool]
Step = tuple[bytes, Complete]
Dialogue = Generator[Step, bytes, None]


class DialogueError(Exception):
    """The server said something that the dialogue did not expect."""


class Client(asyncio.Protocol):
    """One connection that speaks one dialogue."""

    __slots__ = ("_complete", "_dialogue", "_received", "_transport", "done")

    def __init__(self, dialogue: Dialogue, done: "asyncio.Future[None]") -> None:
        """Keep the dialogue until the connection is there."""
        self._dialogue = dialogue
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self.done = done
        _, self._complete = next(dialogue)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the greeting."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is its own

    def data_received(self, data: bytes) -> None:
        """Go on when the answer is whole."""
        self._received += data
        while self._complete(self._received):
            answer = bytes(self._received)
            self._received.clear()
            try:
                octets, self._complete = self._dialogue.send(answer)
            except StopIteration:
                self._finish(None)
                return
            except DialogueError as failure:
                self._finish(failure)
                return
            if octets:
                self._transport.write(octets)
                return

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail when the dialogue was not over."""
        if not self.done.done():
            self._finish(exc or ConnectionError("closed by the server"))

    def _finish(self, failure: Exception | None) -> None:
        if self._transport is not None:
            self._transport.close()
        if self.done.done():
            return
        if failure is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(failure)


async def speak(
    address: tuple[str, int] | str, dialogue: Dialogue, source: str | None = None
) -> None:
    """Connect (host and port, or the path of a socket) and speak to the end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def make() -> Client:
        return Client(dialogue, done)

    if isinstance(address, str):
        await loop.create_unix_connection(make, address)
    else:
        local = None if source is None else (source, 0)
        await loop.create_connection(make, *address, local_addr=local)
    await done


# What makes an answer whole


def replies(count: int) -> Complete:
    """SMTP and LMTP: that many final reply lines."""
    if count == 1:
        return _one_reply

    def complete(received: bytearray) -> bool:
        if not received.endswith(b"\r\n"):
            return False
        lines = received.split(b"\r\n")
        return sum(line[3:4] != b"-" for line in lines[:-1]) >= count

    return complete


def _one_reply(received: bytearray) -> bool:
    if not received.endswith(b"\r\n"):
        return False
    start = received.rfind(b"\r\n", 0, -2) + 1
    return received[start + (4 if start else 3) : start + (5 if start else 4)] != b"-"


def line(received: bytearray) -> bool:
    """One line (POP3 status, a greeting)."""
    return received.endswith(b"\r\n")


def multiline(received: bytearray) -> bool:
    """POP3: up to the dot alone, or one line of -ERR."""
    return received.endswith(b"\r\n.\r\n") or (
        received.startswith(b"-ERR") and received.endswith(b"\r\n")
    )


def tagged(tag: bytes) -> Complete:
    """IMAP: the line with the tag has come to its end."""
    start = tag + b" "
    inside = b"\r\n" + start

    def complete(received: bytearray) -> bool:
        if not received.endswith(b"\r\n"):
            return False
        last = received.rfind(b"\r\n", 0, -2)
        if last < 0:
            return received.startswith(start)
        return received.startswith(inside, last)

    return complete


def expect(answer: bytes, start: bytes) -> None:
    """Fail unless an answer begins so."""
    if not answer.startswith(start):
        raise DialogueError(f"expected {start!r}, got {answer[:200]!r}")
