"""APPENDs of all sessions of a process, added in waves.

Theory:
    What comes while a wave is under way goes with the next one, to whatever mailboxes:
    one wave of syncs for all of them (`Store.append`), and one thread's work. Two
    waves may be under way, so that one writes while the other waits for the disk.
    No timer: the first one goes at once.

Rules:
    Who finds a mailbox locked is tried again alone, patiently (`Threads.run`).
"""

import asyncio
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

from mailmax.imapmax.blocking import Threads
from mailmax.store.mailboxes.port import Locked, Mailbox, Store
from mailmax.store.mailboxes.values import Change, NewMessage

WAVES = 2

_Waiting = tuple[Mailbox, NewMessage, "asyncio.Future[int]"]


class Appends:
    """See the head of this file."""

    __slots__ = ("_pile", "_store", "_tasks", "_threads", "_waves")

    def __init__(self, threads: Threads, store: Store) -> None:
        """Start with nothing to add."""
        self._threads = threads
        self._store = store
        self._pile: list[_Waiting] = []
        self._waves = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, mailbox: Mailbox, message: NewMessage) -> int:
        """Add a message durably, together with others; return its UID.

        Raises:
            Locked: Another process held the user too long.
            TemporaryFailure: It could not be stored.
        """
        waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._pile.append((mailbox, message, waiting))
        if self._waves < WAVES:
            self._waves += 1
            self._start(self._work())
        return await waiting

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        """Add what piled up, until nothing is left; a task of nobody's session."""
        while self._pile:
            pile, self._pile = self._pile, []
            parts: dict[int, list[_Waiting]] = {}
            for waiting in pile:
                parts.setdefault(id(waiting[0]), []).append(waiting)
            batch = [
                (part[0][0], [message for _, message, _ in part])
                for part in parts.values()
            ]
            answers: Sequence[Change | Exception]
            try:
                answers = await self._threads.submit(partial(self._store.append, batch))
            except Exception as error:  # noqa: BLE001 - each session answers for itself
                answers = [error] * len(batch)
            for part, answer in zip(parts.values(), answers, strict=True):
                if isinstance(answer, Locked):
                    self._start(self._alone(part))
                else:
                    _settle(part, answer)
        self._waves -= 1

    async def _alone(self, part: list[_Waiting]) -> None:
        mailbox = part[0][0]
        messages = [message for _, message, _ in part]

        def append() -> Change:
            change = mailbox.append(messages)
            mailbox.sync()
            return change

        try:
            _settle(part, await self._threads.run(append))
        except Exception as error:  # noqa: BLE001 - each session answers for itself
            _settle(part, error)


def _settle(part: Sequence[_Waiting], answer: Change | Exception) -> None:
    if isinstance(answer, Exception):
        for _, _, waiting in part:
            if not waiting.done():
                waiting.set_exception(answer)
                waiting.exception()
        return
    for (_, _, waiting), uid in zip(part, answer.uids, strict=True):
        if not waiting.done():
            waiting.set_result(uid)
