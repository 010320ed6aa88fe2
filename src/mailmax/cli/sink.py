"""The demo's sink: takes every message and keeps none.

Outbound mail of the demo must never leave the machine; it goes to this smart host,
which says yes to everything and counts.
"""

import socket

from mailmax.base.units import MIB
from mailmax.net.conversation import Conversation
from mailmax.net.listener import Listener
from mailmax.wire.smtp import replies
from mailmax.wire.smtp.commands import (
    Content,
    ContentEnded,
    ContentSpoiled,
    ContentStarted,
    Event,
    Hello,
    Reset,
    Slow,
)
from mailmax.wire.smtp.offers import Offers
from mailmax.wire.smtp.replies import Reply
from mailmax.wire.smtp.server import SmtpServer

_OFFERS = Offers(hostname="sink.demo.test", size_limit=100 * MIB)
_BANNER = Reply(220, "", "sink.demo.test takes everything")
_TAKEN = Reply(250, "2.0.0", "Gone for good")
_SILENT = Reply(421, "4.4.2", "Good-bye")
_IDLE_S = 300.0


class SinkSession:
    """One client of the sink."""

    def __init__(self, sink: "Sink") -> None:
        """Prepare.

        Args:
            sink: Counts what was taken.
        """
        self.machine = SmtpServer(_OFFERS)
        self._sink = sink

    def on_open(self, conversation: Conversation) -> None:  # noqa: ARG002
        """Greet."""
        self.machine.reply(_BANNER)

    def on_event(self, event: Event) -> None:
        """Say yes."""
        machine = self.machine
        match event:
            case Content() | ContentSpoiled() | Reset():
                pass
            case Hello():
                machine.accept_hello()
            case ContentStarted():
                machine.accept_content()
            case ContentEnded():
                self._sink.taken += 1
                machine.reply(_TAKEN)
            case Slow():
                machine.go_on()
            case _:
                machine.reply(replies.OK)

    def on_crash(self) -> None:
        """Give up on this client."""
        self.machine.say_goodbye(_SILENT)

    on_timeout = on_shutdown = on_crash

    def on_closed(self) -> None:
        """Nothing is held."""


class Sink:
    """The listening sink."""

    def __init__(self, bound: socket.socket) -> None:
        """Take a socket that was bound before."""
        self.taken = 0
        self._listener = Listener(bound, lambda: SinkSession(self), idle_s=_IDLE_S)

    async def start(self) -> None:
        """Take mail from now on."""
        self._listener.start()

    async def stop(self) -> None:
        """Take no more."""
        await self._listener.stop(grace_s=1.0)
