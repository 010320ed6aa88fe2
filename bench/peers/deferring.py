"""MailMax with domains whose mail servers are dead."""

import asyncio

from bench.peers.base import DEAD, DEAD_PORT
from bench.peers.mailmax import MailMax
from mailmax.hub.contract.domains import AddDomain
from mailmax.hub.contract.queue import ListQueue, QueuePage

_AT_ONCE = 50


class Deferring(MailMax):
    """See the head of this file."""

    def __init__(self) -> None:
        super().__init__()
        self._is_filled = False

    def start(self) -> float:
        seconds = super().start()
        if not self._is_filled:
            self._is_filled = True
            asyncio.run(self._fill())
        return seconds

    def deferred(self) -> int:
        return asyncio.run(self._waiting())

    def list_queue(self) -> None:
        self.administer("queue", "list", "--limit", "1000")

    async def _fill(self) -> None:
        names = list(DEAD)
        async with self.administering() as hub:
            for begin in range(0, len(names), _AT_ONCE):
                dead = [
                    AddDomain(
                        name,
                        {
                            "kind": "relay",
                            "delivery_address": f"{DEAD[name]}:{DEAD_PORT}",
                        },
                    )
                    for name in names[begin : begin + _AT_ONCE]
                ]
                await asyncio.gather(*map(hub.ask, dead))

    async def _waiting(self) -> int:
        async with self.administering() as hub:
            page = await hub.ask(ListQueue(limit=1))
        assert isinstance(page, QueuePage)
        return page.total or 0
