"""Sending what is long: in pieces, each when the client has taken the former.

Limits:
    Pieces of 256 KiB; a client that takes nothing for a while is cut off (TRUST 3:
    30 s), so that nobody holds a maildrop by not reading.
"""

import asyncio
from collections.abc import Iterator

from mailmax.base.errors import Failure
from mailmax.base.pieces import PIECE_OCTETS
from mailmax.net.conversation import Conversation
from mailmax.popmax import replies
from mailmax.store.mailboxes.port import Mailbox
from mailmax.wire.pop3.server import Pop3Server
from mailmax.wire.pop3.top import TopCutter


class Sender:
    """Long responses to one client."""

    __slots__ = ("_conversation", "_machine", "_stall_s")

    def __init__(
        self, conversation: Conversation, machine: Pop3Server, stall_s: float
    ) -> None:
        """Prepare.

        Args:
            conversation: The client.
            machine: Its session's machine.
            stall_s: How long the client may take nothing.
        """
        self._conversation = conversation
        self._machine = machine
        self._stall_s = stall_s

    async def send_message(
        self, mailbox: Mailbox, place: int, text: str, cutter: TopCutter | None = None
    ) -> None:
        """Answer with a message, or with as much of it as a cutter lets pass."""
        machine = self._machine
        size = mailbox.sizes[place]
        try:
            piece = mailbox.read(place, 0, PIECE_OCTETS)
            machine.begin_lines(text)
            sent = 0
            while piece:
                sent += len(piece)
                machine.content(piece if cutter is None else cutter.feed(piece))
                if sent >= size or (cutter and cutter.done):
                    break
                await self._drain()
                piece = mailbox.read(place, sent, PIECE_OCTETS)
        except Failure as failure:
            if not machine.is_sending:
                machine.err(*replies.failure_words(failure))
                return
            # The client must see that the rest is missing.
            raise ConnectionAbortedError("a message broke off") from failure
        machine.end_lines()

    async def send_lines(self, blocks: Iterator[bytes]) -> None:
        """Send the lines of a response that was begun, and end it."""
        for block in blocks:
            self._machine.content(block)
            await self._drain()
        self._machine.end_lines()

    async def _drain(self) -> None:
        """Wait until the client has taken most, as long as it takes something."""
        conversation = self._conversation
        while conversation.transport is not None:
            before = conversation.transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self._stall_s):
                    await conversation.drain()
            except TimeoutError:
                transport = conversation.transport
                if transport and transport.get_write_buffer_size() >= before:
                    raise ConnectionAbortedError("the client takes nothing") from None
            else:
                return
        raise ConnectionAbortedError("the client left")
