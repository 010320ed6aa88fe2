"""Start a coroutine now, and make a task only of what is left of it.

Theory:
    Most commands are answered without waiting for anything. Their coroutines are
    driven here to their end, on the spot: no task, no turn of the loop. One that does
    wait is handed on, at the very point where it waits (what asyncio of Python 3.12
    calls an eager task).

Rules:
    Until its first wait a coroutine has no current task: it must not begin with
    ``asyncio.timeout`` or the like.
"""

from collections.abc import Awaitable, Coroutine, Generator
from types import coroutine
from typing import Any


def start(work: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run up to the first wait; None when there was none."""
    try:
        pending = work.send(None)
    except StopIteration:
        return None
    if pending is not None:
        # `await` marks a future for the task it runs in; as long as that task has not
        # taken the mark off, nobody else may await the same future. So it is taken
        # off here, and set again when the task comes.
        pending._asyncio_future_blocking = False  # noqa: SLF001 - asyncio's protocol
    return _rest(work, pending)


@coroutine
def _rest(work: Coroutine[Any, Any, None], pending: Any) -> Generator[Any, Any, None]:
    if pending is not None:
        pending._asyncio_future_blocking = True  # noqa: SLF001
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
