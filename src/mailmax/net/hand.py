"""A hand for a disk that may never answer: who waits for it gives up after a while.

Theory:
    A disk that dies, or whose server is away (NFS), may fail no call, but keep it for
    ever. So what is done there is done by one thread of its own, and who wants it
    waits so long and no longer. While the thread has not come back it is not given
    anything else: whoever asks meanwhile hears so at once. So a disk that hangs holds
    one thread, whatever there is to be done; when it is back, all goes on.

    What was given up may be done all the same, late. `undo` is called then, before
    anything else is done: what is said to have failed has no effect.

Rules:
    The thread holds up no end of the process. A call that the kernel keeps does: the
    process is gone when the disk is back.

Limits:
    5 s.
"""

import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, TypeVar

from mailmax.base.errors import Failure, TemporaryFailure

PATIENCE_S: Final = 5.0
IDLE_S: Final = 10.0
"""So long the thread stays when nothing is wanted."""

_log = logging.getLogger("mailmax")

T = TypeVar("T")


class Unanswered(TemporaryFailure):
    """The disk does not answer: it is not done."""


class _Job(Generic[T]):
    """Something to be done, and what came of it."""

    __slots__ = ("ended", "error", "is_given_up", "result", "undo", "work")

    def __init__(self, work: Callable[[], T], undo: Callable[[T], object]) -> None:
        self.work = work
        self.undo = undo
        self.ended = threading.Event()
        self.is_given_up = False
        self.result: T
        self.error: BaseException | None = None

    def do(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - who asked for it is to see it
            self.error = error

    def take_back(self) -> None:
        if self.error is not None:
            return
        try:
            self.undo(self.result)
        except (Failure, OSError) as error:
            _log.error("what came too late stays: %s", error)


class Hand:
    """One thread for one disk; asked by any number of threads."""

    def __init__(self, what: str, patience_s: float | None = None) -> None:
        """Prepare; the thread begins when it is needed.

        Args:
            what: What it reaches for, as people call it.
            patience_s: How long to wait for each thing; None: `PATIENCE_S`.
        """
        self.what = what
        self.on_change: Callable[[], object] = bool
        """Called, by any thread, when `trouble` has come or gone."""
        self._patience_s = PATIENCE_S if patience_s is None else patience_s
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[_Job[Any]] = SimpleQueue()
        self._is_begun = False
        self._is_held = False
        """What it does was given up, and it has not come back."""

    @property
    def trouble(self) -> str:
        """Say that it does not answer; empty: it did when it was asked last."""
        return f"{self.what} does not answer" if self._is_held else ""

    def do(self, work: Callable[[], T], undo: Callable[[T], object] = bool) -> T:
        """Do something there and return what comes of it; blocks, but not for ever.

        Args:
            work: What is done; what it raises is raised here.
            undo: Takes back what came of it, should nobody wait any more.

        Raises:
            Unanswered: The disk does not answer: it is not done.
        """
        job = _Job(work, undo)
        with self._lock:
            if self._is_held:
                raise self._away()
            if not self._is_begun:
                self._begin()
            self._jobs.put(job)
        job.ended.wait(self._patience_s)
        failure = None
        with self._lock:
            if not job.ended.is_set():
                job.is_given_up = self._is_held = True
                failure = self._away()
        if failure is not None:
            _log.error("%s", failure)
            self.on_change()
            raise failure
        if job.error is not None:
            raise job.error
        return job.result

    def _begin(self) -> None:
        thread = threading.Thread(target=self._work, name=self.what, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # there may be no more of them just now
            raise Unanswered(f"{self.what}: {error}") from error
        self._is_begun = True

    # The thread

    def _work(self) -> None:
        while self._serve():
            pass  # and nothing of what was done is held any more

    def _serve(self) -> bool:
        """Do one thing; False when nothing is wanted for a while."""
        try:
            job = self._jobs.get(timeout=IDLE_S)
        except Empty:
            with self._lock:
                self._is_begun = not self._jobs.empty()
                return self._is_begun
        if not job.is_given_up:
            job.do()
            if self._is_told(job):
                return True
            job.take_back()
        with self._lock:
            was_held, self._is_held = self._is_held, False
        if was_held:
            _log.warning("%s answers again", self.what)
            self.on_change()
        return True

    def _is_told(self, job: _Job[Any]) -> bool:
        """Tell who waits that it is done; False: nobody does any more."""
        with self._lock:
            if not job.is_given_up:
                job.ended.set()
            return not job.is_given_up

    def _away(self) -> Unanswered:
        return Unanswered(f"{self.what} does not answer")
