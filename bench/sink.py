"""The host where relayed mail ends: ``python -m bench.sink PORT COUNT_PORT``.

It takes everything and counts. A connection to the second port is told the count.
"""

import asyncio
import sys
from typing import cast

import uvloop

_REPLIES = {
    b"EHLO": b"250-sink.example.org\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
    b"250-ENHANCEDSTATUSCODES\r\n250 SIZE 0\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}


class Sink(asyncio.Protocol):
    """One incoming connection."""

    count = 0

    def __init__(self) -> None:
        """Begin outside of a message."""
        self._received = bytearray()
        self._in_data = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink.example.org ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer all that is whole."""
        self._received += data
        answers: list[bytes] = []
        while (answer := self._next()) is not None:
            answers.append(answer)
        if answers and self._transport is not None:
            self._transport.write(b"".join(answers))
            if answers[-1].startswith(b"221"):
                self._transport.close()

    def _next(self) -> bytes | None:
        if self._in_data:
            return self._end_of_data()
        end = self._received.find(b"\r\n")
        if end < 0:
            return None
        verb = bytes(self._received[:4]).upper()
        del self._received[: end + 2]
        self._in_data = verb == b"DATA"
        if self._in_data:
            # So that an empty message ends like any other.
            self._received[:0] = b"\r\n"
        return _REPLIES.get(verb, b"250 2.0.0 ok\r\n")

    def _end_of_data(self) -> bytes | None:
        end = self._received.find(b"\r\n.\r\n")
        if end < 0:
            return None
        del self._received[: end + 5]
        self._in_data = False
        Sink.count += 1
        return b"250 2.0.0 taken\r\n"


class Count(asyncio.Protocol):
    """Says how many messages came."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say it and leave."""
        link = cast("asyncio.Transport", transport)
        link.write(b"%d" % Sink.count)
        link.close()


async def serve(port: int, count_port: int) -> None:
    """Serve for ever."""
    loop = asyncio.get_running_loop()
    await loop.create_server(Sink, "127.0.0.1", port, backlog=1024)
    await loop.create_server(Count, "127.0.0.1", count_port)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
