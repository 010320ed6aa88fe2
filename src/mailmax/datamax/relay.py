"""Questions that a service answers, not the hub: passed on and back.

Limits:
    Ten seconds for an answer, and what the question itself may take.
"""

import asyncio
from typing import Protocol

from mailmax.base.errors import TemporaryFailure
from mailmax.hub.contract.message import Message
from mailmax.hub.contract.relayed import Passed, PassedBack, Relayed, RelayedAnswer

PATIENCE_S = 10.0


class Told(Protocol):
    """Somebody who can be told something."""

    def tell(self, notice: Message) -> None:
        """Send it."""


class Relays:
    """Questions on their way."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: dict[int, asyncio.Future[PassedBack]] = {}
        self._last = 0

    async def ask(
        self, service: Told, request: Passed, takes_s: float = 0.0
    ) -> PassedBack:
        """Pass a question on and wait for the answer.

        Args:
            service: Whom to ask.
            request: What.
            takes_s: How long the service may work for it.

        Raises:
            TemporaryFailure: The service does not answer.
        """
        self._last += 1
        number = self._last
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[PassedBack] = loop.create_future()
        self._open[number] = answer
        service.tell(Relayed(number, request))
        try:
            async with asyncio.timeout(PATIENCE_S + takes_s):
                return await answer
        except TimeoutError:
            raise TemporaryFailure("the service does not answer") from None
        finally:
            del self._open[number]

    def answered(self, answer: RelayedAnswer) -> None:
        """Hand an answer to who waits for it."""
        waiting = self._open.get(answer.relay_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.answer)
