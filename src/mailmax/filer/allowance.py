"""What users with a daily limit may still have sent on by their forwards (TRUST K7).

Theory:
    Nothing in a journal waits, so nobody is asked: the row of the user's forwards says
    what the limits are and what had been sent when it was pushed, and what was sent
    here since is added. The hub is told in batches, and answers with what it has; so
    mail that the user handed in elsewhere counts here a moment later.

    With the hub away filing goes on by what is known, and the hub is told when it is
    back. The day is that on which the message was taken: filed again after midnight
    it is judged as before.

Rules:
    What is told once is not forgotten by a crash, and what is filed again is counted
    again: a user may send a little less that day, and a copy that was kept because of
    the limit is kept the second time, too. A filer that is killed while the hub is
    away forgets what it had not told.
    Where a count of a day that lies ahead refuses, the hub is told of nothing more: it
    then keeps the count as today's (`policy.sending`). Here such a count gives way to
    any other.

Limits:
    1,000 users in one call; one call at a time, five in a second.

Manual: 7.1, 7.2.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from itertools import islice
from typing import NamedTuple

from mailmax.base.errors import Failure
from mailmax.hub.contract.rows import DayRow
from mailmax.hub.contract.sending import MOST_TOLD, DayOfUser, Forwarded
from mailmax.policy.sending import DailyLimits, Sent, count_message, day_of

PAUSE_S = 0.2
AGAIN_S = 1.0

Count = Callable[[Sequence[Forwarded]], "Future[Sequence[DayOfUser]]"]
"""Tells the hub; returns at once."""


class Coming(NamedTuple):
    """A message."""

    octets: int
    at_ms: int
    """When it was taken."""


class _Amount(NamedTuple):
    messages: int = 0
    octets: int = 0


_Amounts = dict[int, _Amount]


class Allowance:
    """Counts for one filer; used by its thread alone."""

    def __init__(self, count: Count) -> None:
        """Begin with nothing counted.

        Args:
            count: Tells the hub.
        """
        self._count = count
        self._rows: dict[int, DayRow] = {}
        """As the tables have them; what is not this object is news."""
        self._told: dict[int, Sent] = {}
        """What the hub had when it spoke last."""
        self._due: _Amounts = {}
        self._on_its_way: _Amounts = {}
        self._call: Future[Sequence[DayOfUser]] | None = None
        self._next_call = 0.0

    def may_send(self, user_id: int, row: DayRow, message: Coming) -> bool:
        """Tell whether a message may be sent on for a user.

        Args:
            user_id: Whose forwards.
            row: The limits, and what had been sent.
            message: What would be sent.
        """
        if self._rows.get(user_id) is not row:
            self._rows[user_id] = row
            self._learn(user_id, Sent(row.day, row.messages, row.octets))
        today = day_of(message.at_ms / 1000)
        told = self._told[user_id]
        sent = told.on(today)
        for amounts in (self._due, self._on_its_way):
            sent = sent.plus(*amounts.get(user_id, _Amount()))
        limits = DailyLimits(row.most_messages, row.most_octets)
        if count_message(sent, today, message.octets, limits) is not None:
            return True
        if told.lies_ahead(today):
            _add(self._due, user_id, _Amount())
        return False

    def add(self, sent: Sequence[Forwarded]) -> None:
        """These are sent on."""
        for one in sent:
            _add(self._due, one.user_id, _Amount(one.messages, one.octets))

    def tell(self) -> None:
        """Hear what the hub answers, and tell it what is due; waits for nothing."""
        if self._call is not None and self._call.done():
            self._hear(self._call)
        now = time.monotonic()
        if self._call is None and self._due and now >= self._next_call:
            self._next_call = now + PAUSE_S
            numbers = list(islice(self._due, MOST_TOLD))
            self._on_its_way = {number: self._due.pop(number) for number in numbers}
            self._call = self._count(
                [Forwarded(number, *each) for number, each in self._on_its_way.items()]
            )

    def finish(self, patience_s: float) -> None:
        """Before a stop: see that the hub has been told, if it is there."""
        end = time.monotonic() + patience_s
        self.tell()
        while (self._call is not None or self._due) and time.monotonic() < end:
            time.sleep(0.01)
            self.tell()

    # Inside

    def _hear(self, call: "Future[Sequence[DayOfUser]]") -> None:
        self._call = None
        on_its_way, self._on_its_way = self._on_its_way, {}
        try:
            days = call.result()
        except (Failure, CancelledError):
            for user_id, amount in on_its_way.items():
                _add(self._due, user_id, amount)
            self._next_call = time.monotonic() + AGAIN_S
            return
        for one in days:
            day = one.day
            self._told[one.user_id] = Sent(day.day, day.messages, day.octets)

    def _learn(self, user_id: int, sent: Sent) -> None:
        """Take what a row says, unless the hub has said more since it was made."""
        known = self._told.get(user_id, sent)
        newer = (known.day, known.messages) > (sent.day, sent.messages)
        is_wrong = known.lies_ahead(day_of(time.time()))
        self._told[user_id] = known if newer and not is_wrong else sent


def _add(amounts: _Amounts, user_id: int, more: _Amount) -> None:
    before = amounts.get(user_id, _Amount())
    amounts[user_id] = _Amount(
        before.messages + more.messages, before.octets + more.octets
    )
