"""Mail that is to be there by a time: watched until it is, or is late (RFC 2852).

Theory:
    `policy.wishes` says what follows a deadline. Every unfinished message that has one
    is noted here, wherever its recipients are: planned, held, in a lane, in a
    connection's hands.

Rules:
    No try begins behind a deadline of mode R: mail that no connection has yet is taken
    back, and what is being tried is not tried again.
    A deadline is waited for by the clock that only goes forward; a restart believes
    the other.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from mailmax.net.alarm import Alarm
from mailmax.policy.wishes import is_returned_late, wait_for_deadline
from mailmax.queuemax.dispatch import Dispatch
from mailmax.queuemax.ledger import Ledger, Verdict
from mailmax.queuemax.plans import PAUSE_S, SLICE
from mailmax.queuemax.scheduler import Agenda
from mailmax.store.queue.entry import QueueEntry

FEW: Final = 64
"""Numbers of finished messages that are not worth a look."""


class Deadlines:
    """See the head of this file."""

    def __init__(
        self,
        ledger: Ledger,
        dispatch: Dispatch,
        settle: Callable[[QueueEntry, Verdict], None],
    ) -> None:
        """Begin with nothing.

        Args:
            ledger: Sets states.
            dispatch: Has what is to be taken back.
            settle: Carries out what the ledger says.
        """
        self._ledger = ledger
        self._dispatch = dispatch
        self._settle = settle
        self._loop = asyncio.get_running_loop()
        self._entries: dict[int, QueueEntry] = {}
        self._agenda: Agenda[int] = Agenda()
        self._alarm = Alarm(self._look)

    def watch(self, entry: QueueEntry) -> None:
        """Note a message if it has a deadline; act at once if that has passed."""
        if entry.envelope.wishes is None:
            return
        wait_s = wait_for_deadline(entry.envelope, self._ledger.now_ms)
        if wait_s is None:
            return
        entry.late_at = self._loop.time() + wait_s
        if wait_s <= 0:
            self._pass(entry)
            return
        self._entries[entry.number] = entry
        self._agenda.add(entry.late_at, entry.number)
        self._set_alarm()

    def forget(self, entry: QueueEntry) -> None:
        """A message is over."""
        if self._entries.pop(entry.number, None) is None:
            return
        if len(self._agenda) > max(FEW, 2 * len(self._entries)):
            known, self._agenda = self._agenda.items(), Agenda()
            for due, number in known:
                if number in self._entries:
                    self._agenda.add(due, number)

    def stop(self) -> None:
        """Act no more."""
        self._alarm.cancel()

    def _pass(self, entry: QueueEntry) -> None:
        waiting = [target for target in entry.targets if target.stage.is_waiting]
        if not is_returned_late(entry.envelope):
            self._settle(entry, self._ledger.tell_late(waiting))
            return
        entry.is_expired = True
        self._dispatch.recall(set(waiting))
        free = [target for target in waiting if not target.tried_since]
        self._settle(entry, self._ledger.expire(entry, free))

    def _look(self) -> None:
        for number in self._agenda.take_due(self._loop.time(), SLICE):
            entry = self._entries.pop(number, None)
            if entry is not None:
                self._pass(entry)
        self._set_alarm()

    def _set_alarm(self) -> None:
        due = self._agenda.next_due()
        if due is None:
            self._alarm.cancel()
        else:
            self._alarm.set(max(due, self._loop.time() + PAUSE_S))
