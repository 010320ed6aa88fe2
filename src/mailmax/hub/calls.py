"""Calls: what a client asked the hub and is not answered yet.

Rules:
    A call ends once: with its answer, or with `TemporaryFailure` when the link that
    carried it is gone.
"""

import asyncio
from typing import Any

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.hub.contract.message import Message
from mailmax.hub.link import Link

AWAY = "the hub is away"


class Calls:
    """Numbers questions and finds who waits for an answer."""

    def __init__(self) -> None:
        """Begin without any, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._last = 0
        self._pending: dict[int, asyncio.Future[Any]] = {}

    @property
    def pending(self) -> tuple["asyncio.Future[Any]", ...]:
        """Everybody who waits."""
        return tuple(self._pending.values())

    def ask(self, link: Link | None, message: Message) -> "asyncio.Future[Any]":
        """Say something that is answered; the answer is the future's result."""
        future: asyncio.Future[Any] = self._loop.create_future()
        if link is None or not link.is_open:
            future.set_exception(TemporaryFailure(AWAY))
            return future
        self._last += 1
        try:
            link.say(self._last, message)
        except UnicodeEncodeError:
            future.set_exception(PermanentFailure("that is not text"))
        else:
            self._pending[self._last] = future
        return future

    def answered(self, call: int, message: Any) -> None:
        """Wake who asked that, if somebody still waits."""
        future = self._pending.pop(call, None)
        if future is not None and not future.done():
            future.set_result(message)

    def fail(self) -> None:
        """The link is gone: nobody will be answered."""
        pending, self._pending = self._pending, {}
        for future in pending.values():
            if not future.done():
                future.set_exception(TemporaryFailure(AWAY))
                future.exception()
