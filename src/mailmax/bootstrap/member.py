"""A role that is a member of the hub: its parts, started and stopped in order.

Rules:
    What cannot be closed in order (mailboxes whose last sync fails) is said, and keeps
    nothing else from being closed: what was promised was durable before.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from mailmax.bootstrap.node import Service
from mailmax.hub.client import HubClient

_log = logging.getLogger("mailmax")


class Member:
    """Services of one process and what they stand on."""

    def __init__(
        self,
        hub: HubClient,
        services: Sequence[Service],
        close: Sequence[Callable[[], None]] = (),
    ) -> None:
        """Put together.

        Args:
            hub: Joined already; told when we are ready, and left last.
            services: Started in this order, stopped in the reverse order.
            close: Called (in a thread, they may block) after all have stopped.
        """
        self._hub = hub
        self._services = services
        self._close = close

    async def start(self) -> None:
        """Serve from now on, and say so."""
        for service in self._services:
            await service.start()
        self._hub.set_ready()

    async def stop(self) -> None:
        """Stop serving, then let go of everything."""
        self._hub.set_ready(False)
        for service in reversed(self._services):
            await service.stop()
        for close in self._close:
            try:
                await asyncio.to_thread(close)
            except Exception:  # noqa: BLE001 - the rest is to be closed, too
                _log.critical("not closed in order", exc_info=True)
        await self._hub.stop()
