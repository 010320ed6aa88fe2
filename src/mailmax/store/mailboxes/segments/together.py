"""Waiting for several files at once: the file system makes one commit of them.

Rules:
    Threads start when they are first needed (a role forks before). Without them the
    files are synced one after the other, in the order given.

Limits:
    Sixteen threads a process.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

THREADS = 16


class Together:
    """See the head of this file."""

    def __init__(self, *, threads: bool) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._threads = threads

    def do(self, works: Sequence[Callable[[], None]]) -> list[Exception | None]:
        """Do all of it; return for each what went wrong."""
        if not self._threads or len(works) < 2:
            return [_outcome(work) for work in works]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(THREADS, "sync")
        others = [self._pool.submit(_outcome, work) for work in works[1:]]
        return [_outcome(works[0]), *(other.result() for other in others)]

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()


def _outcome(work: Callable[[], None]) -> Exception | None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - each answers for itself
        return error
    return None
