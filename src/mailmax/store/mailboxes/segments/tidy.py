"""Compaction in the background: what became due is done by one thread, in turn.

Rules:
    Nothing waits for it, and its failures change nothing: what is due stays due and
    is asked for again by the next change.
    A home of which something is due is the one that the store goes on with (`holds`):
    another one of the same user would know nothing of what this one writes.
"""

import queue
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from mailmax.base.errors import Failure
from mailmax.store.mailboxes.port import Locked
from mailmax.store.mailboxes.segments.compact import (
    compact_log,
    compact_octets,
    rewrite_roster,
)
from mailmax.store.mailboxes.segments.home import OCTETS, ROSTER, Home

_Job = tuple[Home, int]


class Tidy:
    """What is due, and the thread that does it."""

    def __init__(self, *, background: bool) -> None:
        self._background = background
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting: set[tuple[str, int]] = set()
        self._held: Counter[str] = Counter()
        """Jobs that wait or are being done, by the home's path."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def due(self, home: Home, what: int) -> None:
        """Note what has grown: a log (by mailbox id), `OCTETS` or `ROSTER`."""
        with self._lock:
            if (home.path, what) in self._waiting:
                return
            self._waiting.add((home.path, what))
            self._held[home.path] += 1
            self._jobs.put((home, what))
            if self._background and self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="tidy", daemon=True
                )
                self._thread.start()

    def holds(self, home: Home) -> bool:
        """Tell whether something waits or is being done that has the home."""
        with self._lock:
            return home.path in self._held

    def run(self) -> None:
        """Do what is due now, in this thread."""
        with suppress(queue.Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    self._do(job)

    def close(self) -> None:
        """End the thread after what it is at."""
        thread = self._thread
        if thread is not None:
            with suppress(queue.Empty):
                while True:
                    self._jobs.get_nowait()
            self._jobs.put(None)
            thread.join()
            self._thread = None

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._do(job)

    def _do(self, job: _Job) -> None:
        home, what = job
        with self._lock:
            self._waiting.discard((home.path, what))
        work: Callable[[], object] = partial(compact_log, home, what)
        if what == OCTETS:
            work = partial(compact_octets, home)
        elif what == ROSTER:
            work = partial(rewrite_roster, home)
        try:
            with suppress(Failure, Locked):
                work()
        finally:
            self._let_go(home)

    def _let_go(self, home: Home) -> None:
        with self._lock:
            self._held[home.path] -= 1
            if not self._held[home.path]:
                del self._held[home.path]
