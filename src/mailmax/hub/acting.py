"""Acting by a new version of the tables: callbacks, and what they have begun.

Rules:
    A version is acknowledged when every callback has run and all that was begun by it
    or by an earlier version is done: an acknowledgement stands for all before it.
"""

import asyncio
from collections.abc import Awaitable, Callable

Callback = Callable[[], Awaitable[None] | None]


class Acting:
    """Everybody who acts by the tables."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._callbacks: list[Callback] = []
        self._begun: set[asyncio.Future[None]] = set()

    def add(self, callback: Callback) -> None:
        """Call back with each version; what it returns is awaited."""
        self._callbacks.append(callback)

    def act(self) -> Awaitable[object] | None:
        """Run every callback; return what must be awaited, None if all is done."""
        for callback in self._callbacks:
            pending = callback()
            if pending is not None:
                begun = asyncio.ensure_future(pending)
                self._begun.add(begun)
                begun.add_done_callback(self._begun.discard)
        return asyncio.wait(tuple(self._begun)) if self._begun else None
