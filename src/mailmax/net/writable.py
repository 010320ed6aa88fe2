"""Waiting until the other side has taken most of what was written."""

import asyncio


class WritableProtocol(asyncio.Protocol):
    """A protocol with somebody to wait for while writing is paused."""

    __slots__ = ("_loop", "_writable")

    def __init__(self) -> None:
        """Begin with nothing held back, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._writable: asyncio.Future[None] | None = None

    def pause_writing(self) -> None:
        """The other side reads slowly: `drain` waits."""
        if self._writable is None:
            self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """The other side caught up, or is gone."""
        waiter, self._writable = self._writable, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
