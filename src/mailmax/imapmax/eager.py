"""Start a coroutine now, and make a task only of what is left of it.

Theory:
    Most commands are answered without waiting for anything. Their coroutines are
    driven here to their end, on the spot: no task, no turn of the loop. One that does
    wait is handed on, at the very point where it waits (what asyncio of Python 3.12
    calls an eager task).

Rules:
    Until its first wait a coroutine has no current task: it must not begin with
    ``asyncio.timeout`` or the like.
    A future says by a mark that somebody is just beginning to wait for it, and a task
    takes the mark away at once. Between `start` and the task it must not stay, since
    a second coroutine may wait for the same future meanwhile.
"""

from asyncio import isfuture
from collections.abc import Awaitable, Coroutine, Generator
from types import coroutine
from typing import Any


def start(work: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run up to the first wait; None when there was none."""
    try:
        pending = work.send(None)
    except StopIteration:
        return None
    if isfuture(pending):
        pending._asyncio_future_blocking = False  # noqa: SLF001 - the only way
    return _rest(work, pending)


@coroutine
def _rest(work: Coroutine[Any, Any, None], pending: Any) -> Generator[Any, Any, None]:
    if isfuture(pending):
        pending._asyncio_future_blocking = True  # noqa: SLF001 - the only way
    while True:
        try:
            try:
                sent = yield pending
            except GeneratorExit:
                work.close()
                raise
            except BaseException as error:  # noqa: BLE001 - cancellation is handed on too
                pending = work.throw(error)
            else:
                pending = work.send(sent)
        except StopIteration:
            return
