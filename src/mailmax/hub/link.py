"""Link: one connection to or from the hub; frames in, messages out.

Theory:
    The same class serves both ends; only the decoder differs. What is said during one
    turn of the loop leaves in one write, so pipelined calls share their system calls.

Rules:
    A frame that the contract does not know ends the link; the reason is kept in
    `trouble`. A peer that does not read is cut off at `BACKLOG_OCTETS`.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, Protocol, cast

from mailmax.hub.codec import Unreadable, encode_message
from mailmax.hub.contract.message import Message
from mailmax.net.writable import WritableProtocol
from mailmax.wire.hub.frames import FrameReader, Nothing, encode_frame

BACKLOG_OCTETS = 64 * 1024 * 1024
WRITE_HIGH_OCTETS = 1024 * 1024

Decode = Callable[[bytes], tuple[int, Any]]


class Listener(Protocol):
    """Who hears what comes over a link."""

    def on_linked(self, link: "Link") -> None:
        """The connection stands (and is encrypted, over TCP)."""

    def on_message(self, link: "Link", call: int, message: Any) -> None:
        """One message came."""

    def on_lost(self, link: "Link") -> None:
        """It is gone."""


class Link(WritableProtocol):
    """One connection."""

    def __init__(self, decode: Decode, listener: Listener) -> None:
        """Prepare for `connection_made`."""
        super().__init__()
        self.reader = FrameReader()
        self.trouble = ""
        self.transport: asyncio.Transport | None = None
        self._decode = decode
        self._listener = listener
        self._waiting: list[bytes] = []

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Tell the listener."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=WRITE_HIGH_OCTETS)
        self._listener.on_linked(self)

    def data_received(self, data: bytes) -> None:
        """Hand out every whole message."""
        self.reader.receive(data)
        while self.transport is not None:
            frame = self.reader.next_frame()
            if isinstance(frame, Nothing):
                break
            try:
                call, message = self._decode(frame)
            except Unreadable as error:
                self.give_up(f"unknown message: {error}")
                return
            self._listener.on_message(self, call, message)
        if self.reader.is_broken:
            self.give_up("a frame of impossible length")

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go, once."""
        self.transport = None
        self._waiting.clear()
        if exc is not None and not self.trouble:
            self.trouble = str(exc)
        self.resume_writing()
        self._listener.on_lost(self)

    # For both ends

    @property
    def is_open(self) -> bool:
        """Something can be said."""
        return self.transport is not None and not self.transport.is_closing()

    @property
    def certificate(self) -> bytes:
        """The certificate that the other side showed (DER); empty without TLS."""
        tls = self._tls()
        if tls is None:
            return b""
        return tls.getpeercert(binary_form=True) or b""

    @property
    def is_encrypted(self) -> bool:
        """It runs over TLS."""
        return self._tls() is not None

    def say(self, call: int, message: Message) -> None:
        """Send one message; dropped when the link is gone."""
        if not self.is_open:
            return
        frame = encode_frame(encode_message(call, message))
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(frame)

    async def drain(self) -> None:
        """Wait until the peer has taken most of what was said."""
        self._flush()
        if self._writable is not None:
            await self._writable

    def close(self) -> None:
        """Flush and close."""
        self._flush()
        if self.transport is not None:
            self.transport.close()

    def give_up(self, trouble: str) -> None:
        """End it at once and remember why."""
        self.trouble = self.trouble or trouble
        if self.transport is not None:
            self.transport.abort()

    def _flush(self) -> None:
        octets = b"".join(self._waiting)
        self._waiting.clear()
        if not octets or self.transport is None or self.transport.is_closing():
            return
        self.transport.write(octets)
        if self.transport.get_write_buffer_size() > BACKLOG_OCTETS:
            self.give_up("the other side does not read")

    def _tls(self) -> ssl.SSLObject | None:
        if self.transport is None:
            return None
        return cast("ssl.SSLObject | None", self.transport.get_extra_info("ssl_object"))
