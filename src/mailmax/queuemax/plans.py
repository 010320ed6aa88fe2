"""What is to be tried again, and when: recipients of one entry, planned together.

Rules:
    What is planned anew leaves its former plan behind: only the plan counts whose
    time the recipient bears. Plans that count no more are thrown away once there may
    be as many of them as of the others.
    What is due is tried a slice at a time, so that fresh mail gets its turn.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from mailmax.net.alarm import Alarm
from mailmax.queuemax.scheduler import Agenda
from mailmax.store.queue.entry import QueueEntry, Target

SLICE: Final = 100
PAUSE_S: Final = 0.01
"""Between two slices of what is due."""
FEW: Final = 1_000
"""So many plans are not worth a look whether they count."""

TryNow = Callable[[QueueEntry, Sequence[Target]], None]


class Planned(NamedTuple):
    """Recipients of one entry that are to be tried at a time."""

    entry: QueueEntry
    targets: Sequence[Target]
    due: float
    """Loop time."""

    @property
    def meant(self) -> list[Target]:
        """Those that have no other plan since, and are not over."""
        return [target for target in self.targets if target.due == self.due]


class Plans:
    """All plans, and the alarm for the next one."""

    def __init__(self, try_now: TryNow) -> None:
        """Begin with none, on the running loop."""
        self._try_now = try_now
        self._loop = asyncio.get_running_loop()
        self._agenda: Agenda[Planned] = Agenda()
        self._most = FEW
        """Plans from which on it is looked which of them count."""
        self._spread_until = 0.0
        """Loop time from which on nothing is spread yet."""
        self._alarm = Alarm(self._look)

    def __iter__(self) -> Iterator[Planned]:
        """Give every plan, in no order, also such as count no more."""
        return (planned for _, planned in self._agenda.items())

    def add(
        self, chosen: Iterable[tuple[QueueEntry, Sequence[Target]]], wait_s: float = 0.0
    ) -> None:
        """Plan recipients for a time, so many seconds from now."""
        due = self._loop.time() + wait_s
        for entry, targets in chosen:
            self._add(entry, targets, due)
        self._set_alarm()

    def spread(
        self, chosen: Iterable[tuple[QueueEntry, Sequence[Target]]], every_s: float
    ) -> None:
        """Plan messages one after another, behind those spread before.

        Nobody is tried later for it.
        """
        now = self._loop.time()
        for entry, targets in chosen:
            due = max(now, self._spread_until)
            early = [target for target in targets if not 0 < target.due <= due]
            if early:
                self._add(entry, early, due)
                self._spread_until = due + every_s
        self._set_alarm()

    def stop(self) -> None:
        """Try nothing more."""
        self._alarm.cancel()

    def _add(self, entry: QueueEntry, targets: Sequence[Target], due: float) -> None:
        for target in targets:
            target.due = due
        self._agenda.add(due, Planned(entry, targets, due))
        if len(self._agenda) > self._most:
            self._throw_away()

    def _throw_away(self) -> None:
        """Keep the plans that count."""
        known, self._agenda = self._agenda.items(), Agenda()
        for due, planned in known:
            if planned.meant:
                self._agenda.add(due, planned)
        self._most = max(FEW, 2 * len(self._agenda))

    def _set_alarm(self) -> None:
        due = self._agenda.next_due()
        if due is None:
            return
        self._alarm.set_not_later(max(due, self._loop.time() + PAUSE_S))

    def _look(self) -> None:
        """Try what is due, a slice at a time."""
        for planned in self._agenda.take_due(self._loop.time(), SLICE):
            self._try_now(planned.entry, planned.meant)
        self._set_alarm()
