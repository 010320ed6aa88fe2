"""Callbacks that hold up the event loop: found, logged with their place, counted.

Theory:
    A timer on the loop notes how late it comes; a thread looks at the timer's last
    beat and, when it is overdue, at what the loop's thread is doing, while it is still
    doing it. Unlike asyncio's debug mode this touches no callback: it costs twenty
    wake-ups a second, however much the loop does.

Rules:
    Time in which the kernel gave the processor to others is no stall of ours: it is
    taken off (Linux counts it for each thread).
    Watching never decides: nothing is cut short.

Limits:
    100 ms (TRUST M14). A short one may be over before the thread looks, and is logged
    without its place.
"""

import asyncio
import logging
import os
import sys
import threading
import time
import traceback

STALL_S = 0.1
BEAT_S = 0.1
_OVERDUE_S = 0.05
_FRAMES = 6
_SCHEDULING = "/proc/thread-self/schedstat"
_DIGITS = 19

_log = logging.getLogger("mailmax.stall")


class StallDetector:
    """Watches one loop."""

    def __init__(self) -> None:
        """Prepare; `start` begins."""
        self.count = 0
        """Stalls so far."""
        self.worst_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._waited_s = 0.0
        self._place = ""
        self._scheduling = -1
        self._watched = 0
        self._over = threading.Event()

    def start(self) -> None:
        """Watch the running loop, from its own thread."""
        self._loop = asyncio.get_running_loop()
        self._watched = threading.get_ident()
        try:
            self._scheduling = os.open(_SCHEDULING, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._scheduling = -1  # then waiting for the processor counts too
        self._begin_beat()
        threading.Thread(target=self._look, name="stalls", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._scheduling >= 0:
            os.close(self._scheduling)
            self._scheduling = -1

    # On the loop

    def _begin_beat(self) -> None:
        if self._loop is not None:
            self._waited_s = self._processor_wait_s()
            self._due = time.monotonic() + BEAT_S
            self._timer = self._loop.call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        late_s = time.monotonic() - self._due
        if late_s > STALL_S:
            late_s -= self._processor_wait_s() - self._waited_s
            if late_s > STALL_S:
                self._note(late_s)
        self._place = ""
        self._begin_beat()

    def _note(self, late_s: float) -> None:
        self.count += 1
        self.worst_s = max(self.worst_s, late_s)
        where = self._place or "it was over before anybody looked"
        _log.warning("the loop stood still for %d ms: %s", late_s * 1000, where)

    def _processor_wait_s(self) -> float:
        """Return how long this thread waited for a processor, since it began."""
        if self._scheduling < 0:
            return 0.0
        fields = os.pread(self._scheduling, 80, 0).split()
        if len(fields) < 2 or len(fields[1]) > _DIGITS:
            return 0.0
        return int(fields[1]) / 1e9

    # In the thread

    def _look(self) -> None:
        while not self._over.wait(BEAT_S):
            if not self._place and time.monotonic() - self._due > _OVERDUE_S:
                self._place = _doing(self._watched)


def _doing(thread: int) -> str:
    """Return what a thread is doing: the innermost places, the last one first."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - there is no other way
    if frame is None:
        return ""
    stack = traceback.StackSummary.extract(
        traceback.walk_stack(frame), limit=_FRAMES, lookup_lines=False
    )
    return " < ".join(
        f"{where.name} ({os.path.basename(where.filename)}:{where.lineno})"  # noqa: PTH119
        for where in stack
    )


_detectors: list[StallDetector] = []


def watch() -> StallDetector:
    """Watch the running loop of this process; `count` tells of it."""
    detector = StallDetector()
    detector.start()
    _detectors.append(detector)
    return detector


def count() -> int:
    """Return how often loops of this process stood still."""
    return sum(detector.count for detector in _detectors)
