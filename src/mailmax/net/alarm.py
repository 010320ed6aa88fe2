"""One call at one moment, which is known until then.

Theory:
    What waits for many moments keeps one timer, for the first of them, and must know
    which that is. The loop's own handle does not tell for sure: uvloop's `call_at`
    returns one that knows no moment when the moment is due already.

Rules:
    A moment that is past is as good as any: the call comes in the loop's next turn.
"""

import asyncio
from collections.abc import Callable
from math import inf


class Alarm:
    """Calls somebody once; set again it forgets the moment it had."""

    __slots__ = ("_call", "_handle", "when")

    def __init__(self, call: Callable[[], None]) -> None:
        """Keep whom to call; nothing is set."""
        self.when = inf
        """The moment, by the loop's clock; `inf`: none is set."""
        self._call = call
        self._handle: asyncio.Handle | None = None

    def set(self, when: float) -> None:
        """Call at that moment and at no other (on the running loop)."""
        self.cancel()
        self.when = when
        self._handle = asyncio.get_running_loop().call_at(when, self._ring)

    def set_not_later(self, when: float) -> None:
        """Call at that moment, or at the earlier one that is set."""
        if when < self.when:
            self.set(when)

    def cancel(self) -> None:
        """Call at no moment."""
        self.when = inf
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self) -> None:
        self.when = inf
        self._handle = None
        self._call()
